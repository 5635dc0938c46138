"""arXiv's four forms, field for field: query answers, feeds, archive records, listing mails."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from typing import BinaryIO, cast

import pytest

from digest.papers.sources.base import Outline, Record, Rejection, SourceError, Withdrawal
from digest.papers.sources.oai import ExpiredTokenError
from digest.papers.sources.xml import iter_elements
from tests.papers.sources.reading import TITLE, read_bytes, read_payload, records_of, told

AUTHORS = ("Orla Vane", "Jiří Šťastný")
CC_BY = "https://creativecommons.org/licenses/by/4.0/"


def test_a_query_answer_field_for_field() -> None:
    total, first, second = read_payload("arxiv", "atom.xml")
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert total == Outline(total=742)
    assert told(first) == {
        "title": TITLE,
        "abstract": "Layers of silt keep $10^3$ floods. We read them back.",
        "authors": AUTHORS,
        "arxiv_id": "2607.12345",
        "version": 3,
        "doi": "10.5555/river.7",
        "categories": ("physics.geo-ph", "cs.LG"),
        "venue": "River Letters 7 (2026) 11-23",
        "url": "https://arxiv.org/abs/2607.12345",
        "published_on": date(2026, 7, 30),
        "updated_on": date(2026, 8, 1),
        "is_revision": True,
    }
    assert (second.arxiv_id, second.version, second.is_revision) == ("math/0309136", 1, False)
    assert (second.title, second.abstract) == ("結び目 and <script>alert(1)</script>", "שלום עולם")


def test_an_error_of_the_query_interface_is_no_paper() -> None:
    error = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/api/errors#incorrect_id</id>
      <title>Error</title><summary>incorrect id format for x</summary></entry></feed>"""
    with pytest.raises(SourceError, match="arXiv cannot answer the query: incorrect id format for x"):
        read_bytes("arxiv", error)


@pytest.mark.parametrize("name", ["feed.rss", "feed.atom"])
def test_a_daily_feed_field_for_field_in_both_forms(name: str) -> None:
    items = read_payload("arxiv-rss", name)
    assert items[0] == Outline(built_on=date(2026, 8, 3))
    assert told(records_of(items)[0]) == {
        "title": TITLE,
        "abstract": "Layers of silt keep floods.",
        "authors": AUTHORS,
        "arxiv_id": "2607.12345",
        "version": 3,
        "doi": "10.5555/river.7",
        "categories": ("physics.geo-ph", "cs.LG"),
        "venue": "River Letters 7",
        "licence": "http://creativecommons.org/licenses/by/4.0/",
        "url": "https://arxiv.org/abs/2607.12345",
        "listed_on": date(2026, 8, 3),
        "is_revision": True,
    }


def test_the_kind_of_news_is_also_found_in_the_description() -> None:
    record = records_of(read_payload("arxiv-rss", "feed.rss"))[1]
    assert (record.is_revision, record.version, record.abstract, record.listed_on) == (
        False, 1, "Short.", date(2026, 8, 3),
    )  # fmt: skip


def test_archive_records_field_for_field() -> None:
    first, deleted, old, empty, outline = read_payload("oai", "oai.xml")
    assert isinstance(first, Record)
    assert told(first) == {
        "title": TITLE,
        "abstract": "Layers of silt keep floods.",
        "authors": ("Orla Vane Jr", "Jiří Šťastný"),
        "arxiv_id": "2607.12345",
        "doi": "10.5555/river.7",
        "categories": ("physics.geo-ph", "cs.LG"),
        "venue": "River Letters 7 (2026) 11-23",
        "licence": "http://creativecommons.org/licenses/by/4.0/",
        "published_on": date(2026, 7, 30),
        "updated_on": date(2026, 8, 1),
        "listed_on": date(2026, 8, 3),
    }
    assert deleted == Withdrawal(2, "2607.99999", datetime(2026, 8, 2, tzinfo=UTC))
    assert isinstance(old, Record)
    assert (old.published_on, old.is_revision) == (date(2024, 1, 1), True)
    assert isinstance(empty, Rejection)
    assert outline == Outline(total=1204, token="next-one")


