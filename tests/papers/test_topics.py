"""Filing: what a text is clearly about, and nothing else."""

from __future__ import annotations

import pytest

from digest.papers.models import Paper, Topic
from digest.papers.sources.base import Record
from digest.papers.topics import MOST_TOPICS, FilingText, TopicIndex, ensure_topics, file_paper
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
