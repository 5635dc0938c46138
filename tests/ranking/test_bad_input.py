"""Papers and readers as nobody hopes for them: sensible digests all the same, in one order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from digest.ranking.field import Field
from digest.ranking.liking import Ground, Liking
from digest.ranking.rank import rank
from digest.ranking.shapes import Candidate, Ranking, Taste
from digest.ranking.word_table import Vectors, load_word_table

TITLES = {
    1: "用于抓取的机器人学习",
    2: "蛋白质折叠的新方法",
    3: "تعلم الروبوت الإمساك بالأشياء",
    4: "طي البروتين في الخلايا",
    5: "Robot hands that learn to grasp",
    6: "Protein folding in yeast cells",
}
LIKED = {
    10: "机器人抓取",
    11: "الروبوت والإمساك",
    12: "robot grasp",
    13: "",
    14: "🤖 ??? —",
    15: "Bond prices when markets fall",
}


def make_field(titles: Mapping[int, str] = TITLES, vectors: Vectors | None = None) -> Field:
    texts = list(titles.values())
    found = load_word_table().embed(texts) if vectors is None else vectors
    ground = Ground(texts, found, candidates=len(texts))
    papers = [Candidate(n, title, "", (), frozenset(), 0.0, 0) for n, title in titles.items()]
    liked = load_word_table().embed(list(LIKED.values()))
    return Field(papers, Liking(ground, LIKED, liked), vectors=found)


def best(taste: Taste, field: Field | None = None, limit: int = 6) -> list[int]:
    return [ranked.paper for ranked in rank(field or make_field(), taste, limit=limit).chosen]


def told(ranking: Ranking) -> dict[int, set[str]]:
    return {ranked.paper: {reason.kind for reason in ranked.reasons} for ranked in ranking.chosen}


@pytest.mark.parametrize(("liked", "first"), [(10, 1), (11, 3), (12, 5)])
def test_a_like_in_any_language_brings_its_kind_first(liked: int, first: int) -> None:
    assert best(Taste(papers={liked: 1.0}))[0] == first


@pytest.mark.parametrize(("word", "paper"), [("机器人", 1), ("الروبوت", 3), ("GRASP", 5)])
def test_a_keyword_in_any_language_is_found_told_and_muted(word: str, paper: int) -> None:
    ranking = rank(make_field(), Taste(keywords={word: 1.0}), limit=6)
    assert [number for number, kinds in told(ranking).items() if "keyword" in kinds] == [paper]
    assert paper not in best(Taste(keywords={word: -1.0}))


@pytest.mark.parametrize("liked", [13, 14])
def test_a_like_that_says_nothing_moves_and_explains_nothing(liked: int) -> None:
    ranking = rank(make_field(), Taste(papers={liked: 1.0}), limit=6)
    assert list(told(ranking)) == best(Taste())
    assert not any(told(ranking).values())


def test_a_like_of_another_kind_than_all_papers_is_never_named() -> None:
    ranking = rank(make_field(), Taste(papers={15: 1.0}), limit=6)
    assert not any("paper" in kinds for kinds in told(ranking).values())


def test_a_profile_of_one_word_or_of_nothing_is_like_none_at_all() -> None:
    for taste in (Taste(keywords={"x": 1.0}), Taste(keywords={" ": 1.0, "": 1.0, "()": 1.0}), Taste(papers={99: 1.0})):
        assert best(taste) == best(Taste())


def test_weights_that_are_no_numbers_count_for_nothing() -> None:
    odd = Taste(keywords={"grasp": float("nan")}, papers={10: float("nan"), 11: float("inf"), 12: 1.0})
    assert best(odd)[0] == 5


def test_a_model_that_gives_no_numbers_leaves_the_words() -> None:
    vectors = np.full((len(TITLES), 256), np.nan, dtype=np.float32)
    vectors[2:4] = np.inf
    assert best(Taste(papers={12: 1.0}), make_field(vectors=vectors))[0] == 5


def test_a_thousand_likes_are_ranked_and_explained() -> None:
    titles = {n: f"Study {n} of {'robots' if n % 2 else 'proteins'}" for n in range(60)}
    texts = list(titles.values())
    liked = {1_000 + n: f"Robots, part {n}" for n in range(1_000)}
    table = load_word_table()
    ground = Ground(texts, table.embed(texts), candidates=60)
    papers = [Candidate(n, title, "", (), frozenset(), 0.0, 0) for n, title in titles.items()]
    field = Field(papers, Liking(ground, liked, table.embed(list(liked.values()))))
    ranking = rank(field, Taste(papers=dict.fromkeys(liked, 1.0)), limit=8)
    assert all(ranked.paper % 2 and ranked.reasons[0].kind == "paper" for ranked in ranking.chosen)


def test_papers_that_are_the_same_are_one_and_equal_ones_keep_their_order() -> None:
    twins = {9: "Robot grasp", 3: "Robot grasp", 7: "Yeast cells", 5: "Bond markets"}
    assert best(Taste(papers={12: 1.0}), make_field(twins))[0] == 9
    assert 3 not in best(Taste(papers={12: 1.0}), make_field(twins))
    assert best(Taste(), make_field(twins)) == [9, 7, 5]
