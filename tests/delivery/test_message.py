"""Our own gate in front of every backend, and the headers that let a list mail through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives

from digest.composing.models import Digest
from digest.delivery.headers import MessageRefusedError
from digest.delivery.message import LARGEST_HTML_BYTES, build_message, check_message
from digest.rendering.letter import RenderedMail
from subscriptions.models import Subscriber
from tests.delivery.acts import compose_for, send_all
from tests.factories import make_paper
from tests.peers.peer import Peer

MAIL = RenderedMail("Grasping at scale", "A text.", "<p>A text.</p>")


def build(mail: RenderedMail = MAIL) -> EmailMultiAlternatives:
    digest = Digest(pk=7, subscriber=Subscriber(pk=1, email="ada@example.org"))
    return build_message(digest=digest, mail=mail, leave_url="https://papers.example/leave/1.x/")


def test_the_headers_of_a_list_mail_are_there(settings: Any) -> None:
    settings.FEEDBACK_ID = "weekly:paperboy:digest:papers"
    headers = build().message()
    assert headers["Message-ID"] == "<digest-7@paperboy.example>"
    assert headers["List-Unsubscribe"] == "<https://papers.example/leave/1.x/>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Feedback-ID"] == "weekly:paperboy:digest:papers"
    assert b"List-Unsubscribe: <https" in headers.as_bytes()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda message: message.to.append("eve@example.org"),
        lambda message: message.cc.append("eve@example.org"),
        lambda message: setattr(message, "to", ["ada@example.org, eve@example.org"]),
        lambda message: setattr(message, "to", ["Ada <ada@example.org>"]),
        lambda message: setattr(message, "subject", "A title\nBcc: eve@example.org"),
        lambda message: message.extra_headers.update({"X-Odd\r\nBcc": "eve@example.org"}),
        lambda message: setattr(message, "body", "  \n"),
    ],
)
def test_what_must_not_reach_a_backend_is_refused(spoil: Callable[[EmailMultiAlternatives], None]) -> None:
    message = build()
    spoil(message)
    with pytest.raises(MessageRefusedError):
        check_message(message)


def test_a_letter_that_would_be_clipped_is_refused() -> None:
    with pytest.raises(MessageRefusedError, match="larger than"):
        build(RenderedMail("Subject", "A text.", "x" * (LARGEST_HTML_BYTES + 1)))


@pytest.mark.django_db
@pytest.mark.parametrize("title", ["یادگیری\u200cماشین", "Soft\u00adware and\u00a0hard", "Teams 👩\u200d🔬 at work"])
def test_joiners_and_soft_hyphens_are_letters_of_titles(smtp: Peer, title: str) -> None:
    make_paper(title, votes=9)
    compose_for("ada@example.org")
    assert send_all() == {"accepted": 1}
