"""Readers suggest papers by arXiv id, DOI or link; curators decide. Known papers are told where they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction

from digest.papers.identifiers import fold_title, parse_arxiv_id, parse_doi
from digest.papers.models import Paper, Source
from digest.papers.text import clean_line
from digest.papers.votes import trend_of
from subscriptions.models import Subscriber, Suggestion

MOST_A_DAY = 10
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Suggested:
    """What came of a suggestion: the paper where it is listed already, else the row that waits."""

    paper: Paper | None = None
    suggestion: Suggestion | None = None
    is_new: bool = False


def suggest(*, person: Subscriber, text: str, note: str, now: datetime) -> Suggested:
    """Take a suggestion. Raises `ValueError` with a sentence for the reader."""
    name = clean_name(text)
    paper = find_listed(name)
    if paper is not None:
        return Suggested(paper=paper)
    known = Suggestion.objects.filter(name=name).first()
    if known is not None:
        return Suggested(suggestion=known)
    today = person.suggestions.filter(created_at__gt=now - timedelta(days=1)).count()
    if today >= MOST_A_DAY:
        raise ValueError(f"You have suggested {today} papers since yesterday. Please come back tomorrow.")
    row, is_new = Suggestion.objects.get_or_create(
        name=name, defaults={"subscriber": person, "note": clean_line(note)[:300], "created_at": now}
    )
    return Suggested(suggestion=row, is_new=is_new)


def clean_name(text: str) -> str:
    """One spelling for an arXiv id, a DOI or an https link. Raises `ValueError` with a sentence."""
    line = clean_line(text)
    if arxiv := parse_arxiv_id(line):
        return arxiv.base
    if doi := parse_doi(line):
        return doi
    try:
        parts = urlsplit(line)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme == "https" and "." in parts.netloc and "@" not in parts.netloc and len(line) <= LONGEST:
        return line
    raise ValueError(
        "Please give an arXiv id like 2401.01234, a DOI like 10.1000/182, or a link that starts with https://."
    )


def find_listed(name: str) -> Paper | None:
    """The published paper of this name, if it is here."""
    papers = Paper.objects.all().published()
    return papers.filter(arxiv_id=name).first() or papers.filter(doi=name).first() or papers.filter(url=name).first()


def open_stub(suggestion: Suggestion, *, now: datetime) -> bool:
    """Open a pending paper under the suggested name, without asking the internet. False: there is one already."""
    arxiv, doi = parse_arxiv_id(suggestion.name), parse_doi(suggestion.name)
    name: dict[str, str] = {"url": suggestion.name}
    if arxiv:
        name = {"arxiv_id": arxiv.base, "url": f"https://arxiv.org/abs/{arxiv.base}"}
    elif doi:
        name = {"doi": doi, "url": f"https://doi.org/{doi}"}
    if Paper.objects.filter(**name).exists():
        return False
    title = f"{suggestion.name[:400]} (title to come)"
    source, _ = Source.objects.get_or_create(kind=Source.Kind.MANUAL, defaults={"name": Source.Kind.MANUAL.label})
    Paper.objects.create(
        title=title,
        title_key=fold_title(title),
        state=Paper.State.PENDING,
        listed_on=now.date(),
        trend=trend_of(votes=0, listed_on=now.date()),
        source=source,
        # Whatever a source tells of it counts more than this.
        told_on={"*": "", "title": "", "url": ""},
        created_at=now,
        **name,
    )
    Suggestion.objects.filter(pk=suggestion.pk).update(state=Suggestion.State.TAKEN)
    return True


def decide_suggestions(ids: Iterable[int], *, state: Suggestion.State) -> list[int]:
    """Take or refuse suggestions; return those that were not decided so before."""
    with transaction.atomic():
        open_ones = Suggestion.objects.select_for_update().filter(pk__in=list(ids)).exclude(state=state)
        found = list(open_ones.values_list("pk", flat=True))
        Suggestion.objects.filter(pk__in=found).update(state=state)
    return found
