"""Which digests may go in one request: those whose letters differ in nothing but what is one reader's own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from digest.composing.rows import DigestRow, ReaderRow
from digest.delivery.merge import likeness

READER = ReaderRow(1, "ada@example.org", "weekly", 0, 8, "UTC", 1, "full", "en")
ROW = DigestRow(1, "2026-W32", 5, date(2026, 7, 27), date(2026, 8, 3), False, [], 3, [], 0, False, READER)


@pytest.mark.parametrize("own", [{"pk": 2}, {"email": "bob@example.org"}, {"token_version": 2}])
def test_what_is_one_readers_own_keeps_no_digests_apart(own: dict[str, Any]) -> None:
    assert likeness(ROW._replace(pk=2, attempts=1, subscriber=READER._replace(**own))) == likeness(ROW)


@pytest.mark.parametrize(
    "shown",
    [
        {"hour": 9},
        {"timezone": "Europe/Berlin"},
        {"layout": "compact"},
        {"date_language": "de"},
        {"counts_clicks": True},
    ],
)
def test_readers_who_read_different_words_get_requests_of_their_own(shown: dict[str, Any]) -> None:
    assert likeness(ROW._replace(subscriber=READER._replace(**shown))) != likeness(ROW)


@pytest.mark.parametrize(
    "shown", [{"period": "2026-W31"}, {"precedes_edition": True}, {"more_count": 4}, {"entries": [{"paper": 1}]}]
)
def test_digests_that_say_something_else_are_kept_apart(shown: dict[str, Any]) -> None:
    assert likeness(ROW._replace(**shown)) != likeness(ROW)
