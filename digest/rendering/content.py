"""What the email templates are shown: texts cleaned, shortened and in plain Unicode, links checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache

from digest.rendering.cleaning import clean_line, safe_link, shorten, width_of
from digest.rendering.excerpts import make_excerpt, make_note
from digest.rendering.letter import Card, Chip, DigestLetter, Sender
from digest.rendering.mathtext import plain_math
from digest.rendering.plaintext import list_link

MAX_TITLE = 240
UNTITLED = "Untitled paper"
HANDLE_COLUMNS = 48
# The most columns of a preheader, and what stands between the papers that it names.
PREHEADER = 140
BETWEEN_LEADS = " · "
MAX_CHIPS = 4
MAX_CHIP_LABEL = 60
CHIP_KINDS = frozenset({"pick", "topic", "keyword", "author", "organisation", "paper", "trending", "explore"})
# Up to four authors are named; of five or more the first three and a count.
MAX_NAMED = 4


class Detail(IntEnum):
    """How much of a paper a digest shows."""

    OMITTED = 0
    TITLE = 1
    SHORT = 2
    FULL = 3


EXCERPT_COLUMNS = {Detail.TITLE: 0, Detail.SHORT: 180, Detail.FULL: 400}
NOTE_COLUMNS = {Detail.TITLE: 0, Detail.SHORT: 180, Detail.FULL: 500}


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a card; `number` is its place among all links of the text part."""

    label: str
    url: str
    number: str
    # Of a length that differs from reader to reader: always on a line of its own.
    apart: bool = False

    @property
    def listed(self) -> str:
        """Return the link as the text part lists it."""
        return list_link(self.url, number=self.number, label=self.label, apart=self.apart)


@dataclass(frozen=True, slots=True)
class CardContent:
    """One paper, ready to be set."""

    title: str
    # The title's beginning, by which links tell aloud which paper they are about.
    handle: str
    url: str
    authors: str
    votes: int
    news: str
    note: str
    excerpt: str
    # Where the reader speaks about this paper, without a slash at the end; empty where they cannot.
    own_url: str
    # Links below the excerpt, where the title is one already; and all as the text part lists them.
    links: tuple[Link, ...]
    listed_links: tuple[Link, ...]
    chips: tuple[Chip, ...]
    reasons: str
    # Nothing but the title, the votes and the news.
    is_brief: bool


@dataclass(frozen=True, slots=True)
class SharedContent:
    """The part of a frame that all readers of an edition see. Hashable: it names a compiled frame."""

    kind: str
    sender: Sender
    title: str
    date_line: str
    byline: str
    intro: str


@dataclass(frozen=True, slots=True)
class PersonalContent:
    """The part of a frame that differs from reader to reader: one line each, empty where there is nothing to say."""

    subject: str
    preheader: str
    lead: str
    more: str
    more_url: str
    why: str
    rhythm: str
    manage_url: str
    leave_url: str
    digest_url: str


@lru_cache(maxsize=256)
def show_shared(kind: str, sender: Sender, *, title: str, date_line: str, byline: str, intro: str) -> SharedContent:
    """Return what the frame of a letter shares with others."""
    return SharedContent(
        kind=kind,
        sender=show_sender(sender),
        title=clean_line(title) or clean_line(sender.site_name),
        date_line=clean_line(date_line),
        byline=clean_line(byline),
        intro=intro.strip(),
    )


def show_personal(letter: DigestLetter) -> PersonalContent:
    """Return what is this reader's own, as long as all papers of the letter have room."""
    site_url = letter.sender.site_url
    rhythm = clean_line(letter.rhythm)
    return PersonalContent(
        subject=show_subject(letter),
        preheader=show_preheader(letter),
        lead=clean_line(letter.lead, limit=500),
        more=show_more(letter.more_count),
        more_url=safe_link(letter.more_url, site_url=site_url),
        why=clean_line(letter.why),
        rhythm=f"You get a digest {rhythm}." if rhythm else "",
        manage_url=safe_link(letter.manage_url, site_url=site_url),
        leave_url=safe_link(letter.leave_url, site_url=site_url),
        digest_url=safe_link(letter.digest_url, site_url=site_url),
    )


def show_heading(heading: str) -> str:
    """Return a section's heading; never empty, or headings would skip a level."""
    return clean_line(heading) or "Papers"


def show_more(count: int) -> str:
    """Return the words of the link to the papers that are not in the letter."""
    return f"{count} more paper{'s' if count > 1 else ''} on your page" if count > 0 else ""


