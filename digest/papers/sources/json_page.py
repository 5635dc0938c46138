"""Opens answers of JSON interfaces: the document, values on a path, and text without markup. Knows no source."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import BinaryIO

from digest.papers.sources.base import SourceError
from digest.papers.sources.opening import parse_json, read_text

_BREAK = re.compile(r"</(?:jats:)?(?:p|title|sec|list-item|div)>|<br\s*/?>", re.IGNORECASE)
_SILENT = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")


def read_document(stream: BinaryIO) -> object:
    """The JSON value that the input holds. Raises SourceError."""
    try:
        return parse_json(read_text(stream))
    except ValueError as error:
        raise SourceError(f"The input is not JSON: {error}.") from None


def pick(value: object, *path: str) -> object:
    """The value on a path of keys; None where it leads nowhere."""
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def listed(value: object, *path: str) -> list[object]:
    """The list on a path of keys; an empty one where there is none."""
    found = pick(value, *path)
    return found if isinstance(found, list) else []


def worded(value: object, *path: str) -> str:
    """The text or number on a path of keys, as text; "" where there is none."""
    found = pick(value, *path)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return str(found)


def strip_markup(text: str) -> str:
    """Text without HTML or JATS tags, its paragraphs parted by empty lines. What is left is still to be escaped."""
    parted = _BREAK.sub("\n\n", _SILENT.sub(" ", text[:200_000]))
    return html.unescape(_TAG.sub("", parted)).strip()
