"""Every kind of source there is a reader for. A new reader is added here and nowhere else in the code."""

from __future__ import annotations

from dataclasses import dataclass

from digest.papers.sources.base import Reader
from digest.papers.sources.huggingface import read_daily_list
from digest.papers.sources.json_records import read_json
from digest.papers.sources.listing_text import read_listing
from digest.papers.sources.table import read_table


@dataclass(frozen=True, slots=True)
class Format:
    """A reader, what it reads in words, and what its records are counted in."""

    read: Reader
    description: str
    default_source: str
    unit: str = "line"


# By the value of `Source.Kind`.
FORMATS = {
    "listing": Format(
        read=read_listing,
        description="a listing page captured as text: a date line, then titles and abstracts in turn",
        default_source="Captured listing",
    ),
    "huggingface": Format(
        read=read_daily_list,
        description="daily lists as the Hugging Face papers page answers them, in JSON",
        default_source="Hugging Face daily papers",
        unit="item",
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
}
