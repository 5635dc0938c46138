"""Files papers under topics by category, by words and phrases, and where those are silent by meaning."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from digest.papers.models import Paper, Topic, TopicCorrection
from digest.papers.rows import insert_rows
from digest.papers.topic_list import STANDARD_TOPICS
from digest.ranking.embed import load_embedder
from digest.ranking.word_table import Vectors

# A phrase in the title or among the source's keywords says what a paper is about. In an abstract
# one mention says little ("on three benchmarks"); several do. The first category is where the
# authors filed the paper; the others are where it may interest somebody.
_TITLE_WEIGHT, _KEYWORD_WEIGHT, _MENTION_WEIGHT = 6, 2, 1
_FIRST_CATEGORY_WEIGHT, _OTHER_CATEGORY_WEIGHT = 6, 3
_ENOUGH = 4
# The clearest few, none far behind the first: a paper filed everywhere is found nowhere.
MOST_TOPICS = 3
_LEAST_SHARE = 1 / 3
# Where nothing is clear, the best guess counts if there is this much to it.
_ENOUGH_ALONE = 2
# Meaning speaks where nothing else does. The embedded encoder, whatever the settings: so that a paper's topic
# does not depend on them. Texts are compared by what sets them apart from all topics together; at this cosine,
# seven in ten guesses on two months of daily lists agreed with the rules.
_MEANING_EMBEDDER = "static"
_NEAR = 0.3
_LEAST_MEANINGS = 5
# A title, or a sentence, is too little to guess from.
_LEAST_TEXT = 200
_WORD = re.compile(r"[^\W_]+")
_MIN_PLURAL = 4


class FilingText(NamedTuple):
    """What filing looks at."""

    title: str
    abstract: str
    categories: Sequence[str]
    keywords: Sequence[str]

    @classmethod
    def of(cls, paper: Paper) -> FilingText:
        """The same of a paper."""
        return cls(paper.title, paper.abstract, paper.categories, paper.keywords)


class Filing(NamedTuple):
    """Under which topics (by id) a paper belongs by its old and by its new text."""

    paper: Paper
    before: frozenset[int]
    after: frozenset[int]


class TopicIndex:
    """The active topics, ready to be matched with many papers."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._positions: dict[int, int] = {}
        self._meanings: dict[int, str] = {}
        self._categories: dict[str, list[int]] = defaultdict(list)
        phrases: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for topic in topics:
            self._positions[topic.pk] = topic.position
            if meaning := topic.meaning or topic.description:
                self._meanings[topic.pk] = f"{topic.name}. {meaning}"
            for category in topic.categories:
                self._categories[category.casefold()].append(topic.pk)
            for phrase in {_split_words(keyword) for keyword in topic.keywords} - {()}:
                phrases[phrase].append(topic.pk)
        # By their first word, as most words of an abstract begin none; the longest first.
        self._phrases: dict[str, list[tuple[tuple[str, ...], list[int]]]] = defaultdict(list)
        for phrase in sorted(phrases, key=len, reverse=True):
            self._phrases[phrase[0]].append((phrase, phrases[phrase]))
        # As they stand in texts, so that no other word has to be looked at closely.
        self._beginnings = {form for word in self._phrases for form in (word, word + "s") if _singular(form) == word}

    @classmethod
    def load(cls) -> TopicIndex:
        """Fetch the active topics, with one query."""
        return cls(Topic.objects.filter(is_active=True))

    def match(self, text: FilingText) -> frozenset[int]:
        """The ids of the up to three topics that the text is clearly about."""
        scores: Counter[int] = Counter()
        for topic in set(self._find_categories(text.categories[:1])):
            scores[topic] += _FIRST_CATEGORY_WEIGHT
        for topic in set(self._find_categories(text.categories[1:])) - set(scores):
            scores[topic] += _OTHER_CATEGORY_WEIGHT
        for topic in set(self._find(text.title)):
            scores[topic] += _TITLE_WEIGHT
        for topic in {topic for keyword in text.keywords for topic in self._find(keyword)}:
            scores[topic] += _KEYWORD_WEIGHT
        for topic in self._find(text.abstract):
            scores[topic] += _MENTION_WEIGHT
        if not scores or max(scores.values()) < _ENOUGH_ALONE:
            return self._guess_by_meaning(text)
        ranked = sorted(scores, key=lambda topic: (-scores[topic], self._positions[topic], topic))
        return frozenset(_choose_clear(ranked, scores))

    def _guess_by_meaning(self, text: FilingText) -> frozenset[int]:
        """The topic whose meaning is nearest to the text, where one is near; for papers that no rule files."""
        if len(self._meanings) < _LEAST_MEANINGS or len(text.abstract) < _LEAST_TEXT:
            return frozenset()
        topics, vectors, centre = self._embedded
        found = load_embedder(_MEANING_EMBEDDER).embed([f"{text.title}. {text.abstract}"])[0] - centre
        nearness = vectors @ (found / (np.linalg.norm(found) or 1.0))
        best = int(nearness.argmax())
        return frozenset({topics[best]} if nearness[best] >= _NEAR else ())

    @cached_property
    def _embedded(self) -> tuple[list[int], Vectors, Vectors]:
        """Topics, the vectors of what sets their meanings apart in the same order, and what they have in common."""
        vectors = load_embedder(_MEANING_EMBEDDER).embed(list(self._meanings.values()))
        centre = vectors.mean(axis=0)
        apart = vectors - centre
        return list(self._meanings), apart / np.linalg.norm(apart, axis=1, keepdims=True).clip(1e-6), centre

    def _find_categories(self, names: Iterable[str]) -> Iterator[int]:
        return (topic for name in names for topic in self._categories.get(name.casefold(), ()))

    def _find(self, text: str) -> Iterator[int]:
        """The topics of the phrases in the text; of overlapping phrases the first and longest counts."""
        words = _WORD.findall(text.casefold())
        free = 0
        for place in [place for place, word in enumerate(words) if word in self._beginnings]:
            # "vision-language model" must not count as "language model" too.
            if place < free:
                continue
            for phrase, topics in self._phrases[_singular(words[place])]:
                if tuple(map(_singular, words[place : place + len(phrase)])) == phrase:
                    yield from topics
                    free = place + len(phrase)
                    break


