"""Asks for and reads daily lists of papers, in the JSON of the Hugging Face papers page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import BinaryIO
from urllib.parse import urlencode

from digest.papers.sources.base import Calendar, Item, Page, Query, SourceError, Visit
from digest.papers.sources.fields import build_record, reject
from digest.papers.sources.opening import parse_json, read_text

_HUB = "https://huggingface.co/"
_PAPER_PAGE = f"{_HUB}papers/"
# What may be linked to a paper: its kind here, and where its page is.
_REPOSITORIES = {
    "linkedModels": ("model", ""),
    "linkedDatasets": ("dataset", "datasets/"),
    "linkedSpaces": ("demo", "spaces/"),
    "models": ("model", ""),
    "datasets": ("dataset", "datasets/"),
    "spaces": ("demo", "spaces/"),
}
_SLICE = 100
_FRIDAY, _SATURDAY = 4, 5


def read_daily_list(stream: BinaryIO) -> Iterator[Item]:
    """Yield a record for each item: list items with an inner paper, or bare papers. Raises SourceError."""
    for number, item in enumerate(_find_items(read_text(stream)), start=1):
        if isinstance(item, dict):
            yield _read_item(item, number)
        else:
            yield reject(line=number, reason="Is not an object with a paper.", excerpt=str(item))


def _find_items(text: str) -> list[object]:
    try:
        found = parse_json(text)
    except ValueError as error:
        raise SourceError(f"The file is not JSON: {error}.") from error
    if isinstance(found, dict):
        inner = found.get("papers")
        found = inner if isinstance(inner, list) else [found]
        if inner is None and not ({"paper", "id", "title"} & found[0].keys()):
            raise SourceError("The file is JSON, but not a daily list: an array of papers is expected.")
    if not isinstance(found, list):
        raise SourceError("The file is JSON, but not a daily list: an array of papers is expected.")
    return found


def _read_item(item: dict[str, object], number: int) -> Item:
    paper = _inner(item, "paper") or item
    # Either level may hold a field, depending on the age of the answer; the inner one knows best.
    both = {key: value for level in (item, paper) for key, value in level.items() if value not in (None, "", [])}
    name = str(paper.get("id") or "")
    raw = {
        "title": both.get("title"),
        "abstract": both.get("summary"),
        "authors": _shown_authors(both.get("authors")),
        "arxiv_id": name,
        "keywords": both.get("ai_keywords"),
        "summary": both.get("ai_summary"),
        "organisation": _first(_inner(both, "organization"), "fullname", "name"),
        "submitter": _first(
            _inner(both, "submittedBy") or _inner(both, "submittedOnDailyBy"), "user", "name", "fullname"
        ),
        "code_url": both.get("githubRepo"),
        "project_url": both.get("projectPage"),
        "discussion_url": _PAPER_PAGE + name if both.get("discussionId") else "",
        "thumbnail_url": both.get("thumbnail"),
        "artifacts": list(_find_artifacts(both)),
        "author_takes_part": "yes" if both.get("isAuthorParticipating") is True else "",
        "votes": both.get("upvotes"),
        "comments": both.get("numComments"),
        "stars": both.get("githubStars"),
        # Two moments share a name: the inner one is the paper's own, the outer one the listing's.
        "published_on": paper.get("publishedAt"),
        "listed_on": both.get("submittedOnDailyAt") or (item.get("publishedAt") if paper is not item else None),
        "withdrawn_at": both.get("withdrawnAt"),
    }
    return build_record(raw, line=number)


def _shown_authors(value: object) -> list[object]:
    people = value if isinstance(value, list) else []
    return [person for person in people if not (isinstance(person, dict) and person.get("hidden"))]


def _find_artifacts(both: Mapping[str, object]) -> Iterator[dict[str, object]]:
    for key, (kind, path) in _REPOSITORIES.items():
        found = both.get(key)
        for item in found if isinstance(found, list) else []:
            if isinstance(item, dict) and item.get("id"):
                yield {"kind": kind, "name": item["id"], "url": f"{_HUB}{path}{item['id']}"}


def _inner(level: Mapping[str, object], key: str) -> dict[str, object]:
    value = level.get(key)
    return value if isinstance(value, dict) else {}


def _first(level: Mapping[str, object], *keys: str) -> object:
    return next((level[key] for key in keys if level.get(key)), None)


def _address(query: Query, cursor: str) -> str:
    day, page = _read_cursor(query, cursor)
    asked = {"date": str(day), "limit": str(_SLICE), "p": str(page)}
    asked |= {"submitter": query.text.strip()} if query.text.strip() else {}
    return f"https://huggingface.co/api/daily_papers?{urlencode(asked)}"


def _follow(query: Query, cursor: str, page: Page) -> str:
    """The next page of the day, then the next day; at weekends the last list would only come again."""
    day, number = _read_cursor(query, cursor)
    if page.received >= _SLICE:
        return f"{day}/{number + 1}"
    following = _skip_weekend(day + timedelta(days=1))
    return f"{following}/0" if following <= query.until else ""


def _read_cursor(query: Query, cursor: str) -> tuple[date, int]:
    day, _, page = cursor.partition("/")
    if cursor:
        return date.fromisoformat(day), int(page)
    first = _skip_weekend(query.since)
    # Where all days asked for are a weekend, the last list before it.
    return (first if first <= query.until else query.until - timedelta(days=query.until.weekday() - _FRIDAY)), 0


def _skip_weekend(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() >= _SATURDAY else day


ASK_DAILY_LISTS = Visit(
    hosts=frozenset({"huggingface.co"}),
    address=_address,
    follow=_follow,
    calendar=Calendar.WEEKDAYS,
    closed_days=True,
    is_whole=True,
)
