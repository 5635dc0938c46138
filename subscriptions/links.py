"""Absolute links for mail, made without the database."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.urls import reverse

from subscriptions.tokens import (
    DigestTokens,
    make_confirm_token,
    make_digest_token,
    make_leave_token,
    make_manage_token,
    make_move_token,
    make_never_token,
)


def confirm_link(*, subscriber_id: int) -> str:
    """Where a new subscriber confirms; works for seven days."""
    return _absolute("confirm", make_confirm_token(subscriber_id))


def manage_link(*, subscriber_id: int, version: int) -> str:
    """A person's own preferences; works for sixty days or until `version` is no longer theirs."""
    return _absolute("manage", make_manage_token(subscriber_id, version=version))


def leave_link(*, subscriber_id: int) -> str:
    """The way out; works for ever. GET shows a button, POST leaves (RFC 8058)."""
    return _absolute("leave", make_leave_token(subscriber_id))


def digest_link(*, subscriber_id: int, period: str) -> str:
    """One digest on the site, without a slash at the end: what a reader says about it is asked for below."""
    return _absolute("digest-copy", make_digest_token(subscriber_id, period=period)).removesuffix("/")


def move_link(*, change_id: int, side: str) -> str:
    """Where one mailbox, "old" or "new", confirms a change of address; works for seven days."""
    return _absolute("move", make_move_token(change_id, side=side))


def never_link(*, subscriber_id: int) -> str:
    """Where somebody who never asked forbids us to write; works for ever. GET shows a button."""
    return _absolute("never", make_never_token(subscriber_id))


class DigestLinks:
    """The three links of a digest that are its reader's own, for many readers: settings are looked at once.

    `pages` is how they begin, for every reader.
    """

    def __init__(self) -> None:
        (manage, end), (leave, behind), (copy, _) = map(_frame_of, ("manage", "leave", "digest-copy"))
        self._ends = end.encode(), behind.encode()
        site = settings.SITE_URL
        self.pages = f"{site}{manage}", f"{site}{leave}", f"{site}{copy}"
        self._tokens = DigestTokens()

    def of(self, *, subscriber_id: int, version: int, period: str) -> tuple[bytes, bytes, bytes]:
        """The last parts of `manage_link`, `leave_link` and `digest_link`."""
        manage, leave, own = self._tokens.of(subscriber_id=subscriber_id, version=version, period=period)
        return manage + self._ends[0], leave + self._ends[1], own


def _absolute(name: str, token: str) -> str:
    before, after = _frame_of(name)
    return f"{settings.SITE_URL}{before}{token}{after}"


@lru_cache(maxsize=16)
def _frame_of(name: str) -> tuple[str, str]:
    """What stands before and after the token in the address of a page: looked up once, not for every link."""
    before, _, after = reverse(name, args=["TOKEN"]).partition("TOKEN")
    return before, after