def _choose_clear(ranked: Sequence[int], scores: Mapping[int, int]) -> Sequence[int]:
    if not ranked:
        return ()
    best = scores[ranked[0]]
    if best < _ENOUGH:
        return ranked[:1] if best >= _ENOUGH_ALONE else ()
    least = max(_ENOUGH, best * _LEAST_SHARE)
    return [topic for topic in ranked if scores[topic] >= least][:MOST_TOPICS]


def ensure_topics() -> int:
    """Create those standard topics that are missing and return how many; topics that are there stay as they are."""
    known = set(Topic.objects.values_list("slug", flat=True))
    Topic.objects.bulk_create((Topic(**fields) for fields in STANDARD_TOPICS), ignore_conflicts=True)
    return Topic.objects.exclude(slug__in=known).count()


def file_paper(paper: Paper) -> frozenset[int]:
    """File one stored paper under the topics its text is about, beside those it has; return their ids."""
    topics = TopicIndex.load().match(FilingText.of(paper))
    paper.topics.add(*topics)
    return topics


def move_filings(filings: Iterable[Filing]) -> None:
    """Add and remove what changed between two texts of each paper.

    Only the difference: a topic a curator added or took away by hand stays so.
    """
    link = Paper.topics.through
    filings = list(filings)
    filings = _keep_corrections(filings)
    pairs = ((paper.pk, topic) for paper, before, after in filings for topic in sorted(after - before))
    insert_rows(link, ("paper", "topic"), pairs)
    gone = {(paper.pk, topic) for paper, before, after in filings for topic in before - after}
    if gone:
        there = link.objects.filter(paper_id__in={paper for paper, _ in gone}).values_list("pk", "paper_id", "topic_id")
        link.objects.filter(pk__in=[pk for pk, paper, topic in there if (paper, topic) in gone]).delete()


def _keep_corrections(filings: list[Filing]) -> list[Filing]:
    """The filings without the topics that a curator decided about."""
    decided: dict[int, set[int]] = defaultdict(set)
    papers = [filing.paper.pk for filing in filings]
    for paper, topic in TopicCorrection.objects.filter(paper__in=papers).values_list("paper_id", "topic_id"):
        decided[paper].add(topic)
    return [Filing(paper, before - decided[paper.pk], after - decided[paper.pk]) for paper, before, after in filings]


def remember_corrections(paper: Paper, *, before: Iterable[int], after: Iterable[int]) -> None:
    """Remember which topics a curator added to a paper and took away from it."""
    before, after = frozenset(before), frozenset(after)
    rows = [TopicCorrection(paper=paper, topic_id=topic, belongs=topic in after) for topic in before ^ after]
    TopicCorrection.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["paper", "topic"], update_fields=["belongs"]
    )


def refile_papers(papers: Iterable[Paper]) -> int:
    """File papers anew after the topics' rules changed, keeping to curators' corrections; how many moved."""
    index, filings = TopicIndex.load(), []
    for paper in papers:
        before = frozenset(topic.pk for topic in paper.topics.all())
        after = index.match(FilingText.of(paper))
        if before != after:
            filings.append(Filing(paper, before, after))
    moved = [filing for filing in _keep_corrections(filings) if filing.before != filing.after]
    move_filings(moved)
    return len(moved)


def _split_words(text: str) -> tuple[str, ...]:
    """Words in lower case, a hyphen parting them, plural and singular alike ("agents" is "agent")."""
    return tuple(map(_singular, _WORD.findall(text.casefold())))


@lru_cache(maxsize=65_536)
def _singular(word: str) -> str:
    return word[:-1] if len(word) >= _MIN_PLURAL and word.endswith("s") and not word.endswith("ss") else word
