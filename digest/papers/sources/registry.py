"""Every kind of source there is. A new one is added here, and as a choice of `Source.Kind`, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from digest.papers.sources.arxiv_atom import ASK_ATOM, read_atom
from digest.papers.sources.arxiv_listing import read_listing_mail
from digest.papers.sources.arxiv_rss import ASK_FEED, read_feed
from digest.papers.sources.base import Reader, Visit
from digest.papers.sources.bibtex import read_bibtex
from digest.papers.sources.biorxiv import ASK_DETAILS, read_details
from digest.papers.sources.crossref import ASK_CROSSREF, read_crossref
from digest.papers.sources.huggingface import ASK_DAILY_LISTS, read_daily_list
from digest.papers.sources.json_records import read_json
from digest.papers.sources.listing_text import read_listing
from digest.papers.sources.oai import ASK_OAI, ASK_OAI_RAW, read_oai
from digest.papers.sources.ris import read_ris
from digest.papers.sources.semantic_scholar import ASK_SCHOLAR, read_scholar
from digest.papers.sources.table import read_table
from digest.papers.sources.zotero import read_zotero


@dataclass(frozen=True, slots=True)
class Format:
    """A reader, what it reads in words, what its records are counted in, and how to ask for them where one can."""

    read: Reader
    description: str
    default_source: str
    unit: str = "line"
    visit: Visit | None = None
    # Of two records of one day, the one of the source that ranks higher is believed.
    rank: int = 5


# By the value of `Source.Kind`.
FORMATS = {
    "listing": Format(
        read=read_listing,
        description="a listing page captured as text: a date line, then titles and abstracts in turn",
        default_source="Captured listing",
        rank=1,
    ),
    "huggingface": Format(
        read=read_daily_list,
        description="daily lists as the Hugging Face papers page answers them, in JSON",
        default_source="Hugging Face daily papers",
        unit="item",
        visit=ASK_DAILY_LISTS,
        rank=4,
    ),
    "csv": Format(
        read=read_table,
        description="a table with a header line; only a column “title” is required",
        default_source="CSV table",
    ),
    "json": Format(
        read=read_json,
        description='records with a table\'s column names: an array, {"papers": […]} or one object a line',
        default_source="JSON records",
        unit="record",
    ),
    "arxiv": Format(
        read=read_atom,
        description="arXiv's query interface, in Atom",
        default_source="arXiv search",
        unit="entry",
        visit=ASK_ATOM,
        rank=8,
    ),
    "arxiv-rss": Format(
        read=read_feed,
        description="arXiv's daily feeds, RSS or Atom",
        default_source="arXiv daily feed",
        unit="item",
        visit=ASK_FEED,
        rank=6,
    ),
    "oai": Format(
        read=read_oai,
        description="OAI-PMH answers, format arXiv or oai_dc",
        default_source="arXiv archive",
        unit="record",
        visit=ASK_OAI,
        rank=8,
    ),
    "oai-raw": Format(
        read=read_oai,
        description="arXiv's OAI-PMH answers, format arXivRaw, with all versions",
        default_source="arXiv archive with versions",
        unit="record",
        visit=ASK_OAI_RAW,
        rank=8,
    ),
    "arxiv-mail": Format(
        read=read_listing_mail,
        description="arXiv's listing mails, saved as plain text",
        default_source="arXiv listing mail",
        rank=6,
    ),
    "scholar": Format(
        read=read_scholar,
        description="Semantic Scholar's searches, recommendations and papers, in JSON",
        default_source="Semantic Scholar",
        unit="paper",
        visit=ASK_SCHOLAR,
        rank=3,
    ),
    "crossref": Format(
        read=read_crossref,
        description="Crossref's list of works, in JSON",
        default_source="Crossref",
        unit="work",
        visit=ASK_CROSSREF,
        rank=7,
    ),
    "biorxiv": Format(
        read=read_details,
        description="details of bioRxiv and medRxiv, in JSON",
        default_source="bioRxiv",
        unit="preprint",
        visit=ASK_DETAILS,
        rank=8,
    ),
    "bibtex": Format(
        read=read_bibtex,
        description="BibTeX",
        default_source="BibTeX file",
    ),
    "ris": Format(
        read=read_ris,
        description="RIS",
        default_source="RIS file",
    ),
    "zotero": Format(
        read=read_zotero,
        description="items exported from Zotero: its JSON, CSL JSON or CSV",
        default_source="Zotero export",
        unit="item",
    ),
}
