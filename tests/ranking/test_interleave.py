"""Two rankers share a digest fairly, and what clicks say about them is said with its uncertainty."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.interleave import interleave
from digest.ranking.rankers import RANKERS, read_pair
from digest.ranking.shapes import Ranked, Taste
from digest.ranking.verdict import Tally, judge

PAPERS = st.lists(st.integers(1, 40), unique=True, max_size=20)


def ranked(papers: list[int]) -> list[Ranked]:
    return [Ranked(paper, ()) for paper in papers]


@given(first=PAPERS, second=PAPERS, limit=st.integers(0, 12), seed=st.text(max_size=5))
def test_a_shared_digest_is_fair_and_holds_each_paper_once(
    first: list[int], second: list[int], limit: int, seed: str
) -> None:
    drafted = interleave(("a", ranked(first)), ("b", ranked(second)), limit=limit, seed=seed)
    papers = [each.ranked.paper for each in drafted]
    assert len(papers) == len(set(papers)) == min(limit, len({*first, *second}))
    teams = [each.ranker for each in drafted[: 2 * (min(len(first), len(second)) // 2)]]
    if set(first).isdisjoint(second):
        assert abs(teams.count("a") - teams.count("b")) <= 1
    for name, own in (("a", first), ("b", second)):
        chosen = [each.ranked.paper for each in drafted if each.ranker == name]
        assert chosen == sorted(chosen, key=own.index)


def test_the_same_seed_gives_the_same_digest_and_others_differ() -> None:
    pair = ("a", ranked([1, 2, 3, 4, 5])), ("b", ranked([6, 7, 8, 9, 10]))
    drafts = [[each.ranker for each in interleave(*pair, limit=6, seed=str(seed))] for seed in range(20)]
    assert drafts[0] == [each.ranker for each in interleave(*pair, limit=6, seed="0")]
    assert len({tuple(draft) for draft in drafts}) > 3


def test_picks_stand_on_top_and_count_for_neither() -> None:
    drafted = interleave(("a", ranked([9, 1, 2])), ("b", ranked([9, 3, 4])), limit=4, seed="x", common=1)
    assert (drafted[0].ranked.paper, drafted[0].ranker) == (9, "")
    assert {each.ranker for each in drafted[1:]} == {"a", "b"}


def test_each_ranker_knows_less_and_all_keep_mutes_and_what_was_sent() -> None:
    taste = Taste(topics={1: 1.0, 2: -1.0}, keywords={"x": 1.0}, papers={5: 1.0}, seen=frozenset({4}))
    interests, trending = RANKERS["interests"](taste), RANKERS["trending"](taste)
    assert (len(interests.papers), interests.topics, set(interests.seen)) == (0, taste.topics, {4, 5})
    assert (trending.topics, len(trending.keywords), set(trending.seen)) == ({2: -1.0}, 0, {4, 5})
    assert RANKERS["blend"](taste) is taste


@pytest.mark.parametrize("names", ["blend", "blend,blend", "blend,other", "blend,interests,trending", ","])
def test_other_words_are_no_pair(names: str) -> None:
    with pytest.raises(ValueError, match="two different ones of blend, interests, trending"):
        read_pair(names)


def test_a_verdict_needs_papers_and_a_difference() -> None:
    assert judge(Tally("a", 99, liked=9), Tally("b", 5000)).startswith("Too early")
    assert "chance" in judge(Tally("a", 1000, liked=20), Tally("b", 1000, liked=24))
    assert judge(Tally("a", 1000, liked=20), Tally("b", 1000, liked=60)).startswith("Papers chosen by “b”")
    assert "chance" in judge(Tally("a", 1000), Tally("b", 1000))


@given(shown=st.integers(0, 10_000), data=st.data())
def test_the_interval_holds_the_rate(shown: int, data: st.DataObject) -> None:
    tally = Tally("a", shown, liked=data.draw(st.integers(0, shown)))
    low, high = tally.interval
    assert 0 <= low <= tally.per_hundred(tally.liked) + 1e-9 <= high + 1e-6 <= 100.001
