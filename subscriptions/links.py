"""Absolute links for mail, made without the database."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from subscriptions.tokens import (
    make_confirm_token,
    make_feedback_token,
    make_leave_token,
    make_manage_token,
    make_reason_token,
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


def feedback_link(*, subscriber_id: int, paper_id: int, kind: str) -> str:
    """One reader's "more", "less", "save" or "hide" on one paper. GET shows a button, POST records."""
    return _absolute("feedback", make_feedback_token(subscriber_id, paper_id=paper_id, kind=kind))


def reason_link(*, subscriber_id: int, kind: str, number: int = 0, text: str = "") -> str:
    """Where a reader weakens, mutes or strengthens one reason: a topic's number, or a keyword's or author's text."""
    return _absolute("reason", make_reason_token(subscriber_id, kind=kind, number=number, text=text))


def _absolute(name: str, token: str) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=[token])}"
