"""What curators preview is what goes out: as anybody, in every form, and as a copy to themselves."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils.timezone import now
from pytest_django.asserts import assertContains, assertNotContains

from digest.composing.models import Digest, Edition, Pick
from digest.delivery.looks import BARE, DARK, LIGHT, frame, look_at
from digest.papers.models import Paper
from tests.admin.conftest import Login
from tests.admin.test_editions import page
from tests.conftest import SmtpSink
from tests.factories import NOW, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db


def show(client: Client, edition: Edition, **asked: Any) -> Any:
    return client.get(page(edition, "preview"), asked)


@pytest.mark.parametrize("form", ["html", "text", "headers", "raw", "nonsense"])
def test_every_form_shows_the_picks_and_stores_nothing(admin_client: Client, week: Edition, form: str) -> None:
    answer = show(admin_client, week, form=form)
    assert answer.status_code == 200
    if form != "headers":
        assertContains(answer, "Pick number 0")
    assert not Digest.objects.exists()


def test_a_persona_gets_what_its_topic_holds(admin_client: Client, week: Edition) -> None:
    topic, other = make_topic(), make_topic()
    make_paper("Only for fans", topics=(topic,), listed_on=NOW.date())
    make_paper("For others", topics=(other,), listed_on=NOW.date())
    fan = show(admin_client, week, **{"as": f"topic-{topic.pk}", "form": "text"})
    assertContains(fan, "From your topics".upper() if b"FROM YOUR TOPICS" in fan.content else "From your topics")
    assert fan.context["view"].name == f"Follows {topic.name}"


def test_a_reader_is_found_by_address_which_stays_out_of_the_url(admin_client: Client, week: Edition) -> None:
    reader = make_subscriber("ada@example.org", paper_limit=1)
    answer = admin_client.post(page(week, "preview"), {"reader": "Ada@example.org"})
    assert answer.headers["Location"].endswith(f"?as={reader.pk}")
    assertNotContains(admin_client.get(answer.headers["Location"], follow=True), "Pick number 1")


def test_an_unknown_reader_is_told(admin_client: Client, week: Edition) -> None:
    assertContains(admin_client.post(page(week, "preview"), {"reader": "zed"}, follow=True), "no such reader")
    assertContains(admin_client.get(page(week, "preview"), {"as": "9" * 30}, follow=True), "no such reader")


def test_a_reader_with_nothing_to_get_is_told(admin_client: Client) -> None:
    empty = Edition.objects.create(period="2026-W40")
    assertContains(show(admin_client, empty), "no digest would go out")


def test_a_readers_own_links_are_for_those_who_may_see_addresses(
    staff: Login, admin_client: Client, week: Edition
) -> None:
    reader = make_subscriber()
    curator = staff("composing.view_edition", "subscriptions.view_subscriber")
    hidden = show(curator, week, **{"as": reader.pk, "form": "raw"})
    assertContains(hidden, "/leave/preview/")
    assertNotContains(show(admin_client, week, **{"as": reader.pk, "form": "raw"}), "/leave/preview/")
    look = look_at(week, reader, now=NOW)
    assert look is not None
    assert "preview" in look.letter.manage_url


def test_who_may_not_see_readers_previews_as_none(staff: Login, week: Edition) -> None:
    reader, curator = make_subscriber(), staff("composing.view_edition")
    assert show(curator, week, **{"as": reader.pk}).status_code == 403
    assert curator.post(page(week, "preview"), {"reader": str(reader.pk)}).status_code == 403
    assert show(curator, week).status_code == 200


def test_the_preview_is_the_send_byte_for_byte(settings: Any, smtp_sink: SmtpSink, week: Edition) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_sink.port
    topic = make_topic("Lore of grasping")
    reader = make_subscriber(follows=(topic,))
    for number in range(4):
        make_paper(f"Größer $x_{number}$", topics=(topic,), votes=number)
    week.intro, week.preheader = "Hello **you**", "Before"
    week.save()
    look = look_at(week, reader, now=NOW, with_links=True)
    assert look is not None
    kept: list[bytes] = []

    def keep(envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        kept.append(envelope.content)
        return "250 taken"

    smtp_sink.answer = keep
    Edition.objects.update(state="approved", approved_at=NOW - timedelta(hours=1))
    call_command("run_tick", now=NOW)
    [sent] = kept

    def without_name_and_date(raw: bytes) -> bytes:
        return re.sub(rb"(?m)^(Message-ID|Date): .*\r\n", b"", raw).rstrip()

    assert without_name_and_date(sent) == without_name_and_date(look.raw)


def test_a_test_goes_to_who_asks_and_nobody_else(admin_client: Client, week: Edition, admin_user: User) -> None:
    reader = make_subscriber()
    answer = admin_client.post(page(week, "preview"), {"send": "1", "as": str(reader.pk)}, follow=True)
    assertContains(answer, "A test is on its way")
    [sent] = mail.outbox
    assert sent.to == [admin_user.email]
    assert sent.subject.startswith("[Test] ")
    assert "This is a test." in sent.body
    assert "/leave/preview/" in sent.extra_headers["List-Unsubscribe"]
    assert not Digest.objects.exists()


def test_two_tests_have_names_of_their_own(admin_client: Client, week: Edition) -> None:
    for _ in range(2):
        admin_client.post(page(week, "preview"), {"send": "1"})
    assert len({sent.extra_headers["Message-ID"] for sent in mail.outbox}) == 2


def test_what_the_provider_says_is_shown(admin_client: Client, week: Edition, settings: Any, free_port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port
    answer = admin_client.post(page(week, "preview"), {"send": "1"}, follow=True)
    assertContains(answer, "It was not sent: ConnectionRefusedError")


def test_an_account_without_an_address_gets_no_test(admin_client: Client, week: Edition, admin_user: User) -> None:
    User.objects.update(email="")
    assertContains(admin_client.post(page(week, "preview"), {"send": "1"}, follow=True), "has no address")
    assert mail.outbox == []


def test_who_may_only_look_sends_no_test(staff: Login, week: Edition) -> None:
    assert staff("composing.view_edition").post(page(week, "preview"), {"send": "1"}).status_code == 403
    assert mail.outbox == []


def test_the_frame_loads_nothing_and_is_dark_when_asked() -> None:
    html = "<html><head><style>@media (prefers-color-scheme: dark) { a { color: red } }</style></head></html>"
    assert "@media all" in frame(html, look=DARK)
    assert "@media not all" in frame(html, look=LIGHT)
    assert "img-src 'none'" in frame(html, look=BARE)


def test_a_preview_of_a_paper_hidden_meanwhile_leaves_it_out(admin_client: Client, week: Edition) -> None:
    Paper.objects.filter(pk=Pick.objects.all()[0].paper_id).update(state="hidden", updated_at=now())
    answer = show(admin_client, week, form="text")
    assertNotContains(answer, "Pick number 0\n")
    assertContains(answer, "Pick number 1")
