"""Ranking one reader's papers: order, mutes, picks and true reasons."""

from __future__ import annotations

import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.ranking.field import Field
from digest.ranking.rank import rank
from digest.ranking.shapes import Candidate, Ranking, Reason, Taste


def paper(number: int, *, votes: int = 0, title: str = "", **more: object) -> Candidate:
    values: dict[str, object] = {"abstract": "", "authors": (), "topics": frozenset()} | more
    return Candidate(id=number, title=title or f"Paper {number}", trend=math.log2(1 + votes), votes=votes, **values)  # type: ignore[arg-type]


def chosen(candidates: list[Candidate], taste: Taste | None = None, limit: int = 10) -> list[int]:
    return [ranked.paper for ranked in rank(Field(candidates), taste or Taste(), limit=limit)[0]]


def reasons(candidates: list[Candidate], taste: Taste, number: int) -> tuple[Reason, ...]:
    return next(r.reasons for r in rank(Field(candidates), taste, limit=99)[0] if r.paper == number)


def test_without_interests_the_most_voted_come_first() -> None:
    assert chosen([paper(1, votes=3), paper(2, votes=90), paper(3, votes=20)]) == [2, 3, 1]


def test_equal_papers_keep_the_order_of_the_field() -> None:
    assert chosen([paper(5), paper(3), paper(9)]) == [5, 3, 9]


def test_a_followed_topic_is_worth_four_times_the_votes() -> None:
    papers = [paper(1, votes=39), paper(2, votes=10, topics=frozenset({7})), paper(3, votes=63)]
    assert chosen(papers, Taste(topics={7: 1.0})) == [3, 2, 1]


def test_a_keyword_matches_whole_words_and_phrases_only() -> None:
    papers = [
        paper(1, votes=50, title="Trobotics without robots inside"),
        paper(2, title="On Coarse-to-fine search"),
        paper(3, abstract="we go coarse to\nfine here"),
    ]
    field = Field(papers)
    assert list(field.with_keyword("coarse-to-fine")) == [1, 2]
    assert list(field.with_keyword("robotics")) == []


def test_a_keyword_may_hold_signs_of_regular_expressions() -> None:
    field = Field([paper(1, title="Fast C++ (and more)"), paper(2, title="Fast C")])
    assert list(field.with_keyword("c++")) == [0]
    assert list(field.with_keyword("(")) == []


def test_a_mute_wins_over_everything_even_over_a_pick() -> None:
    papers = [paper(1, votes=99, topics=frozenset({7}), title="robots", pick=0), paper(2)]
    assert chosen(papers, Taste(topics={7: -1.0}, keywords={"robots": 1.0})) == [2]


def test_picks_stand_on_top_in_the_curators_order() -> None:
    papers = [paper(1, votes=500), paper(2, pick=1), paper(3, pick=0), paper(4, votes=9, pick=2)]
    assert chosen(papers, Taste(keywords={"paper 1": 1.0})) == [3, 2, 4, 1]


def test_a_paper_that_was_sent_never_comes_again() -> None:
    ranking = rank(Field([paper(1, votes=9), paper(2)]), Taste(seen=frozenset({1, 77})), limit=5)
    assert ([ranked.paper for ranked in ranking.chosen], ranking.open_to) == ([2], 1)


def test_reasons_name_what_the_reader_follows_and_are_three_at_most() -> None:
    papers = [
        paper(1, votes=99, title="Robots that walk", authors=("Ada L.",), topics=frozenset({7}), pick=0),
        *(paper(n) for n in range(2, 9)),
    ]
    taste = Taste(topics={7: 1.0}, keywords={"robots": 1.0}, authors={"ada l.": 1.0})
    assert [reason.kind for reason in reasons(papers, taste, 1)] == ["pick", "author", "keyword"]
    assert reasons(papers, Taste(keywords={"walk": 1.0}), 1)[1] == Reason("keyword", text="walk")


def test_a_paper_without_votes_is_not_called_trending() -> None:
    assert reasons([paper(1), paper(2)], Taste(), 1) == ()


def test_an_empty_field_has_nothing_to_say() -> None:
    assert rank(Field([]), Taste(topics={1: 1.0}, keywords={"x": 1.0}), limit=5) == Ranking([], 0)


tastes = st.builds(
    Taste,
    topics=st.dictionaries(st.integers(0, 3), st.sampled_from([-1.0, 1.0])),
    keywords=st.dictionaries(st.sampled_from(["alpha", "beta"]), st.sampled_from([-1.0, 1.0])),
    seen=st.frozensets(st.integers(0, 11)),
)
fields = st.lists(
    st.builds(
        paper,
        st.integers(0, 11),
        votes=st.integers(0, 500),
        title=st.sampled_from(["alpha", "beta", "gamma"]),
        topics=st.frozensets(st.integers(0, 3)),
        pick=st.one_of(st.none(), st.integers(0, 5)),
    ),
    max_size=12,
    unique_by=lambda candidate: candidate.id,
)


# On a busy machine drawing alone can take a second.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(fields, tastes, st.integers(1, 12))
def test_nothing_seen_or_muted_is_ever_chosen(candidates: list[Candidate], taste: Taste, limit: int) -> None:
    by_id = {candidate.id: candidate for candidate in candidates}
    muted_topics = {topic for topic, weight in taste.topics.items() if weight < 0}
    muted_words = {word for word, weight in taste.keywords.items() if weight < 0}
    result = chosen(candidates, taste, limit)
    assert len(result) == len(set(result)) <= limit
    for number in result:
        assert number not in taste.seen
        assert not by_id[number].topics & muted_topics
        assert by_id[number].title not in muted_words
