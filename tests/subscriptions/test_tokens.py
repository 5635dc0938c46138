"""Tokens open one door each, for their time, and nobody can make one up."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.signing import Signer
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from subscriptions.links import DigestLinks, digest_link, leave_link, manage_link
from subscriptions.tokens import (
    CONFIRM_LIFETIME,
    MANAGE_LIFETIME,
    DigestToken,
    DigestTokens,
    ManageToken,
    TokenError,
    TokenExpiredError,
    make_confirm_token,
    make_digest_token,
    make_leave_token,
    make_manage_token,
    read_confirm_token,
    read_digest_token,
    read_leave_token,
    read_manage_token,
)
from tests.subscriptions.people import NOW

SECOND = timedelta(seconds=1)


@given(st.integers(min_value=0, max_value=2**63), st.integers(min_value=0, max_value=2**31))
def test_what_is_signed_is_read_back(subscriber_id: int, version: int) -> None:
    assert read_confirm_token(make_confirm_token(subscriber_id)) == subscriber_id
    assert read_leave_token(make_leave_token(subscriber_id)) == subscriber_id
    token = make_manage_token(subscriber_id, version=version)
    assert read_manage_token(token) == ManageToken(subscriber_id, version)
    digest = make_digest_token(subscriber_id, period="2026-08-03")
    assert read_digest_token(digest) == DigestToken(subscriber_id, "2026-08-03")
    assert len(digest.rpartition(".")[2]) == 22


@given(st.data())
def test_a_token_changed_anywhere_is_refused(data: st.DataObject) -> None:
    token = make_leave_token(42)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda c: c != token[place]))
    with pytest.raises(TokenError):
        read_leave_token(token[:place] + letter + token[place + 1 :])


@given(st.text())
def test_made_up_tokens_are_refused(text: str) -> None:
    for read in (read_confirm_token, read_leave_token, read_manage_token, read_digest_token):
        with pytest.raises(TokenError):
            read(text)


def test_no_token_opens_another_door() -> None:
    tokens = [make_confirm_token(7), make_manage_token(7, version=1), make_leave_token(7)]
    tokens.append(make_digest_token(7, period="2026-W32"))
    readers = [read_confirm_token, read_manage_token, read_leave_token, read_digest_token]
    for position, token in enumerate(tokens):
        for read in readers[:position] + readers[position + 1 :]:
            with pytest.raises(TokenError):
                read(token)


def test_a_confirm_token_ends_after_seven_days() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        token = make_confirm_token(7)
        clock.shift(CONFIRM_LIFETIME)
        assert read_confirm_token(token) == 7
        clock.shift(SECOND)
        with pytest.raises(TokenExpiredError):
            read_confirm_token(token)


def test_a_manage_token_ends_after_sixty_days_and_a_leave_token_never() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        manage, leave = make_manage_token(7, version=1), make_leave_token(7)
        clock.shift(MANAGE_LIFETIME + SECOND)
        with pytest.raises(TokenExpiredError):
            read_manage_token(manage)
        clock.shift(timedelta(days=9000))
        assert read_leave_token(leave) == 7


def test_old_links_survive_an_exchange_of_the_secret(settings: Settings) -> None:
    leave, manage = make_leave_token(7), make_manage_token(7, version=1)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a-new-secret"
    assert read_leave_token(leave) == 7
    assert read_manage_token(manage).subscriber_id == 7
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(TokenError):
        read_leave_token(leave)


def test_quick_signatures_are_djangos_own() -> None:
    plain = Signer(salt="subscriptions.leave", sep=".")
    assert make_leave_token(7) == plain.sign("7")
    made = make_manage_token(7, version=1), plain.sign("7"), make_digest_token(7, period="2026-W32")
    quick = DigestTokens().of(subscriber_id=7, version=1, period="2026-W32")
    assert tuple(map(bytes.decode, quick)) == made


def test_quick_links_are_the_links() -> None:
    links = DigestLinks()
    parts = links.of(subscriber_id=7, version=1, period="2026-W32")
    made = (
        manage_link(subscriber_id=7, version=1),
        leave_link(subscriber_id=7),
        digest_link(subscriber_id=7, period="2026-W32"),
    )
    assert tuple(page + part.decode() for page, part in zip(links.pages, parts, strict=True)) == made
