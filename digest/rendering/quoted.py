"""Quoted-printable in fragments that join: what is encoded apart, put together, decodes to the whole.

Every fragment starts a line and ends one, by a soft break where its text does not. So slots need no
re-wrapping, and no line of a mail depends on another. A dot never starts a line, so the bytes are
the same in a file and on an SMTP connection; nor does "From ", which old mailboxes would change.
"""

from __future__ import annotations

import binascii
import re

SOFT_BREAK = b"=\r\n"
# Stands in ready bytes for what is one reader's own; no quoted-printable text holds it.
OWN_PLACE = b"\0"
# Most links and numbers: one line without anything to encode.
_PLAIN_LINE = re.compile(r"(?!\.|From )[!-<>-~](?:[ -<>-~]{0,73}[!-<>-~])?")
# What ends the links of a reader's own pages. It is no other in HTML and in quoted-printable.
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,70}/?")
_TOUCHY = re.compile(rb"^(?:\.|From ).*", re.MULTILINE)
# Where a space ends a line, `b2a_qp` has no eye on the column.
_OVERLONG = re.compile(rb"^(.{74,75})(=20|=09)$", re.MULTILINE)
COLUMNS = 76
_DOT = ord(".")


def encode_quoted(text: str) -> bytes:
    """Return the text as whole lines of quoted-printable UTF-8, at most 76 columns each."""
    if not text:
        return b""
    if len(text) < COLUMNS and _PLAIN_LINE.fullmatch(text):
        return text.encode() + SOFT_BREAK
    if text.isascii() and text.isprintable() and " " not in text and "=" not in text:
        # A longer link: its last part on a line of its own, the rest in lines of one width.
        page, token = _split_link(text)
        if token:
            return encode_quoted(page) + token.encode() + SOFT_BREAK
        raw = text.encode()
        lines = SOFT_BREAK.join([raw[place : place + 75] for place in range(0, len(raw), 75)]) + SOFT_BREAK
        if raw[0] != _DOT and b"\n." not in lines:
            return lines
    raw = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    if raw.endswith(b"\n"):
        lines = binascii.b2a_qp(raw)
    else:
        # With a stand-in at the end, the last line keeps a column for its soft break.
        lines = binascii.b2a_qp(raw + b"z")[:-1]
        lines += b"" if lines.endswith(b"\n") else b"=\n"
    lines = _OVERLONG.sub(rb"\1=\n\2", lines)
    return _TOUCHY.sub(lambda line: _open_safely(line[0]), lines).replace(b"\n", b"\r\n")


def _split_link(link: str) -> tuple[str, str]:
    """A link and its last part, where it is too long for one line and that has room on the next; else no part."""
    place = link.rfind("/", 0, -1) + 1
    if len(link) >= COLUMNS and place and _TOKEN.fullmatch(link, place):
        return link[:place], link[place:]
    return link, ""


def _open_safely(line: bytes) -> bytes:
    """Escape a line's first character; what no longer fits goes to a line of its own."""
    line = b"=%02X" % line[0] + line[1:]
    if len(line) <= COLUMNS:
        return line
    place = COLUMNS - 4
    while b"=" in line[place - 2 : place]:
        place -= 1
    rest = line[place:]
    return line[:place] + b"=\n" + (_open_safely(rest) if _TOUCHY.match(rest) else rest)
