"""The same letter twice: as the bytes we send, and the plain way with Django's templates, premailer and message."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern

from digest.composing.models import Digest
from digest.delivery.headers import MessageRefusedError
from digest.delivery.message import build_message
from digest.delivery.ready import build_ready
from digest.rendering.inline import _parse_rules
from digest.rendering.letter import DigestLetter
from digest.rendering.plain import render_digest_plainly
from digest.rendering.render import render_quoted_digest
from subscriptions.models import Subscriber
from tests.factories import NOW
from tests.rendering.test_strips import by_strips, with_own_links

LEAVE_URL = "https://papers.example.org/leave/" + "x" * 90 + "/"
# Written by each in its own way.
OURS = ("Date", "Content-Type", "MIME-Version")


def compare(letter: DigestLetter) -> str:
    """How the two ways get on: "same by strips", "same as a whole", "refused by both" or "differ"."""
    letter = with_own_links(letter)
    strips = by_strips(letter)
    digest = Digest(pk=7, subscriber=Subscriber(pk=1, email="ada@example.org"))

    def join() -> bytes:
        mail = strips or render_quoted_digest(letter)
        return build_ready(digest=digest, mail=mail, leave_url=LEAVE_URL, now=NOW).content

    def build() -> bytes:
        _parse_rules.cache_clear()
        message = build_message(digest=digest, mail=render_digest_plainly(letter), leave_url=LEAVE_URL)
        return bytes(message.message().as_bytes())

    ours, theirs = _read(join), _read(build)
    if ours != theirs:
        return "differ"
    if ours is None:
        return "refused by both"
    return "same by strips" if strips else "same as a whole"


def _read(make: Callable[[], bytes]) -> object:
    """All that a mail says, decoded; None where our own gate refuses it."""
    try:
        message = message_from_bytes(make(), policy=modern)
    except MessageRefusedError:
        return None
    assert isinstance(message, EmailMessage)
    # Django's folding leaves a space before a long subject.
    headers = {name: str(value).strip() for name, value in message.items() if name not in OURS}
    parts = [part for part in message.walk() if not part.is_multipart()]
    return headers, [(part.get_content_type(), part.get_content().replace("\r\n", "\n")) for part in parts]