def show_card(
    card: Card, *, detail: Detail, site_url: str, numbers: Iterator[str], digest_url: str = ""
) -> CardContent:
    """Return the card at this level of detail; its links take the next of `numbers`.

    At the lowest level only the title with its link, the votes and the news are left.
    """
    rich = detail > Detail.TITLE
    below = f"{digest_url}/{card.paper_id}" if digest_url and card.paper_id else ""
    is_counted = bool(card.is_counted and below)
    url = f"{below}/open/" if is_counted else safe_link(card.url, site_url=site_url) or safe_link(card.paper_url)
    labelled = (("Paper", card.paper_url), ("Code", card.code_url), ("Project", card.project_url)) if rich else ()
    abstract = (Link("Abstract", url, next(numbers), apart=is_counted),) if url else ()
    checked = [(label, safe_link(target)) for label, target in labelled]
    links = tuple(Link(label, target, next(numbers)) for label, target in checked if target)
    own_url = below if rich else ""
    own = (Link("More, less or save", f"{own_url}/", next(numbers), apart=True),) if own_url else ()
    chips = show_chips(card.chips) if rich else ()
    title = show_title(card.title)
    return CardContent(
        title=title,
        handle=shorten(title, columns=HANDLE_COLUMNS),
        url=url,
        authors=short_authors(card.authors) if rich else "",
        votes=max(card.votes, 0),
        news=clean_line(plain_math(clean_line(card.news)), limit=200),
        note=make_note(card.note, columns=NOTE_COLUMNS[detail]),
        excerpt=make_excerpt(card.abstract, columns=EXCERPT_COLUMNS[detail]),
        own_url=own_url,
        links=links,
        listed_links=abstract + links + own,
        chips=chips,
        reasons=show_reasons(chips),
        is_brief=not rich,
    )


@lru_cache(maxsize=4096)
def show_title(title: str) -> str:
    """Return a paper's title as one clean line without LaTeX; never empty, because it carries the link."""
    return clean_line(plain_math(clean_line(title, limit=2 * MAX_TITLE)), limit=MAX_TITLE) or UNTITLED


@lru_cache(maxsize=8192)
def show_chips(chips: tuple[Chip, ...]) -> tuple[Chip, ...]:
    """Return the first few chips with something to say."""
    cleaned = (
        Chip(
            chip.kind if chip.kind in CHIP_KINDS else "other", clean_line(chip.label, limit=MAX_CHIP_LABEL), chip.place
        )
        for chip in chips
    )
    return tuple(chip for chip in cleaned if chip.label)[:MAX_CHIPS]


def show_reasons(chips: Iterable[Chip]) -> str:
    """Return the chips as a line of the text part."""
    labels = " · ".join(chip.label for chip in chips)
    return f"Why: {labels}" if labels else ""


def without_chips(card: Card) -> Card:
    """Return what all readers see of the paper, so that equal cards are compiled once."""
    return replace(card, chips=())


def short_authors(authors: tuple[str, ...]) -> str:
    """Return "A, B, C and 5 others", or all names where they are few."""
    names = [name for name in (clean_line(plain_math(author), limit=60) for author in authors) if name]
    if len(names) > MAX_NAMED:
        return f"{', '.join(names[:3])} and {len(names) - 3} others"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def show_subject(letter: DigestLetter) -> str:
    """Return the curators' subject, or the first paper's title "and n more"."""
    titles = _new_titles(letter)
    fallback = f"{letter.sender.site_name}: {letter.title}"
    return make_subject(letter.subject, titles[0] if titles else "", len(titles), fallback=fallback)


@lru_cache(maxsize=4096)
def make_subject(chosen: str, first_title: str, count: int, *, fallback: str) -> str:
    """Return the subject of a letter with so many papers."""
    if words := clean_line(chosen, limit=150):
        return words
    if not count:
        return clean_line(fallback, limit=150)
    first = shorten(show_title(first_title), columns=64)
    return f"{first} and {count - 1} more" if count > 1 else first


def show_preheader(letter: DigestLetter) -> str:
    """Return the line that mail programs show beside the subject: the curators' words, else the next titles."""
    titles = _new_titles(letter)
    return make_preheader(letter.preheader, tuple(titles[1:4]), fallback=letter.title)


def _new_titles(letter: DigestLetter) -> list[str]:
    """Titles of the papers that the letter is for; what is news about an older one does not lead it."""
    return [card.title for section in letter.sections for card in section.cards if not card.news]


def make_preheader(chosen: str, next_titles: tuple[str, ...], *, fallback: str) -> str:
    """Return the preheader of a letter whose papers after the first are these."""
    if chosen:
        return shorten(clean_line(chosen), columns=PREHEADER)
    leads = [show_lead(title) for title in next_titles]
    count = count_leads([width_of(lead) for lead in leads])
    return BETWEEN_LEADS.join(leads[:count]) or shorten(clean_line(fallback), columns=PREHEADER)


def show_lead(title: str) -> str:
    """Return what a preheader says of a paper: its title, or so much of it that another one has room beside it."""
    return shorten(show_title(title), columns=(PREHEADER - len(BETWEEN_LEADS)) // 2).strip(BETWEEN_LEADS) or UNTITLED


def count_leads(columns: Sequence[int]) -> int:
    """Return how many papers have room in a preheader: the first ones, of which so many columns are said."""
    used = -len(BETWEEN_LEADS)
    for count, width in enumerate(columns):
        used += width + len(BETWEEN_LEADS)
        if used > PREHEADER:
            return count
    return len(columns)


@lru_cache(maxsize=16)
def show_sender(sender: Sender) -> Sender:
    """Return the sender with clean lines and a checked address."""
    return Sender(
        site_name=clean_line(sender.site_name, limit=80),
        site_url=safe_link(sender.site_url, site_url=sender.site_url),
        postal_address=clean_line(sender.postal_address),
    )
