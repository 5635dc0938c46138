"""Reads XML element by element, in memory that does not grow with the input, and refuses DTDs. Knows no format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from digest.papers.sources.base import SourceError
from digest.papers.sources.opening import open_bytes

if TYPE_CHECKING:
    # Only its shape; the parser above is the guarded one.
    from xml.etree.ElementTree import Element

DEEPEST = 60
LONGEST_TEXT = 200_000


def iter_elements(stream: BinaryIO, *names: str) -> Iterator[Element]:
    """Yield the elements of these local names, each once it is complete; afterwards it is emptied.

    Elements inside one that is yielded are not yielded themselves. Raises SourceError.
    """
    try:
        yield from _walk(iterparse(open_bytes(stream), events=("start", "end"), forbid_dtd=True), frozenset(names))
    except ParseError as error:
        raise SourceError(f"The input is not XML, or breaks off: {error}.") from None
    except DefusedXmlException:
        raise SourceError("The XML holds a document type or entities, which no source of papers needs.") from None
    except ValueError as error:
        raise SourceError(f"The XML cannot be read: {error}.") from None


def _walk(events: Iterable[tuple[str, Element]], names: frozenset[str]) -> Iterator[Element]:
    open_elements: list[Element] = []
    inside = 0
    for event, element in events:
        wanted = local_name(element) in names
        if event == "start":
            open_elements.append(element)
            inside += wanted
            if len(open_elements) > DEEPEST:
                raise SourceError(f"The XML is nested more than {DEEPEST} deep.")
            continue
        open_elements.pop()
        inside -= wanted
        if not inside:
            if wanted:
                yield element
            _forget(element, open_elements)


def _forget(element: Element, open_elements: list[Element]) -> None:
    element.clear()
    if open_elements:
        open_elements[-1].remove(element)


def local_name(element: Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str) -> list[Element]:
    """The direct children of a local name."""
    return [child for child in element if local_name(child) == name]


def text_of(element: Element, *path: str) -> str:
    """All text inside the first child reached by these local names; "" where there is none."""
    for name in path:
        found = next((child for child in element if local_name(child) == name), None)
        if found is None:
            return ""
        element = found
    return "".join(element.itertext())[:LONGEST_TEXT].strip()


def texts_of(element: Element, name: str) -> list[str]:
    """The text of each direct child of a local name."""
    return [text_of(child) for child in children(element, name)]
