"""Our own strict writing of header lines, as bytes: encoded words, folding, and a gate against injection."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from email.utils import formataddr, parseaddr

# Of an encoded word of at most 75 columns, so many bytes are text; the first has a header's name before it.
_WORD_BYTES = 36
_LINE = 76
# The two ranges of control characters, Unicode's line ends, and halves of surrogate pairs.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NEEDS_WORDS = re.compile(r"[^ -~]|=\?")
# Headers of one word each; together no longer than one line may be.
_WORDS = re.compile(r"(?:[A-Za-z-]+: [!-~]+\r\n)+")
_LONGEST = 998
_ADDRESS = re.compile(r"[!-'*+\-./0-9=?A-Z^-~]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")


class MessageRefusedError(Exception):
    """Our own gate will not let this message out; the text says why."""


def write_text(name: str, value: str) -> bytes:
    """A header of free text; what is not ASCII becomes encoded words."""
    check_printable(value)
    if _NEEDS_WORDS.search(value):
        return f"{name}: {encode_words(value)}\r\n".encode("ascii")
    return _fold(f"{name}: {value}").encode("ascii") + b"\r\n"


def write_whole(name: str, value: str) -> bytes:
    """A header of one word, such as a link, which stays on one line however long."""
    check_printable(value)
    line = f"{name}: {value}\r\n"
    if not line.isascii() or " " in value or len(line) > 998 + 2:
        raise MessageRefusedError(f"The header {name} does not fit on one line of ASCII.")
    return line.encode("ascii")


def write_all(headers: Mapping[str, str]) -> bytes:
    """Several headers of one word each."""
    lines = "".join(map("%s: %s\r\n".__mod__, headers.items()))
    if len(lines) <= _LONGEST and _WORDS.fullmatch(lines) and lines.count("\n") == len(headers):
        return lines.encode("ascii")
    # Which one is it?
    return b"".join([write_whole(name, value) for name, value in headers.items()])


def write_named(name: str, display: str, address: str) -> bytes:
    """A header of a name and an address or id in angle brackets."""
    check_printable(display + address)
    shown = encode_words(display) if _NEEDS_WORDS.search(display) else formataddr((display, "")).removesuffix(" <>")
    return f"{name}: {shown} <{address}>".lstrip().encode("ascii") + b"\r\n"


def write_from(value: str) -> bytes:
    """The From header of a setting such as "Paperboy <digest@example.org>"."""
    display, address = parseaddr(value)
    plain = check_address(address)
    return write_named("From", display, plain) if display else write_whole("From", plain)


def encode_words(text: str) -> str:
    """The text as encoded words (RFC 2047), one a line, split between characters."""
    words, chunk = [], b""
    for character in text:
        raw = character.encode()
        if len(chunk) + len(raw) > _WORD_BYTES:
            words.append(chunk)
            chunk = b""
        chunk += raw
    words.append(chunk)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words)


def check_address(address: str) -> str:
    """The address, if it is exactly one, plain and ASCII."""
    if not _ADDRESS.fullmatch(address):
        raise MessageRefusedError("A digest goes to exactly one plain address.")
    return address


def check_printable(value: str) -> None:
    """Refuse control characters: they could start a header of somebody else's.

    Joiners, soft hyphens and no-break spaces are not printable to Python, and belong to titles.
    """
    if _CONTROL.search(value):
        raise MessageRefusedError("A header holds a control character.")


def _fold(line: str) -> str:
    """Break a long line at its spaces."""
    if len(line) <= _LINE:
        return line
    lines: list[str] = []
    for word in line.split(" "):
        if len(lines) > 0 and len(lines[-1]) + len(word) < _LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    # The header's name may not stand alone.
    return "\r\n ".join([" ".join(lines[:2]), *lines[2:]] if lines[0].endswith(":") else lines)
