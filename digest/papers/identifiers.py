"""Names of papers: arXiv ids, DOIs and folded titles, each in one form so that equal papers compare equal."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

TITLE_KEY_LENGTH = 200
DOI_LENGTH = 200

_ARXIV_PREFIX = re.compile(
    r"""^(?: (?:https?://)? [a-z0-9.-]*\.?(?: arxiv\.org | alphaxiv\.org )/(?: abs | pdf | html | src | e-print )/
          | (?:https?://)? huggingface\.co/papers/
          | (?:https?://)? (?:dx\.|www\.)? doi\.org/10\.48550/arxiv\.
          | (?:doi:\s*)? 10\.48550/arxiv\.
          | (?:oai:)? arxiv (?:\.org)? :\s* )""",
    re.VERBOSE,
)
_MONTH = r"(?:0[1-9]|1[0-2])"
# Four digits after the point until 2014, five since; a table program that took the id for a
# number and dropped its last zeros fails here instead of naming another paper.
_ARXIV_NEW = re.compile(
    rf"((?:0[7-9]|1[0-4]){_MONTH}\.[0-9]{{4}}|(?:1[5-9]|[2-9][0-9]){_MONTH}\.[0-9]{{5}})(?:v([1-9][0-9]{{0,2}}))?"
)
_ARXIV_OLD = re.compile(
    rf"([a-z]+(?:-[a-z]+)*)(?:\.[a-z]{{2,}}(?:-[a-z]+)*)?/([0-9]{{2}}{_MONTH}[0-9]{{3}})(?:v([1-9][0-9]{{0,2}}))?"
)
_DOI_PREFIX = re.compile(r"^(?:(?:https?://)?(?:dx\.|www\.)?doi\.org/|doi:?\s*|info:doi/)", re.IGNORECASE)
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/[!-~]+")
_NO_WORD = re.compile(r"[\W_]+")
_NAME_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})


class ArxivId(NamedTuple):
    """The id without its version, and the version where one was written."""

    base: str
    version: int | None


def parse_arxiv_id(text: str) -> ArxivId | None:
    """Read an arXiv id of either style from an id, an address or its DOI; None where it is not one."""
    plain = _ARXIV_PREFIX.sub("", text.strip().lower(), count=1)
    plain = re.split(r"[?#]", plain, maxsplit=1)[0].rstrip("/").removesuffix(".pdf")
    if match := _ARXIV_NEW.fullmatch(plain):
        return ArxivId(match[1], _number(match[2]))
    if match := _ARXIV_OLD.fullmatch(plain):
        # The class in `math.GT/0309136` is no part of the name: math/0309136 is the same paper.
        return ArxivId(f"{match[1]}/{match[2]}", _number(match[3]))
    return None


def parse_doi(text: str) -> str | None:
    """Read a DOI, in lower case and without resolver or `doi:`; None where it is not one."""
    plain = text.strip()
    bare = _DOI_PREFIX.sub("", plain, count=1)
    if "://" in plain:
        bare = unquote(re.split(r"[?#]", bare, maxsplit=1)[0])
    bare = bare.strip().rstrip(".,;").lower()
    return bare if len(bare) <= DOI_LENGTH and _DOI.fullmatch(bare) else None


@lru_cache(maxsize=4096)
def fold_title(title: str) -> str:
    """The title's letters and digits in lower case without accents, at most 200 characters.

    Titles that differ in case, accents, punctuation or spacing only fold to the same key.
    """
    key = " ".join(_fold(title).split())
    if not key:
        key = title.casefold().strip()
    if len(key) <= TITLE_KEY_LENGTH:
        return key
    # A cut key would join long titles that differ at their ends.
    digest = hashlib.sha256(key.encode(errors="replace")).hexdigest()[:32]
    return f"{key[: TITLE_KEY_LENGTH - 33]}-{digest}"


def family_name(author: str) -> str:
    """The folded last word of the family name, from `Given Family` or `Family, Given`; "" where there is none."""
    family, comma, _ = author.partition(",")
    words = _fold(family if comma else author).split()
    while len(words) > 1 and words[-1] in _NAME_SUFFIXES:
        words.pop()
    return words[-1] if words else ""


def _fold(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.casefold())
    if not spread.isascii():
        spread = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return _NO_WORD.sub(" ", spread)


def _number(text: str | None) -> int | None:
    return int(text) if text else None
