"""Reads an item of CSL JSON, the common form of reference managers. Knows nothing of files."""

from __future__ import annotations

import re
from collections.abc import Mapping

from digest.papers.sources.json_page import listed, pick, strip_markup, worded
from digest.papers.sources.moments import day_of_parts, first_day

_ARXIV = re.compile(r"arxiv:\s*(\S+)", re.IGNORECASE)


def read_csl(item: Mapping[str, object]) -> dict[str, object]:
    """Raw values by field name."""
    arxiv = _ARXIV.search(f"{worded(item, 'number')} {worded(item, 'note')}")
    return {
        "title": strip_markup(worded(item, "title")),
        "abstract": strip_markup(worded(item, "abstract")),
        "authors": [_read_name(one) for one in listed(item, "author")],
        "arxiv_id": arxiv[1] if arxiv else "",
        "doi": worded(item, "DOI"),
        "pmid": worded(item, "PMID"),
        "published_on": day_of_parts(pick(item, "issued", "date-parts")) or first_day(worded(item, "issued", "raw")),
        "keywords": re.split(r"[;,]", worded(item, "keyword")),
        "venue": worded(item, "container-title"),
        "url": worded(item, "URL"),
    }


def _read_name(name: object) -> str:
    """A name as it is spoken, with its particles: "Ludwig van Beethoven"."""
    keys = ("given", "dropping-particle", "non-dropping-particle", "family", "suffix")
    return " ".join(filter(None, (worded(name, key) for key in keys))) or worded(name, "literal")
