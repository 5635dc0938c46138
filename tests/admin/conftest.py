"""People at the desk, and a desk with something of everything on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from digest.composing.models import Digest, Edition, Pick
from digest.delivery.models import Event
from digest.papers.models import ImportRun, Source
from subscriptions.models import Interest, Notice, Suppression
from tests.factories import NOW, make_paper, make_subscriber, make_topic

Login = Callable[..., Client]


@pytest.fixture
def staff(db: None) -> Login:
    """Somebody of the staff with these permissions and no others, logged in."""

    def log_in(*permissions: str) -> Client:
        user = User.objects.create_user("helper", "helper@example.org", "helper-pass-1", is_staff=True)
        for permission in permissions:
            app, codename = permission.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        client = Client()
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def week(db: None) -> Edition:
    """A draft for week 32 of 2026 with three picks, listed in the days before it."""
    edition = Edition.objects.create(kind="week", period="2026-W32", title="Hands and eyes")
    for position in range(3):
        paper = make_paper(f"Pick number {position}", listed_on=date(2026, 7, 30), trend=9.0 - position)
        Pick.objects.create(edition=edition, paper=paper, position=position)
    return edition


def fill_desk(rows: int) -> None:
    """So many rows of everything."""
    for place in range(rows):
        topic = make_topic()
        paper = make_paper(topics=(topic, make_topic()), authors=["Ada Jones"], listed_on=date(2026, 7, 30))
        source = Source.objects.create(name=f"Source {Source.objects.count()}", kind="json")
        rejection = {"line": 3, "reason": "no title", "excerpt": "<b>bold</b>"}
        ImportRun.objects.create(source=source, verdict="partial", rejected=1, rejections=[rejection])
        edition = Edition.objects.create(kind="day", period=str(date(2026, 1, 1) + timedelta(days=_unused())))
        Pick.objects.create(edition=edition, paper=paper, position=place)
        reader = make_subscriber(follows=(topic,))
        Interest.objects.create(subscriber=reader, kind="paper", paper=paper)
        Notice.objects.create(subscriber=reader, kind="welcome", state="failed")
        days = {"first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW}
        entries = [{"paper": paper.pk, "score": 1.0, "reasons": [{"kind": "keyword", "text": "grasp"}]}]
        digest = Digest.objects.create(subscriber=reader, period="2026-W32", edition=edition, entries=entries, **days)
        Event.objects.create(provider="mailgun", key=str(digest.pk), kind="delivered", digest=digest)
        Suppression.objects.create(address_hash=f"{digest.pk:064}", reason="operator")


def _unused() -> int:
    return Edition.objects.count()