def test_the_raw_form_knows_all_versions() -> None:
    (record,) = records_of(read_payload("oai-raw", "oai_raw.xml"))
    assert record.versions == ("v1 2026-07-30", "v2 2026-08-01")
    assert (record.version, record.published_on, record.updated_on) == (2, date(2026, 7, 30), date(2026, 8, 1))
    assert (record.authors, record.submitter) == ((*AUTHORS, "Ida Renn"), "Orla Vane")


def test_dublin_core_field_for_field() -> None:
    first, other = records_of(read_payload("oai", "oai_dc.xml"))
    assert told(first) == {
        "title": TITLE,
        "abstract": "Layers of silt keep floods.",
        "authors": AUTHORS,
        "arxiv_id": "2607.12345",
        "doi": "10.5555/river.7",
        "keywords": ("Physics - Geophysics", "Computer Science - Machine Learning"),
        "licence": "http://creativecommons.org/licenses/by/4.0/",
        "url": "https://arxiv.org/abs/2607.12345",
        "published_on": date(2026, 7, 30),
        "updated_on": date(2026, 8, 1),
        "listed_on": date(2026, 8, 3),
    }
    assert (other.published_on, other.is_revision) == (date(2019, 1, 1), True)
    assert other.url == "https://elsewhere.example.org/77"


def answer(code: str) -> bytes:
    return f"<OAI-PMH><responseDate>2026-08-03</responseDate><error code='{code}'>why</error></OAI-PMH>".encode()


def test_a_window_without_changes_is_an_empty_answer_and_other_errors_are_told() -> None:
    assert read_bytes("oai", answer("noRecordsMatch")) == []
    with pytest.raises(ExpiredTokenError):
        read_bytes("oai", answer("badResumptionToken"))
    with pytest.raises(SourceError, match="badArgument"):
        read_bytes("oai", answer("badArgument"))


def test_a_listing_mail_field_for_field() -> None:
    first, cross, replaced = records_of(read_payload("arxiv-mail", "mail.txt"))
    assert told(first) == {
        "title": TITLE,
        "abstract": "Layers of silt by Gödel keep $\\alpha\\'$ floods. We read them back.",
        "authors": AUTHORS,
        "arxiv_id": "2607.12345",
        "doi": "10.5555/river.7",
        "categories": ("physics.geo-ph", "cs.LG"),
        "venue": "River Letters 7",
        "licence": "http://creativecommons.org/licenses/by/4.0/",
        "published_on": date(2026, 7, 30),
    }
    assert (cross.title, cross.is_revision, cross.categories[0]) == ("A Cross Listing", False, "cs.RO")
    assert (replaced.title, replaced.is_revision, replaced.abstract) == ("A Replacement Has No Abstract", True, "")
    assert (replaced.published_on, replaced.updated_on) == (None, date(2026, 8, 1))


def entry(kind: str, *, title: str = "T", comment: str = "", abstract: str = "A.") -> Record:
    """A paper in one of the four forms."""
    forms = {
        "arxiv": f"<feed><entry><id>http://arxiv.org/abs/2607.12345v2</id><updated>2026-08-01T06:10:00Z</updated>"
        f"<title>{title}</title><summary>{abstract}</summary><comment>{comment}</comment></entry></feed>",
        "arxiv-rss": f"<rss><channel><item><guid>oai:arXiv.org:2607.12345v2</guid><title>{title}</title><description>"
        f"arXiv:2607.12345v2 Announce Type: replace\nAbstract: {abstract}</description>"
        "<pubDate>Sat, 1 Aug 2026 00:00:00 -0400</pubDate></item></channel></rss>",
        "oai": "<OAI-PMH><record><header><datestamp>2026-08-03</datestamp></header><metadata><arXiv>"
        f"<id>2607.12345</id><created>2026-07-30</created><updated>2026-08-01</updated><title>{title}</title>"
        f"<comments>{comment}</comments><abstract>{abstract}</abstract></arXiv></metadata></record></OAI-PMH>",
        "arxiv-mail": "\\\\\narXiv:2607.12345\nreplaced with revised version Sat, 1 Aug 2026 06:10:00 GMT   (2kb)\n\n"
        f"Title: {title}\nComments: {comment}\n\\\\\n  {abstract}\n\\\\ ( https://arxiv.org/abs/2607.12345 ,  2kb)\n",
    }
    (record,) = records_of(read_bytes(kind, forms[kind].encode()))
    return record


