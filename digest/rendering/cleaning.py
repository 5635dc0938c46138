"""Hostile strings made harmless before anything else sees them: texts and links. Escaping is the templates' part."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, urlsplit

# Control characters, lone surrogates, private use, overrides of the writing direction, invisible
# tags, and code points that are no characters. Joiners and plain direction marks stay: scripts need them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
MAX_URL = 1000
# Most links, at a tenth of the cost.
_ORDINARY_LINK = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/:=-]*)?")
# What stays as it is in a URL; the same set that the HTML serialiser of the inliner leaves alone.
_URL_SAFE = "!#$%&'()*+,-./:;=?@_~"


def clean_line(text: str, *, limit: int = 300) -> str:
    """One line: white space collapsed, unwanted characters gone, at most `limit` characters; clean lines stay."""
    line = unicodedata.normalize("NFC", " ".join(_UNWANTED.sub("", text).split()))
    # An ellipsis is never alone on a line; what was shortened before has it so.
    line = line.replace(" …", "\u00a0…")
    # A mark without a width may stand behind the space that the cut leaves last.
    return shorten(line, columns=limit)[:limit].rstrip() if len(line) > limit else line


def safe_link(url: str, *, site_url: str = "") -> str:
    """Return the URL, percent-encoded where it must be, or nothing unless it is https or the site's own."""
    if len(url) <= MAX_URL and _ORDINARY_LINK.fullmatch(url):
        return url
    own = bool(site_url) and (url == site_url or url.startswith(site_url.rstrip("/") + "/"))
    if len(url) > MAX_URL or _UNWANTED.search(url) or url != url.strip():
        return ""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.scheme == "https" or own)
    except ValueError:
        return ""
    return quote(url, safe=_URL_SAFE) if usable else ""


# European scripts and their punctuation: one column each, told at once.
_NARROW = re.compile("[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e]*")


def width_of(text: str) -> int:
    """Columns a terminal needs: two for East Asian wide characters and emoji, none for combining marks."""
    if _NARROW.fullmatch(text):
        return len(text)
    return sum(_width_of_character(character) for character in text)


@lru_cache(maxsize=8192)
def _width_of_character(character: str) -> int:
    category = unicodedata.category(character)
    if unicodedata.combining(character) or category in {"Mn", "Me", "Cf"}:
        return 0
    # What is not assigned yet, Python may call wide.
    return 2 if unicodedata.east_asian_width(character) in "WF" and category != "Cn" else 1


def cut(text: str, *, columns: int) -> str:
    """Return the longest beginning of `text` that is at most so many columns wide."""
    # What follows the last column may be a mark without a width.
    if _NARROW.fullmatch(text, 0, columns + 1):
        return text[:columns]
    # Heaps of combining marks have no width: characters are counted too.
    most = text[: 3 * columns]
    used = 0
    for index, character in enumerate(most):
        used += _width_of_character(character)
        if used > columns:
            return most[:index]
    return most


# Where a sentence ends; an abbreviation or an initial ends none. The mark comes first: few characters are one.
SENTENCE_END = re.compile(
    r"[.?!](?= )(?<!\be\.g.)(?<!\bi\.e.)(?<!\bal.)(?<!\bvs.)(?<!\bcf.)(?<!\bca.)(?<!\bFig.)(?<!\bEq.)(?<!\bDr.)"
    r"(?<!\b[A-Z].)|[。！？]"
)


# So much of the room is filled at least, or what is cut is cut in the middle of a sentence, or of a word.
_LEAST_FILLED = 0.6


def shorten(text: str, *, columns: int) -> str:
    """Return `text` if it fits, else its beginning up to the end of a sentence or a word, and an ellipsis."""
    beginning = cut(text, columns=columns)
    if beginning == text:
        return text
    beginning = cut(beginning, columns=columns - 1)
    least = int(len(beginning) * _LEAST_FILLED)
    sentence = max([stop.end() for stop in SENTENCE_END.finditer(beginning, least)], default=0)
    if sentence:
        # Not on a line of its own.
        return beginning[:sentence] + ("\u00a0…" if beginning[sentence - 1].isascii() else "…")
    # Scripts without spaces are cut where the room ends.
    word = beginning.rfind(" ")
    return (beginning[:word] if word > least else beginning).rstrip(" ,;:–-") + "…"
