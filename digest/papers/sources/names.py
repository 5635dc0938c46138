"""Splits and turns names of people as sources write them. Pure."""

from __future__ import annotations


def given_first(name: str) -> str:
    """The name as it is spoken, from “Family, Given” or “Family, Jr, Given”; others stay as they are."""
    family, *rest = (part.strip() for part in name.split(","))
    if not any(rest):
        return family
    *suffix, given = rest
    return " ".join(part for part in (given, family, *suffix) if part)


def split_names(text: str) -> list[str]:
    """Names from one line, parted by commas or "and"; notes in brackets are left out."""
    depth, kept = 0, []
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if depth <= 0 and letter != ")":
            kept.append(letter)
    return [name.strip() for part in "".join(kept).split(",") for name in part.split(" and ") if name.strip()]
