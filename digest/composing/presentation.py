"""From a composed digest to the letter that rendering turns into a mail: looks names up, words reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import reverse

from digest.composing.book import Book, open_book
from digest.composing.models import Digest, Edition
from digest.composing.periods import days_of, listing_days
from digest.composing.rows import DigestRow, ReaderRow
from digest.papers.models import News, Paper
from digest.rendering.cleaning import shorten
from digest.rendering.content import show_title
from digest.rendering.letter import Card, Chip, DigestLetter, Section, Sender
from subscriptions.cadence import Rhythm, describe
from subscriptions.dates import write_day, write_days
from subscriptions.links import digest_link, leave_link, manage_link
from subscriptions.models import Layout, Subscriber

# Sections in the order a reader meets them, and the leading reason that puts a paper there; without
# any of these it is among the trending ones.
COMMUNITY = "From the community"
NEWS = "News about papers you were sent"
SECTIONS = ("Top picks", COMMUNITY, "For you", "From your topics", "Trending", NEWS)
TRENDING = SECTIONS[-2]
SECTION_OF = {"pick": "Top picks", "topic": "From your topics"} | dict.fromkeys(
    ("author", "keyword", "organisation", "paper"), "For you"
)
PICKED = "Curators’ pick"
# Where the curators gave no title.
TITLES = {
    Edition.Kind.DAY: "Your day in papers",
    Edition.Kind.WEEK: "Your week in papers",
    Edition.Kind.MONTH: "Your month in papers",
}


def present_digest(digest: Digest | DigestRow, book: Book) -> DigestLetter:
    """One reader's letter. Papers withdrawn or hidden since it was composed are left out."""
    subscriber = digest.subscriber
    edition = _edition_of(digest, book)
    return DigestLetter(
        sender=present_sender(),
        title=_title(digest, edition),
        date_line=_date_line(digest, subscriber.date_language),
        byline=f"by {(edition and edition.curator_name) or settings.CURATOR_NAME} and the research community",
        intro=_intro(digest, edition, book),
        subject=edition.subject if edition and not digest.looks_back else "",
        preheader=edition.preheader if edition and not digest.looks_back else "",
        sections=tuple(_sections(digest, book)),
        more_count=digest.more_count,
        more_url=settings.SITE_URL + _listing_path(digest),
        why=f"You get this because you subscribed to {settings.SITE_NAME}.",
        rhythm=describe(rhythm_of(subscriber)),
        manage_url=manage_link(subscriber_id=subscriber.pk, version=subscriber.token_version),
        leave_url=leave_link(subscriber_id=subscriber.pk),
        digest_url=digest_link(subscriber_id=subscriber.pk, period=digest.period),
        layout="compact" if subscriber.layout == Layout.COMPACT else "full",
        kind="rollup" if digest.looks_back else "digest",
        lead=_lead(digest, subscriber.date_language) if digest.looks_back else "",
    )


def present_edition(edition: Edition, *, now: datetime) -> DigestLetter:
    """An edition's letter, as if approved, for a reader without interests: the picks alone."""
    picks = list(edition.picks.shown())
    first_day, _ = days_of(edition.period)
    digest = Digest(
        subscriber=Subscriber(pk=0, email="", confirmed_at=now),
        period=edition.period,
        edition=edition,
        first_day=listing_days(edition.period)[0],
        last_day=first_day,
        entries=[{"paper": pick.paper_id, "reasons": [{"kind": "pick"}]} for pick in picks],
    )
    book = open_book([digest])
    book.editions[edition.pk].state = Edition.State.APPROVED
    return present_digest(digest, book)


def present_sender() -> Sender:
    """Who writes, the same on every mail."""
    return Sender(settings.SITE_NAME, settings.SITE_URL, settings.POSTAL_ADDRESS)


def rhythm_of(subscriber: Subscriber | ReaderRow) -> Rhythm:
    """A subscriber's rhythm as plain values."""
    return Rhythm(subscriber.cadence, subscriber.weekday, subscriber.hour, subscriber.timezone)


def _edition_of(digest: Digest | DigestRow, book: Book) -> Edition | None:
    """The edition whose words a digest carries: it was approved when the digest's papers were chosen."""
    edition = book.editions.get(digest.edition_id or 0)
    if edition is None or edition.state != Edition.State.APPROVED:
        return None
    return None if digest.precedes_edition else edition


def _intro(digest: Digest | DigestRow, edition: Edition | None, book: Book) -> str:
    """The curators' words, and a line about sources that were not up to date when the edition was frozen."""
    planned = book.editions.get(digest.edition_id or 0)
    words = (edition.intro if edition else "", planned.source_notice if planned else "")
    return "\n\n".join(filter(None, words))


def _sections(digest: Digest | DigestRow, book: Book) -> Iterable[Section]:
    shown = [found for entry in digest.entries if (found := present_card(entry, digest, book))]
    # News alone makes no letter.
    shown += [(NEWS, card) for item in digest.news if shown and (card := present_news(item, book))]
    for heading in SECTIONS:
        cards = tuple(card for section, card in shown if section == heading)
        if cards:
            yield Section(heading, cards)


def present_card(entry: dict[str, Any], digest: Digest | DigestRow, book: Book) -> tuple[str, Card] | None:
    """The heading a paper stands under, and its card; None where it was withdrawn or hidden meanwhile."""
    bare = present_bare(entry["paper"], digest, book)
    if bare is None:
        return None
    section, chips = present_reasons(entry, digest, book)
    return section, replace(bare, chips=chips)


