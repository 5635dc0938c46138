"""Who the readers of a campaign are: a number tells the address and what should become of them."""

from __future__ import annotations

DOMAINS = ("a.example", "b.example", "c.example", "mail.example")


def address(number: int, *, kind: str = "reader") -> str:
    """The address of reader number so-and-so; its kind tells what should become of them."""
    return f"{kind}{number:05}@{DOMAINS[number % len(DOMAINS)]}"


def kind_of(number: int) -> str:
    """One in fifty has no mailbox any more, one in a hundred must not be written to, one has an odd zone."""
    if number % 50 == 7:
        return "gone"
    if number % 100 == 3:
        return "suppressed"
    return "oddzone" if number % 100 == 5 else "reader"
