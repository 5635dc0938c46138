"""The project's own sample papers."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from digest.papers.catalogue import list_papers
from digest.papers.models import ImportRun, Paper, Topic
from digest.papers.samples import SAMPLES, load_samples
from tests.papers.makers import NOW, TODAY

pytestmark = pytest.mark.django_db


def test_samples_fill_each_of_the_last_seven_days() -> None:
    run = load_samples(today=TODAY, now=NOW)
    assert run is not None
    assert (run.verdict, run.rejected) == (ImportRun.Verdict.FRESH, 0)
    days = set(Paper.objects.values_list("listed_on", flat=True))
    assert days == {TODAY - timedelta(days=n) for n in range(7)}
    assert list_papers(first=TODAY - timedelta(days=6), last=TODAY).count() >= 35


def test_samples_are_loaded_once_and_never_beside_other_papers() -> None:
    assert load_samples(today=TODAY, now=NOW) is not None
    assert load_samples(today=TODAY, now=NOW) is None


def test_every_sample_has_authors_an_abstract_votes_and_a_topic() -> None:
    Topic.objects.all().delete()
    load_samples(today=TODAY, now=NOW)
    for paper in Paper.objects.prefetch_related("topics"):
        assert paper.authors, paper
        assert len(paper.abstract) > 150, paper
        assert paper.votes > 0, paper
        assert paper.topics.all(), paper
        assert paper.url == f"https://arxiv.org/abs/{paper.arxiv_id}"


def test_some_samples_hold_latex_and_no_title_stands_twice() -> None:
    samples = json.loads(SAMPLES.read_text(encoding="utf-8"))
    assert sum("$" in sample["title"] + sample["abstract"] for sample in samples) >= 3
    assert len({sample["title"] for sample in samples}) == len(samples)
