"""Stored vectors: made once, made anew when the text changes, and given out in the order asked for."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils.timezone import now

from digest.papers.models import Paper, PaperVector
from digest.papers.vectors import embed_waiting, find_unembedded, load_vectors, text_of
from digest.ranking.embed import MissingEmbedderError, load_embedder
from digest.ranking.word_table import Vectors, WordTable
from digest.tasks import embed_papers
from tests.factories import make_paper

pytestmark = pytest.mark.django_db


def embed_all(**more: bool) -> int:
    return sum(embed_waiting(embedder=load_embedder("static"), now=now(), **more))


def texts() -> dict[int, str]:
    return {paper.pk: text_of(paper.title, paper.abstract) for paper in Paper.objects.order_by("-pk")}


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that is really embedded."""
    seen: list[str] = []
    plain = WordTable.embed

    def embed(self: WordTable, asked: list[str]) -> Vectors:
        seen.extend(asked)
        return plain(self, asked)

    monkeypatch.setattr(WordTable, "embed", embed)
    return seen


def test_a_stored_vector_is_not_made_again(embedded: list[str]) -> None:
    for title in ("Robots that grasp", "Bacteria in soil"):
        make_paper(title)
    made = load_embedder("static").embed(list(texts().values()))
    embedded.clear()
    assert embed_all() == 2
    assert np.allclose(load_vectors(texts()), made, atol=1e-3)
    assert len(embedded) == 2


def test_a_changed_text_is_embedded_anew(embedded: list[str]) -> None:
    paper = make_paper("Robots that grasp")
    embed_all()
    paper.title = "Bacteria in soil"
    paper.save()
    assert embed_all() == 1
    assert embedded == ["Robots that grasp. ", "Bacteria in soil. "]


def test_a_vote_embeds_nothing(embedded: list[str]) -> None:
    paper = make_paper("Robots that grasp")
    embed_all()
    paper.votes = 5
    paper.save()
    assert (embed_all(), embed_all(), len(embedded)) == (1, 0, 1)


def test_a_text_changed_behind_our_back_is_not_served_stale() -> None:
    paper = make_paper("Robots that grasp")
    embed_all()
    assert np.allclose(
        load_vectors({paper.pk: "Bacteria in soil"}), load_embedder("static").embed(["Bacteria in soil"])
    )


def test_a_broken_run_goes_on_where_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.papers.vectors._BATCH", 2)
    for _ in range(5):
        make_paper()
    next(embed_waiting(embedder=load_embedder("static"), now=now()))
    assert PaperVector.objects.count() == 2
    assert sum(embed_waiting(embedder=load_embedder("static"), now=now(), seconds=0)) == 2
    assert embed_all() == 1


def test_the_worker_embeds_what_came() -> None:
    paper = make_paper("Robots that grasp")
    embed_papers()
    row = PaperVector.objects.get()
    assert (row.paper_id, row.model, row.dimension, len(row.vector)) == (paper.pk, "static", 256, 512)


def test_the_command_tells_how_many_and_all_means_all(capsys: pytest.CaptureFixture[str], embedded: list[str]) -> None:
    make_paper("Robots that grasp")
    for flag in ((), (), ("--all",)):
        call_command("embed_papers", *flag)
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in told] == ["1", "0", "1"]
    assert len(embedded) == 2


def test_an_embedder_that_cannot_be_loaded_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="needs: pip install"):
        call_command("embed_papers", "--model", "somebody/some-model")


def test_a_hub_that_cannot_be_reached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr("digest.ranking.embed._open_hub_model", refuse)
    with pytest.raises(MissingEmbedderError, match="EMBEDDER=a/b could not be loaded"):
        load_embedder("a/b")


def test_a_hub_model_is_opened_by_whichever_package_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def import_one(package: str) -> Any:
        if package == "model2vec":
            raise ValueError("no static model")
        return SimpleNamespace(
            SentenceTransformer=lambda name: SimpleNamespace(encode=lambda texts: [[3.0, 4.0]] * len(texts))
        )

    monkeypatch.setattr("digest.ranking.embed.find_spec", lambda package: package)
    monkeypatch.setattr("digest.ranking.embed.import_module", import_one)
    embedder = load_embedder("some/sentences")
    assert (embedder.dimension, embedder.name, embedder.trust > 1) == (2, "some/sentences", True)
    assert embedder.embed(["a", "b"]).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]] * 2


def test_vectors_of_another_model_do_not_count() -> None:
    paper = make_paper()
    PaperVector.objects.create(
        paper=paper, model="minilm", dimension=384, vector=b"", text_hash="", embedded_at=now() + timedelta(days=1)
    )
    assert list(find_unembedded(load_embedder("static"))) == [paper]
