"""Measuring whether the trending order foretells votes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from digest.papers.foresight import FEWEST, Look, correlate, foretell, imagine_looks, read_looks

DAY = date(2026, 8, 3)


def look(paper: int, *, days: int, votes: int) -> Look:
    return Look(str(paper), DAY, datetime(2026, 8, 3, 8, tzinfo=UTC) + timedelta(days=days), votes)


def test_papers_that_gain_as_they_did_are_foretold_and_the_other_way_round_not() -> None:
    grown = [look(n, days=d, votes=(n + 1) * (1 + d)) for n in range(FEWEST) for d in range(3)]
    turned = [look(n, days=d, votes=50 + n + d * d * (FEWEST - n)) for n in range(FEWEST) for d in range(2)]
    assert foretell(grown)[0]["trending"]["rank correlation"] == pytest.approx(1)
    assert foretell(turned)[0]["trending"]["rank correlation"] == pytest.approx(-1)


def test_a_votes_day_counts_and_what_comes_later_is_never_looked_at() -> None:
    # Half of the papers won their votes just now, and go on to win; both halves have the same number.
    looks = [look(n, days=d, votes=v) for n in range(0, 8, 2) for d, v in ((0, 2), (6, 20), (7, 40))]
    looks += [look(n, days=d, votes=v) for n in range(1, 8, 2) for d, v in ((0, 20), (6, 20), (7, 21))]
    late = [each for each in looks if each.at.day > 3]
    told, moments = foretell(looks)
    assert (moments, foretell(late)[1]) == (2, 1)
    assert told["trending"]["rank correlation"] > told["votes"]["rank correlation"]


def test_equal_values_share_their_ranks() -> None:
    assert correlate(np.array([1.0, 2, 2, 3]), np.array([1.0, 2, 2, 3])) == pytest.approx(1)
    assert correlate(np.array([1.0, 1, 1]), np.array([1.0, 2, 3])) == 0


def test_imagined_looks_only_grow_and_end_at_what_was_counted() -> None:
    looks = list(imagine_looks({"a": (DAY, 30), "b": (DAY, 0)}, seed=3))
    votes = [each.votes for each in looks if each.paper == "a"]
    assert votes == sorted(votes)
    assert (votes[-1], looks[-1].votes) == (30, 0)


def test_the_command_reads_looks_and_daily_lists_and_names_a_bad_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, daily, bad = tmp_path / "looks.jsonl", tmp_path / "day.json", tmp_path / "bad.json"
    rows = [
        {
            "type": "look",
            "paper": n,
            "listed_on": "2026-08-03",
            "seen_at": f"2026-08-0{3 + d}T08:00:00Z",
            "votes": n * d,
        }
        for n in range(9)
        for d in (0, 1, 2)
    ]
    lines.write_text("\n".join(map(json.dumps, rows)))
    papers = [{"paper": {"id": n, "submittedOnDailyAt": "2026-08-03T00:00:00Z", "upvotes": 3 * n}} for n in range(9)]
    daily.write_text(json.dumps(papers))
    bad.write_text("[{}]")
    call_command("evaluate_trending", lines)
    call_command("evaluate_trending", daily)
    told = capsys.readouterr().out
    assert told.count("trending: rank correlation") == 2
    assert "drawn from the usual course" in told
    assert len(read_looks([lines])[0]) == 27
    with pytest.raises(CommandError, match=r"bad\.json"):
        call_command("evaluate_trending", bad)