def present_bare(number: int, digest: Digest | DigestRow, book: Book) -> Card | None:
    """A paper's card without the reasons that bring it to a reader; None as above."""
    paper = book.papers.get(number)
    if paper is None or paper.state != Paper.State.APPROVED or paper.withdrawn_at is not None:
        return None
    return Card(
        title=paper.title,
        url=settings.SITE_URL + _path_of(paper.pk),
        authors=tuple(paper.authors),
        abstract=paper.abstract or paper.summary,
        note=book.notes.get((digest.edition_id or 0, paper.pk), "") if _edition_of(digest, book) else "",
        chips=(),
        votes=paper.votes,
        paper_url=f"https://arxiv.org/abs/{paper.arxiv_id}" if paper.arxiv_id else paper.url,
        code_url=paper.code_url,
        project_url=paper.project_url,
        paper_id=paper.pk,
        is_counted=digest.subscriber.counts_clicks,
    )


def present_reasons(entry: dict[str, Any], digest: Digest | DigestRow, book: Book) -> tuple[str, tuple[Chip, ...]]:
    """The heading that an entry stands under, and the reasons that bring it in the reader's own terms."""
    reasons = entry["reasons"]
    section = SECTION_OF.get(reasons[0]["kind"], TRENDING) if reasons else TRENDING
    is_community = (digest.edition_id, entry["paper"]) in book.community and _edition_of(digest, book) is not None
    picked = "Brought up by readers" if is_community else PICKED
    chips = [
        Chip(reason["kind"], picked if reason["kind"] == "pick" else name_reason(reason, book), place)
        for place, reason in enumerate(reasons)
    ]
    return COMMUNITY if is_community else section, tuple(chips)


def present_news(item: dict[str, Any], book: Book) -> Card | None:
    """The card of a paper that was sent before, with what happened to it since; None where it was hidden."""
    paper = book.papers.get(item["paper"])
    if paper is None or paper.state != Paper.State.APPROVED:
        return None
    return Card(
        title=paper.title,
        url=settings.SITE_URL + _path_of(paper.pk),
        authors=(),
        abstract="",
        note="",
        chips=(),
        votes=0,
        paper_url="",
        code_url=paper.code_url if item["kind"] == News.Kind.CODE else "",
        project_url="",
        news=_word_news(item["kind"], item["detail"]),
    )


@lru_cache(maxsize=4096)
def _path_of(paper: int) -> str:
    """The paper's page; looked up once, not for each of the reasons that bring it."""
    return reverse("paper", args=[paper])


def _word_news(kind: str, detail: str) -> str:
    """What happened, in a sentence."""
    told: dict[str, str] = {
        News.Kind.REVISED: f"Revised: {detail} is out.",
        News.Kind.PUBLISHED: f"Published: {detail.removeprefix('doi:')}.",
        News.Kind.WITHDRAWN: "Withdrawn by its authors.",
        News.Kind.CODE: "Its code is out.",
    }
    return told[kind]


def name_reason(reason: dict[str, Any], book: Book) -> str:
    """A reason in the reader's own terms."""
    labels: dict[str, Callable[[], str]] = {
        "pick": lambda: PICKED,
        "topic": lambda: book.topics.get(reason.get("number", 0), "Your topic"),
        "keyword": lambda: f"Matches “{reason.get('text', '')}”",
        "author": lambda: f"By {reason.get('text', '')}",
        "organisation": lambda: f"From {reason.get('text', '')}",
        "explore": lambda: "Outside what you follow",
        "paper": lambda: _likeness(book.papers.get(reason.get("number", 0))),
        "trending": lambda: f"Trending: {_votes(reason.get('number', 0))}",
    }
    return labels[reason["kind"]]()


def _likeness(liked: Paper | None) -> str:
    return f"Like “{shorten(show_title(liked.title), columns=40)}”" if liked else "Like papers you liked"


def _votes(count: int) -> str:
    return f"{count:,} vote" if count == 1 else f"{count:,} votes"


def _title(digest: Digest | DigestRow, edition: Edition | None) -> str:
    if digest.looks_back:
        return "While you were away"
    return (edition and edition.title) or TITLES[Edition.Kind.of(digest.period)]


def _date_line(digest: Digest | DigestRow, language: str) -> str:
    """Which edition it is, and the days that it tells of: "Week 32 · 27 July to 3 August 2026"."""
    days = write_days(digest.first_day, digest.last_day, language)
    kind = Edition.Kind.of(digest.period)
    if digest.looks_back or kind == Edition.Kind.DAY:
        return days
    first, _ = days_of(digest.period)
    return f"Week {first.isocalendar().week} · {days}" if kind == Edition.Kind.WEEK else f"{first:%B} · {days}"


def _lead(digest: Digest | DigestRow, language: str) -> str:
    """What was missed, in a sentence: how long, how many papers, how many of them are here."""
    shown = len(digest.entries)
    since = f"Welcome back. Your digest rested since {write_day(digest.first_day, language)}."
    if not digest.more_count:
        return f"{since} Here {'is the paper' if shown == 1 else f'are the {shown} papers'} that came out for you."
    these = "this one suits" if shown == 1 else f"these {shown} suit"
    return f"{since} Of the {shown + digest.more_count:,} papers that came out, {these} you best."


def _listing_path(digest: Digest | DigestRow) -> str:
    """Where the papers of a digest's days are listed; a rest may be longer than the period, so there its month."""
    if digest.looks_back:
        return reverse("month", args=[f"{digest.last_day:%Y-%m}"])
    return reverse(str(Edition.Kind.of(digest.period)), args=[digest.period])
