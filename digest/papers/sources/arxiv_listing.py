"""Reads arXiv's listing mails as plain text: blocks between rules, each with labelled lines and an abstract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from digest.papers.sources.arxiv_words import decode_texts, find_withdrawal
from digest.papers.sources.base import Item, SourceError
from digest.papers.sources.fields import build_record, reject
from digest.papers.sources.moments import read_feed_moment
from digest.papers.sources.names import split_names
from digest.papers.sources.opening import read_lines
from digest.papers.sources.tex import decode_accents

_RULE = re.compile(r"[-%]{20,}\s*")
_NAME = re.compile(r"arXiv:(?P<id>\S+)(?P<rest>.*)", re.IGNORECASE)
_LABEL = re.compile(r"(?P<name>[A-Z][A-Za-z-]*)(?:\s*\([^)]*\))?:\s*(?P<value>.*)")
_REVISED = re.compile(r"replaced with revised version (?P<date>[^(]*[0-9A-Z])", re.IGNORECASE)
_BAR = "\\\\"
LONGEST_BLOCK = 5_000


def read_listing_mail(stream: BinaryIO) -> Iterator[Item]:
    """Yield a record for each block that names a paper, numbered by its line. Raises SourceError."""
    found = False
    for number, lines in _split_blocks(read_lines(stream)):
        start = next((place for place, line in enumerate(lines) if line.strip() == _BAR), None)
        if start is None or start + 1 >= len(lines) or not _NAME.match(lines[start + 1]):
            continue
        found = True
        yield _read_block(lines[start + 1 :], number + start + 1)
    if not found:
        raise SourceError("The text is not an arXiv listing mail: no block begins with two backslashes and arXiv:ID.")


def _split_blocks(lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    block: list[str] = []
    begins = 1
    for number, line in enumerate(lines, start=1):
        if _RULE.fullmatch(line) or len(block) > LONGEST_BLOCK:
            yield begins, block
            block, begins = [], number + 1
        else:
            block.append(line.rstrip("\r\n"))
    yield begins, block


def _read_block(lines: list[str], number: int) -> Item:
    name = _NAME.match(lines[0])
    assert name is not None
    parts = _split_parts(lines[1:])
    labels = _read_labels(parts[0])
    if "title" not in labels:
        return reject(line=number, reason="Has no title.", excerpt=lines[0])
    submitted = read_feed_moment(re.sub(r"\s*\(.*", "", labels.get("date", "")))
    day = submitted.date().isoformat() if submitted else ""
    revised = _REVISED.search(lines[1]) if len(lines) > 1 else None
    changed = read_feed_moment(revised["date"]) if revised else None
    changed_day = changed.date().isoformat() if changed else ""
    abstract = "\n".join(line.strip() for line in parts[1]) if len(parts) > 1 else ""
    raw = {
        "title": labels["title"],
        "abstract": abstract,
        "authors": split_names(decode_accents(labels.get("authors", labels.get("author", "")))),
        "arxiv_id": name["id"],
        "doi": labels.get("doi", "").split(" ")[0],
        "categories": labels.get("categories", "").split(),
        "venue": labels.get("journal-ref", ""),
        "licence": labels.get("license", ""),
        "published_on": day,
        "updated_on": changed_day,
        "is_revision": "replace" in (name["rest"] + lines[1] if len(lines) > 1 else name["rest"]).lower(),
        "withdrawn_at": find_withdrawal(labels.get("comments", ""), abstract, day=changed_day or day),
    }
    return build_record(decode_texts(raw), line=number)


def _split_parts(lines: list[str]) -> list[list[str]]:
    """The lines between those that begin with two backslashes; the last one only closes the block."""
    parts: list[list[str]] = [[]]
    for line in lines:
        if line.startswith(_BAR):
            parts.append([])
        else:
            parts[-1].append(line)
    return parts[:-1] if len(parts) > 1 else parts


def _read_labels(lines: list[str]) -> dict[str, str]:
    """Labelled lines, each with its indented continuations; of a label that comes twice, the first."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if (match := _LABEL.match(line)) is not None:
            found.append((match["name"].lower(), [match["value"].strip()]))
        elif line.startswith("  ") and found:
            found[-1][1].append(line.strip())
    return {name: " ".join(values) for name, values in reversed(found)}
