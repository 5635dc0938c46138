"""Looks at the spelling of every link an edition's letter shows. Asks no server."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from digest.composing.models import Edition

_IN_MARKDOWN = re.compile(r"\]\(\s*<?([^\s)>]+)|<(https?://[^>\s]+)>|(?<![(<])\b(https?://[^\s)>\]]+)")
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")


def find_bad_links(edition: Edition) -> list[str]:
    """Links that a letter would leave out or that lead nowhere, as sentences."""
    words = [("the intro", edition.intro)]
    problems = [
        f"In {place}: “{link}” {fault}." for place, text in words for link in links_in(text) if (fault := judge(link))
    ]
    for pick in edition.picks.shown().select_related("paper"):
        paper = pick.paper
        for name, link in (("address", paper.url), ("code", paper.code_url), ("project page", paper.project_url)):
            if link and (fault := judge(link)):
                problems.append(f"“{paper.title}”, {name}: “{link}” {fault}.")
    return problems


def count_links(edition: Edition) -> int:
    """How many links were looked at."""
    papers = [pick.paper for pick in edition.picks.shown().select_related("paper")]
    own = sum(bool(link) for paper in papers for link in (paper.url, paper.code_url, paper.project_url))
    return own + len(links_in(edition.intro))


def links_in(text: str) -> list[str]:
    """The addresses that Markdown links to."""
    return [next(filter(None, found)) for found in _IN_MARKDOWN.findall(text)]


def judge(link: str) -> str:
    """What is wrong with a link; empty where nothing is."""
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return "cannot be read as an address"
    if parts.scheme != "https":
        return "does not begin with https, so it is shown as plain text"
    if not _HOST.fullmatch(host):
        return "names no host that could be found"
    return "holds a password" if parts.password else ""
