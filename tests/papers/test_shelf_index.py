"""The index of a large catalogue: on disk, grown in steps, fresh within seconds, and never in the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path

import numpy as np
import pytest
from django.utils.timezone import now

from digest.papers import indexing
from digest.papers.engine import Answer, Wanted
from digest.papers.indexing import BusyError, IndexFolder
from digest.papers.models import Paper
from digest.papers.shelf_index import ShelfEngine
from digest.ranking.embed import load_embedder
from digest.ranking.facts import Narrowing
from tests.factories import make_paper, make_topic

pytestmark = pytest.mark.django_db
TITLES = [
    "Robots that grasp cups",
    "Bacteria in winter soil",
    "Coarse control of arms",
    "Steering automobiles on roads",
]


@pytest.fixture
def folder(tmp_path: Path) -> IndexFolder:
    return IndexFolder(tmp_path / "index", load_embedder("static"))


def grow(folder: IndexFolder) -> int:
    return folder.extend(now=now() + timedelta(minutes=2), whole=True)


def open_engine(folder: IndexFolder) -> ShelfEngine:
    return ShelfEngine(folder=folder, small=0, at_once=True)


def ask(engine: ShelfEngine, text: str, *phrases: str, **narrowing: object) -> Answer:
    return engine.find(Wanted(text, phrases, Narrowing(**narrowing)), offset=0, limit=10)  # type: ignore[arg-type]


def found(engine: ShelfEngine, text: str, *phrases: str, **narrowing: object) -> list[str]:
    ids = [match.paper for match in ask(engine, text, *phrases, **narrowing).matches]
    titles = Paper.objects.in_bulk(ids)
    return [titles[pk].title for pk in ids]


def test_disk_and_memory_find_the_same(folder: IndexFolder) -> None:
    for title in TITLES:
        make_paper(title)
    assert grow(folder) == 4
    for text in ("grasping robot", "self-driving cars", "microbes", "arms control"):
        large, small = ask(open_engine(folder), text), ask(ShelfEngine(), text)
        assert [match.paper for match in large.matches] == [match.paper for match in small.matches]
        assert np.allclose([m.score for m in large.matches], [m.score for m in small.matches])


def test_a_paper_of_this_moment_is_found_and_one_changed_is_found_as_it_is_now(folder: IndexFolder) -> None:
    papers = [make_paper(title) for title in TITLES]
    grow(folder)
    engine = open_engine(folder)
    assert found(engine, "grasp cups")[0] == TITLES[0]
    make_paper("Grasp cups and cups")
    papers[0].title = "Poems of the sea"
    papers[0].save()
    assert found(engine, "grasp cups")[0] == "Grasp cups and cups"
    assert ask(engine, "grasp").matches[1].by_words is False
    assert found(engine, "poems")[0] == "Poems of the sea"


def test_hidden_and_deleted_papers_leave_the_index(folder: IndexFolder) -> None:
    papers = [make_paper(title) for title in TITLES]
    grow(folder)
    papers[0].state = Paper.State.HIDDEN
    papers[0].save()
    papers[1].delete()
    assert papers[0].pk not in {match.paper for match in ask(open_engine(folder), "robots grasp").matches}
    grow(folder)
    assert len(folder.open()[1]) == 2


def test_a_build_goes_on_where_it_was_stopped(folder: IndexFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "STEP", 3)
    moment = now()
    for title in TITLES:
        make_paper(title)
    Paper.objects.update(updated_at=moment)
    assert [grow(folder), grow(folder), grow(folder)] == [3, 1, 0]
    assert sorted(folder.open()[1].columns.ids) == sorted(Paper.objects.values_list("pk", flat=True))


def test_votes_write_nothing_and_few_changes_wait(folder: IndexFolder) -> None:
    papers = [make_paper(title) for title in TITLES]
    grow(folder)
    written = folder.read_manifest().folder
    papers[0].votes = 9
    papers[0].save()
    assert folder.extend(now=now() + timedelta(minutes=2)) == 0
    assert grow(folder) == 1
    assert folder.read_manifest().folder == written
    assert folder.extend(now=now() + timedelta(hours=2)) == 0


def test_filters_hold_on_disk_and_over_it(folder: IndexFolder) -> None:
    topic = make_topic("Arms")
    make_paper("Arms one", topics=(topic,), submitter="mara", code_url="https://x.example/y")
    make_paper("Arms two", organisation="Institute")
    grow(folder)
    make_paper("Arms three", topics=(topic,), submitter="mara")
    engine = open_engine(folder)
    assert found(engine, "arms", topic=topic.pk) == ["Arms one", "Arms three"]
    assert found(engine, "arms", submitter="mara", with_code=True) == ["Arms one"]
    assert found(engine, "arms", organisation="Institute") == ["Arms two"]
    assert found(engine, "arms", first_day=800_000) == []


def test_a_phrase_must_stand_as_it_is(folder: IndexFolder) -> None:
    make_paper("Control that is coarse")
    make_paper("Coarse control of arms")
    make_paper("To be or not")
    grow(folder)
    engine = open_engine(folder)
    assert found(engine, '"coarse control"', "coarse control") == ["Coarse control of arms"]
    assert found(engine, '"to be"', "to be") == ["To be or not"]


def test_without_an_index_the_answer_says_so(folder: IndexFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.papers.shelf_index.MOST_FRESH", 2)
    for title in TITLES:
        make_paper(title)
    answer = ask(open_engine(folder), "arms control")
    assert "2 of 4 papers so far" in answer.notice
    assert answer.matches


@pytest.mark.parametrize("damage", ["", "{", '{"folder": "000009", "changed": null, "embedded": null}', "[]"])
def test_a_damaged_index_is_built_anew(folder: IndexFolder, damage: str) -> None:
    make_paper(TITLES[0])
    grow(folder)
    (folder.folder / "manifest.json").write_text(damage)
    assert found(open_engine(folder), "robots") == [TITLES[0]]
    assert grow(folder) == 1
    assert json.loads((folder.folder / "manifest.json").read_text())["folder"] > "000001"


def test_one_process_writes_at_a_time(folder: IndexFolder) -> None:
    make_paper(TITLES[0])
    folder.folder.mkdir(parents=True)
    with (folder.folder / "lock").open("w") as held:
        flock(held, LOCK_EX)
        with pytest.raises(BusyError):
            grow(folder)


def test_similar_papers_come_from_disk_and_from_what_is_new(folder: IndexFolder) -> None:
    first = make_paper("Robot arms that grasp cups")
    make_paper("Bond markets in winter")
    grow(folder)
    second = make_paper("Grasping cups with robots")
    engine = open_engine(folder)
    assert engine.find_similar(first.pk, limit=1) == [second.pk]
    assert engine.find_similar(second.pk, limit=1) == [first.pk]


def test_no_request_waits_for_the_look(folder: IndexFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    make_paper(TITLES[0])
    grow(folder)
    started: list[Callable[[], None]] = []

    class Held:
        def __init__(self, *, target: Callable[[], None], **_: object) -> None:
            started.append(target)

        def start(self) -> None:
            pass

    monkeypatch.setattr("digest.papers.shelf_index.Thread", Held)
    engine = ShelfEngine(folder=folder, small=0)
    assert [found(engine, "robots"), found(engine, "robots")] == [[TITLES[0]]] * 2
    assert len(started) == 1