FORMS = ["arxiv", "arxiv-rss", "oai", "arxiv-mail"]


@pytest.mark.parametrize("kind", FORMS)
def test_accents_in_tex_are_letters_in_every_form_and_formulas_stay(kind: str) -> None:
    record = entry(kind, title=r"Schr\"odinger and Erd\H{o}s on $\alpha\'$", abstract=r"By G{\"o}del, 100% \cite{x}.")
    assert (record.title, record.abstract) == (r"Schrödinger and Erdős on $\alpha\'$", r"By Gödel, 100% \cite{x}.")


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize(
    "words",
    ["This paper has been withdrawn by the authors.", "Withdrawn due to a flaw", "The submission was withdrawn"],
)
def test_a_paper_that_its_authors_took_back_is_marked_in_every_form(kind: str, words: str) -> None:
    record = entry(kind, abstract=words)
    assert record.withdrawn_at is not None
    assert record.withdrawn_at.date() == date(2026, 8, 1)
    if kind != "arxiv-rss":
        assert entry(kind, comment=words).withdrawn_at == record.withdrawn_at


@pytest.mark.parametrize(
    "words", ["Withdrawn users of games return.", "It replaces a withdrawn paper.", "Withdrawal has symptoms.", ""]
)
def test_a_paper_about_what_is_withdrawn_is_not(words: str) -> None:
    assert entry("oai", comment=words, abstract=words).withdrawn_at is None


@pytest.mark.parametrize("kind", ["arxiv", "arxiv-rss", "oai"])
@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY i "many">]><feed><title>&i;</title></feed>',
        b'<!DOCTYPE feed SYSTEM "https://example.org/feed.dtd"><feed><title>T</title></feed>',
        b"<feed><title>T</title><entry>",
        b"<feed>" + b"<a>" * 500 + b"</a>" * 500 + b"</feed>",
    ],
)
def test_document_types_broken_ends_and_depth_are_refused(kind: str, data: bytes) -> None:
    with pytest.raises(SourceError):
        read_bytes(kind, data)


def test_two_hundred_thousand_entries_stream_by() -> None:
    class Endless:
        """A feed that is made while it is read."""

        def __init__(self) -> None:
            entry = b"<entry><id>http://arxiv.org/abs/2607.12345v1</id><title>T</title></entry>"
            self.left, self.entry = 200_000, entry
            self.buffer = b"<feed>"

        def read(self, size: int = -1) -> bytes:
            while len(self.buffer) < size and self.left:
                self.left -= min(self.left, 1_000)
                self.buffer += self.entry * 1_000
                if not self.left:
                    self.buffer += b"</feed>"
            data, self.buffer = self.buffer[:size], self.buffer[size:]
            return data

    blocks: dict[int, int] = {}
    for number, _ in enumerate(iter_elements(cast("BinaryIO", Endless()), "entry"), start=1):
        # While it is read: afterwards nothing is held either way.
        if number % 50_000 == 0:
            blocks[number] = sys.getallocatedblocks()
    assert max(blocks) == 200_000
    # Held, they would take hundreds of thousands.
    assert blocks[200_000] - blocks[50_000] < 20_000
