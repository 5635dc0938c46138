"""Filing: what a text is clearly about, and nothing else."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from digest.papers.models import Paper, Topic
from digest.papers.sources.base import Record
from digest.papers.topics import (
    MOST_TOPICS,
    FilingText,
    TopicIndex,
    ensure_topics,
    file_paper,
    refile_papers,
    remember_corrections,
)
from tests.papers.makers import take

pytestmark = pytest.mark.django_db


def match(
    title: str = "", abstract: str = "", categories: tuple[str, ...] = (), keywords: tuple[str, ...] = ()
) -> set[str]:
    found = TopicIndex.load().match(FilingText(title, abstract, categories, keywords))
    return set(Topic.objects.filter(pk__in=found).values_list("slug", flat=True))


def test_a_new_installation_has_its_topics_with_words_about_each() -> None:
    assert Topic.objects.count() >= 16
    assert all(topic.description and topic.keywords for topic in Topic.objects.all())


def test_missing_topics_are_made_and_changed_ones_left_alone() -> None:
    Topic.objects.filter(slug="3d").delete()
    Topic.objects.filter(slug="video").update(name="Moving pictures")
    assert (ensure_topics(), ensure_topics()) == (1, 0)
    assert Topic.objects.get(slug="video").name == "Moving pictures"


def test_a_phrase_in_the_title_files_a_paper_whatever_case_hyphen_or_number() -> None:
    assert match("GAUSSIAN-SPLATTING at home") == {"3d"}
    assert match("Humanoid Robots") == {"robotics"}


def test_parts_of_words_do_not_count() -> None:
    assert match("Robotically agentless musical-ish") == set()


def test_the_longest_phrase_counts_and_not_the_one_inside_it() -> None:
    assert match("Vision-Language Models at scale") == {"multimodal"}


def test_a_single_mention_in_an_abstract_says_nothing() -> None:
    assert match("On tides", "We test on one benchmark.") == set()
    assert match("On tides", "A robot, a robot and a humanoid robot: robotics.") == {"robotics"}


def test_the_first_category_files_a_paper() -> None:
    assert match("On tides", categories=("cs.SD", "cs.LG")) == {"speech-audio"}


def test_a_paper_about_everything_is_filed_under_few() -> None:
    title = "Robot video 3D speech reasoning agents with reinforcement learning"
    assert len(match(title)) == MOST_TOPICS


def test_inactive_topics_take_no_papers() -> None:
    Topic.objects.filter(slug="robotics").update(is_active=False)
    assert match("Humanoid Robots") == set()


def test_a_topic_without_letters_in_its_keywords_does_no_harm() -> None:
    Topic.objects.create(slug="odd", name="Odd", keywords=["", "--", "Grasp"])
    assert match("A grasp") == {"odd"}


def test_an_import_files_and_refiles_but_leaves_a_curators_hand_alone() -> None:
    take(Record("Humanoid robots", doi="10.5555/a"))
    paper = Paper.objects.get()
    paper.topics.add(Topic.objects.get(slug="theory"))
    take(Record("Video generation", doi="10.5555/a"))
    assert set(paper.topics.values_list("slug", flat=True)) == {"video", "theory"}
    paper.topics.remove(Topic.objects.get(slug="video"))
    take(Record("Video generation again", doi="10.5555/a"))
    assert set(paper.topics.values_list("slug", flat=True)) == {"theory"}


def test_a_paper_typed_in_by_hand_is_filed_on_request() -> None:
    paper = Paper.objects.create(title="Humanoid robots", title_key="humanoid robots")
    assert file_paper(paper) == set(paper.topics.values_list("pk", flat=True))
    assert paper.topics.get().slug == "robotics"


LONG = (
    "We keep whole rivers as cells on a grid and let sediment settle where water slows, and find that the layers "
    "tell when floods came. The same simulation reproduces cores drilled in twelve deltas, and a stratified "
    "biomedical and chemical analysis of the grains agrees with ages known from carbon."
)


def test_meaning_speaks_only_where_rules_are_silent_and_there_is_enough_text() -> None:
    Topic.objects.update(is_active=False)
    Topic.objects.create(
        slug="rivers", name="Rivers", meaning="Rivers, floods, sediment, deltas and grains of silt in water layers."
    )
    for place, about in enumerate(["Stock markets", "Theorem proving", "Speech and music", "Robot arms"]):
        Topic.objects.create(slug=f"far-{place}", name=about, meaning=f"{about} and what belongs to them.")
    rivers = Topic.objects.get(slug="rivers").pk
    index = TopicIndex.load()
    assert index.match(FilingText("Slow archives", LONG, (), ())) == {rivers}
    assert index.match(FilingText("Slow archives", LONG[:100], (), ())) == frozenset()
    Topic.objects.create(slug="cores", name="Cores", keywords=["slow archive"])
    assert rivers not in TopicIndex.load().match(FilingText("Slow archives", LONG, (), ()))


def test_a_curators_correction_outlives_every_import_and_refiling() -> None:
    take(Record("A robot arm", categories=("cs.RO",)))
    paper = Paper.objects.get()
    robotics, vision = Topic.objects.get(slug="robotics"), Topic.objects.get(slug="vision")
    before = set(paper.topics.values_list("pk", flat=True))
    assert robotics.pk in before
    paper.topics.set([vision])
    remember_corrections(paper, before=before, after={vision.pk})
    take(Record("A robot arm", categories=("cs.RO",), abstract="robot robot manipulation robot", votes=1))
    take(Record("A robot arm for robots", doi="10.5555/a", categories=("cs.RO",)))
    refile_papers(Paper.objects.prefetch_related("topics"))
    assert set(paper.topics.values_list("slug", flat=True)) == {"vision"}


def test_papers_are_filed_anew_when_rules_change(capsys: pytest.CaptureFixture[str]) -> None:
    take(Record("On tides", abstract="Short."))
    Topic.objects.create(slug="tides", name="Tides", keywords=["tide"])
    call_command("file_papers")
    assert capsys.readouterr().out == "1 papers looked at, 1 filed anew.\n"
    assert refile_papers(Paper.objects.prefetch_related("topics")) == 0
    assert list(Paper.objects.get().topics.values_list("slug", flat=True)) == ["tides"]
