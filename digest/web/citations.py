"""One paper for other programs: BibTeX, RIS, Markdown, and the values that JSON and feeds share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from digest.papers.identifiers import family_name
from digest.papers.models import Paper
from digest.papers.text import clean_line
from digest.rendering.mathtext import plain_math

_BIBTEX_SPECIALS = re.compile(r"([&%#_])")
_MARKDOWN_SPECIALS = re.compile(r"([\\`*_\[\]<>#])")


def address_of(paper: Paper) -> str:
    """The paper's page here, absolute."""
    return f"{settings.SITE_URL}{paper.get_absolute_url()}"


def write_bibtex(paper: Paper) -> str:
    """One BibTeX entry. Formulas stay LaTeX; everything else is kept from being read as commands."""
    fields = {
        "title": _bibtex(paper.title),
        "author": " and ".join(_bibtex(str(name)) for name in paper.authors),
        "year": str(_year(paper)),
        "doi": _one_value(paper.doi or ""),
        "eprint": _one_value(paper.arxiv_id or ""),
        "archiveprefix": "arXiv" if paper.arxiv_id else "",
        "journal": _bibtex(paper.venue),
        "url": _one_value(source_of(paper)),
        "keywords": ", ".join(_bibtex(str(word)) for word in paper.keywords),
        "abstract": _bibtex(paper.abstract),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{'article' if paper.venue else 'misc'}{{{cite_key(paper)},", *lines, "}", ""])


def write_ris(paper: Paper) -> str:
    """One RIS record: a tag and a value a line."""
    return "".join(f"{tag}  - {_one_value(plain_math(value))}\n" for tag, value in _ris_lines(paper)) + "ER  - \n"


def write_markdown(paper: Paper) -> str:
    """The paper as plain Markdown, for notes and for programs that read text."""
    facts = {
        "Authors": ", ".join(str(name) for name in paper.authors),
        "Organisation": paper.organisation,
        "Published": str(paper.published_on or ""),
        "Listed": str(paper.listed_on),
        "Withdrawn": str(paper.withdrawn_at.date()) if paper.withdrawn_at else "",
        "arXiv": paper.arxiv_id or "",
        "DOI": paper.doi or "",
        "Code": paper.code_url,
        "Project": paper.project_url,
        "Page": address_of(paper),
    }
    lines = [f"- {name}: {_markdown(value)}" for name, value in facts.items() if value]
    parts = [f"# {_markdown(plain_math(paper.title))}", "\n".join(lines), _markdown(plain_math(paper.abstract))]
    return "\n\n".join(part for part in parts if part) + "\n"


def present_paper(paper: Paper) -> dict[str, Any]:
    """What the site tells other programs about a paper; the topics have to be at hand."""
    return {
        "id": paper.pk,
        "url": address_of(paper),
        "title": paper.title,
        "abstract": paper.abstract,
        "authors": paper.authors,
        "arxiv_id": paper.arxiv_id,
        "doi": paper.doi,
        "version": paper.version,
        "topics": [topic.slug for topic in paper.topics.all()],
        "categories": paper.categories,
        "keywords": paper.keywords,
        "summary": paper.summary,
        "organisation": paper.organisation,
        "submitter": paper.submitter,
        "venue": paper.venue,
        "licence": paper.licence,
        "paper_url": source_of(paper),
        "code_url": paper.code_url,
        "project_url": paper.project_url,
        "discussion_url": paper.discussion_url,
        "thumbnail_url": paper.thumbnail_url,
        "artifacts": paper.artifacts,
        "author_takes_part": paper.author_takes_part,
        "votes": paper.votes,
        "comments": paper.comments,
        "stars": paper.stars,
        "published_on": paper.published_on,
        "listed_on": paper.listed_on,
        "withdrawn_at": paper.withdrawn_at,
    }


def source_of(paper: Paper) -> str:
    """Where the paper itself is read."""
    if paper.arxiv_id:
        return f"https://arxiv.org/abs/{paper.arxiv_id}"
    return f"https://doi.org/{paper.doi}" if paper.doi else paper.url or address_of(paper)


def cite_key(paper: Paper) -> str:
    """A key for reference managers: family name, year and our number, so that no two are alike."""
    first = family_name(str(paper.authors[0])) if paper.authors else ""
    name = re.sub(r"[^a-z]", "", first) or "paper"
    return f"{name}{_year(paper)}p{paper.pk}"


def _ris_lines(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "TY", "JOUR" if paper.venue else "GEN"
    yield "TI", paper.title
    for name in paper.authors:
        yield "AU", str(name)
    yield "PY", str(_year(paper))
    told = {"JO": paper.venue, "DO": paper.doi, "UR": source_of(paper), "AB": paper.abstract, "M1": paper.arxiv_id}
    yield from ((tag, value) for tag, value in told.items() if value)
    for word in paper.keywords:
        yield "KW", str(word)


def _year(paper: Paper) -> int:
    return (paper.published_on or paper.listed_on).year


def _one_value(text: str) -> str:
    """A value that cannot end its field or its line."""
    return clean_line(text).replace("{", "").replace("}", "").rstrip("\\")


def _bibtex(text: str) -> str:
    """Text whose braces are in pairs, or gone, so that the entry ends where we end it."""
    line = clean_line(text).rstrip("\\")
    if "\\{" in line or "\\}" in line or not _is_balanced(line):
        line = line.replace("{", "").replace("}", "").rstrip("\\")
    return line if "\\" in line or "$" in line else _BIBTEX_SPECIALS.sub(r"\\\1", line)


def _is_balanced(line: str) -> bool:
    depth = 0
    for character in line:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0


def _markdown(text: str) -> str:
    return _MARKDOWN_SPECIALS.sub(r"\\\1", text)
