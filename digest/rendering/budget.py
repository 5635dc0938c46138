"""The byte budget of a digest: mail programs hide what lies beyond about 100 kB of HTML, so ours stays under 80 kB.

Sizes are upper bounds of the quoted-printable form, which is never smaller than the plain one.
"""

from __future__ import annotations

import string
from collections.abc import Callable

from digest.rendering.content import Detail

LIMIT = 80_000
_AS_IT_IS = (string.digits + string.ascii_letters + string.punctuation.replace("=", "") + " ").encode()


def encoded_size(text: str) -> int:
    """Return at most how many bytes the text takes as quoted-printable UTF-8, line ends included."""
    raw = text.encode()
    # Blanks at the end of a line are escaped as well.
    blanks = raw.count(b" \n") + raw.count(b"\t\n")
    escaped = len(raw) + 2 * (len(raw.translate(None, _AS_IT_IS)) + blanks)
    # A dot or a "From " at the start of a line takes eight more at most.
    lines = escaped // 73 + raw.count(b"\n") + 1
    touchy = min(raw.count(b".") + raw.count(b"From "), lines)
    # A line holds 73 to 75 of these and three more for its soft break; a link's last part may have one of its own.
    return escaped * 76 // 73 + 3 + 3 + 8 * touchy


def fit_cards(count: int, *, room: int, size: Callable[[int, Detail], int], most: Detail = Detail.FULL) -> list[Detail]:
    """Return how much to show of each of `count` cards so that all fit into `room` bytes.

    No card shows more than `most`. `size` tells the bytes of the card at an index. From the last card
    up: first excerpts shorten, then cards fall to their titles, then they are left to the page the
    letter links to. So the first papers stay whole the longest.
    """
    details = [most] * count
    total = sum(size(index, most) for index in range(count))
    for detail in sorted((detail for detail in Detail if detail < most), reverse=True):
        for index in range(count - 1, -1, -1):
            if total <= room:
                return details
            total += size(index, detail) - size(index, details[index])
            details[index] = detail
    return details
