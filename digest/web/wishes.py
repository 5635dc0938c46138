"""What a visitor of the search page looks for: read from the query string, and written back into links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from digest.papers.models import Source, Topic
from digest.papers.text import clean_line
from digest.ranking.facts import Narrowing

LAST_PAGE = 500
LONGEST_QUERY = 500
LONGEST_NAME = 200
# The names filters have in the query string, for the parts of a narrowing that are names.
_NAMES = ("source", "organisation", "submitter")


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in words, and the address of the same search without it."""

    words: str
    without: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor looks for. Whatever was typed, it is one of these."""

    query: str
    topic: Topic | None
    narrowing: Narrowing
    page: int
    was_cut: bool

    @property
    def first_day(self) -> date | None:
        """The first listing day that counts."""
        return _day(self.narrowing.first_day)

    @property
    def last_day(self) -> date | None:
        """The last listing day that counts."""
        return _day(self.narrowing.last_day)

    @property
    def has_filters(self) -> bool:
        """Whether more than a topic is asked for."""
        return bool(replace(self.narrowing, topic=None))

    @property
    def chips(self) -> list[Chip]:
        """Each filter in words, with the way out of it."""
        words = self._words()
        return [Chip(told, self._address({**words, name: ""})) for name, told in self._tell() if words.get(name)]

    @property
    def bare_url(self) -> str:
        """The address of the same words without any filter."""
        return self._address({"q": self.query})

    def url(self, *, page: int = 1, path: str = "") -> str:
        """The address of this search."""
        return self._address({**self._words(), "page": str(page) if page > 1 else ""}, path=path)

    def _tell(self) -> Iterator[tuple[str, str]]:
        yield "topic", self.topic.name if self.topic else ""
        for name in _NAMES:
            yield name, f"{name.title()}: {getattr(self.narrowing, name)}"
        yield "from", f"From {self.first_day}"
        yield "to", f"Until {self.last_day}"
        yield "code", "With code"

    def _words(self) -> dict[str, str]:
        """The query string's words by their names; empty ones ask nothing."""
        return {
            "q": self.query,
            "topic": self.topic.slug if self.topic else "",
            **{name: getattr(self.narrowing, name) for name in _NAMES},
            "from": str(self.first_day or ""),
            "to": str(self.last_day or ""),
            "code": "1" if self.narrowing.with_code else "",
        }

    def _address(self, words: Mapping[str, str], *, path: str = "") -> str:
        kept = {name: word for name, word in words.items() if word}
        return (path or reverse("search")) + (f"?{urlencode(kept)}" if kept else "")


def read_wish(query: Mapping[str, str], topics: list[Topic]) -> Wish:
    """The query string as a wish. Never raises."""
    typed = clean_line(query.get("q", ""))
    slug, page = query.get("topic", ""), query.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < len("10000") else 1
    topic = next((topic for topic in topics if topic.slug == slug), None)
    names = {name: clean_line(query.get(name, ""))[:LONGEST_NAME].strip() for name in _NAMES}
    return Wish(
        query=typed[:LONGEST_QUERY].strip(),
        topic=topic,
        narrowing=Narrowing(
            topic=topic.pk if topic else None,
            first_day=_read_day(query.get("from", "")),
            last_day=_read_day(query.get("to", "")),
            with_code=query.get("code") == "1",
            **names,
        ),
        page=min(max(number, 1), LAST_PAGE),
        was_cut=len(typed) > LONGEST_QUERY,
    )


def list_sources() -> list[str]:
    """The names a visitor may narrow by."""
    return list(Source.objects.filter(is_active=True).values_list("name", flat=True))


def _read_day(typed: str) -> int | None:
    try:
        return date.fromisoformat(typed).toordinal()
    except ValueError:
        return None


def _day(number: int | None) -> date | None:
    return date.fromordinal(number) if number else None
