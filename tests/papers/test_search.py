"""Finding papers by name, by words, by phrase and by meaning."""

from __future__ import annotations

from typing import Any

import pytest

from digest.papers.engine import Answer, Match, Wanted, load_engine
from digest.papers.models import Paper
from digest.papers.search import find_papers, find_similar
from digest.ranking.facts import Narrowing
from tests.factories import make_paper, make_topic

pytestmark = pytest.mark.django_db


def found(query: str, **more: object) -> list[int]:
    return [hit.paper_id for hit in find_papers(query=query, limit=20, **more).hits]  # type: ignore[arg-type]


def test_words_find_their_other_forms() -> None:
    robots = make_paper("Robots that grasp")
    make_paper("Protein folding in cells")
    assert found("grasping robot")[0] == robots.pk


def test_meaning_finds_papers_that_share_no_word() -> None:
    make_paper("Soil bacteria in winter")
    driving = make_paper("Steering automobiles on roads")
    hits = find_papers(query="self-driving cars", limit=5).hits
    assert (hits[0].paper_id, hits[0].kind) == (driving.pk, "meaning")


def test_an_exact_name_finds_one_paper() -> None:
    paper = make_paper(arxiv_id="2607.01234", doi="10.1000/abc")
    make_paper("About 2607.01234")
    assert found("arXiv:2607.01234v2") == found("https://doi.org/10.1000/ABC") == [paper.pk]


def test_a_quoted_phrase_must_stand_as_it_is() -> None:
    exact = make_paper("Coarse control of arms")
    make_paper("Control that is coarse")
    assert found('"coarse control"') == [exact.pk]


def test_a_topic_narrows_and_hidden_papers_stay_hidden() -> None:
    topic = make_topic("Arms")
    inside = make_paper("Arms one", topics=(topic,))
    make_paper("Arms two")
    make_paper("Arms three", topics=(topic,), state=Paper.State.HIDDEN)
    assert found("arms", narrowing=Narrowing(topic=topic.pk)) == [inside.pk]


def test_a_paper_hidden_a_moment_ago_is_not_found() -> None:
    paper = make_paper("Arms one")
    assert found("arms") == [paper.pk]
    Paper.objects.update(state=Paper.State.HIDDEN)
    assert found("arms") == []


@pytest.mark.parametrize("query", ["", "  ", '""', "the of and", "日本語", "\x00", "%" * 2000])
def test_odd_queries_do_not_break(query: str) -> None:
    make_paper("Arms one")
    assert find_papers(query=query, limit=5).total in {0, 1}


def test_pages_continue_where_the_last_one_ended() -> None:
    papers = [make_paper(f"Arms number {n}").pk for n in range(5)]
    result = find_papers(query="arms", limit=2, offset=2)
    assert (result.total, len(result.hits)) == (5, 2)
    assert {*found("arms")} == {*papers}


def test_similar_papers_leave_the_paper_itself_out() -> None:
    first = make_paper("Robot arms that grasp cups")
    second = make_paper("Grasping cups with robots")
    make_paper("Bond markets in winter")
    assert find_similar(paper_id=first.pk, limit=1) == [second.pk]
    assert find_similar(paper_id=10**6, limit=3) == []


def test_our_own_addresses_and_numbers_name_a_paper(settings: Any) -> None:
    paper, _ = make_paper("Arms one"), make_paper("Arms two")
    for query in (f"#{paper.pk}", f"{settings.SITE_URL}/papers/{paper.pk}/", f"/papers/{paper.pk}"):
        assert found(query) == [paper.pk]
    assert find_papers(query="#99999999999999999999", limit=5).total in {0, 2}


def test_a_name_outside_the_filters_is_not_found() -> None:
    make_paper("Arms one", arxiv_id="2607.01234", submitter="mara")
    assert found("2607.01234", narrowing=Narrowing(submitter="tomas")) == []
    assert len(found("2607.01234", narrowing=Narrowing(submitter="mara"))) == 1


class OtherEngine:
    """Finds what it is told to find."""

    def find(self, wanted: Wanted, *, offset: int, limit: int) -> Answer:
        papers = Paper.objects.filter(title__icontains=wanted.text).order_by("pk")
        return Answer([Match(paper.pk, 1.0, by_words=True) for paper in papers], papers.count(), "By another engine.")

    def find_similar(self, paper: int, *, limit: int) -> list[int]:
        return list(Paper.objects.exclude(pk=paper).values_list("pk", flat=True)[:limit])


def test_another_engine_can_be_named(settings: Any) -> None:
    first, second = make_paper("Arms one"), make_paper("Arms two")
    settings.SEARCH_ENGINE = f"{__name__}.OtherEngine"
    load_engine.cache_clear()
    try:
        result = find_papers(query="arms", limit=5)
        assert ([hit.paper_id for hit in result.hits], result.notice) == ([first.pk, second.pk], "By another engine.")
        assert find_similar(paper_id=first.pk, limit=2) == [second.pk]
    finally:
        load_engine.cache_clear()
