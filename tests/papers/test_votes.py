"""The trending formula."""

from __future__ import annotations

from datetime import date

import pytest

from digest.papers.votes import trend_of


def test_the_formula_is_the_written_one() -> None:
    assert trend_of(votes=0, listed_on=date(1970, 1, 5)) == pytest.approx(1.0)
    assert trend_of(votes=7, listed_on=date(1970, 1, 1)) == pytest.approx(3.0)


def test_four_days_weigh_as_much_as_twice_the_votes() -> None:
    assert trend_of(votes=63, listed_on=date(2026, 8, 3)) == pytest.approx(
        trend_of(votes=31, listed_on=date(2026, 8, 7))
    )
