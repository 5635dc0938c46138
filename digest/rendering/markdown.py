"""The curators' Markdown: to a small safe subset of HTML, and to paragraphs of plain text with numbered links."""

from __future__ import annotations

import html
from typing import NamedTuple

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

from digest.rendering.budget import encoded_size
from digest.rendering.cleaning import clean_line, safe_link, shorten
from digest.rendering.plaintext import list_link, wrap

MAX_SOURCE = 4000
# Bytes of the intro in the mail, and what inlining adds to a tag at most.
MAX_SIZE = 30_000
_STYLE_SIZE = 120
_TAGS = {"p", "a", "em", "strong", "ul", "ol", "li", "blockquote", "code", "br"}
# Raw HTML is shown, not run. Headings would break the letter's order of headings; images would need the network.
_PARSER = MarkdownIt("commonmark", {"html": False}).disable(
    ["heading", "lheading", "image", "html_block", "fence", "code"]
)


class PlainIntro(NamedTuple):
    """An intro as plain text, with how many links it lists."""

    text: str
    links: int


def intro_to_html(source: str) -> SafeString:
    """Return paragraphs, lists, emphasis and https links. All else is text.

    An intro whose markup would outweigh the letter becomes one plain paragraph.
    """
    # nh3 keeps only what is listed; every attribute but an https href is gone.
    rendered = nh3.clean(
        _PARSER.render(_clean(source)), tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"https"}, link_rel=None
    ).strip()
    if encoded_size(rendered) + rendered.count("<") * _STYLE_SIZE > MAX_SIZE:
        rendered = f"<p>{html.escape(shorten(clean_line(_clean(source), limit=MAX_SOURCE), columns=1200))}</p>"
    return SafeString(rendered)


def intro_to_text(source: str) -> PlainIntro:
    """Return wrapped paragraphs with links as "words [1]" and the list of links below them."""
    text = ""
    links: list[str] = []
    openings: list[str] = []
    depth = 0
    tight = False
    for token in _PARSER.parse(_clean(source)):
        if token.type in {"bullet_list_open", "ordered_list_open", "blockquote_open"}:
            depth += 1
            tight = tight and depth > 1
        elif token.type in {"bullet_list_close", "ordered_list_close", "blockquote_close"}:
            depth -= 1
        elif token.type == "list_item_open":
            openings = [f"{token.info}. " if token.info else "- "]
        elif token.type == "paragraph_open":
            # The items of a tight list follow each other without blank lines.
            text += "\n" if tight and token.hidden else "\n\n"
            tight = token.hidden
        elif token.type == "inline":
            indent = "  " * min(depth, 6)
            first = indent[2:] + openings.pop() if openings else indent
            lines = _words(token, links).split("\n")
            text += "\n".join(
                [wrap(lines[0], indent=indent, first=first), *(wrap(line, indent=indent) for line in lines[1:])]
            )
    listed = "\n".join(list_link(url, number=str(number), label="Link") for number, url in enumerate(links, start=1))
    return PlainIntro(f"{text.strip()}\n\n{listed}".strip(), len(links))


def _words(token: Token, links: list[str]) -> str:
    words: list[str] = []
    open_urls: list[str] = []
    for child in token.children or []:
        if child.type == "link_open":
            open_urls.append(safe_link(str(child.attrGet("href") or "")))
        elif child.type == "link_close":
            if url := open_urls.pop():
                links.append(url)
                words.append(f" [{len(links)}]")
        elif child.type in {"softbreak", "hardbreak"}:
            words.append(" " if child.type == "softbreak" else "\n")
        else:
            words.append(child.content)
    return "".join(words)


def _clean(source: str) -> str:
    lines = source[:MAX_SOURCE].replace("\r\n", "\n").split("\n")
    # Indentation nests lists.
    return "\n".join(" " * (len(line) - len(line.lstrip(" "))) + clean_line(line, limit=MAX_SOURCE) for line in lines)
