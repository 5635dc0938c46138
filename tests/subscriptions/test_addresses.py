"""Addresses: what is kept, what is refused, what is the same person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from subscriptions.addresses import address_columns, address_key, clean_address, hash_address, mailbox_key

LOCAL = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_+-]{0,20}[A-Za-z0-9])?", fullmatch=True)
HOST = st.from_regex(r"[A-Za-z]([A-Za-z0-9]{0,20})\.(org|COM|Net)", fullmatch=True)


def test_the_local_part_keeps_its_case_and_the_domain_loses_it() -> None:
    assert clean_address(" Ada.Lovelace@Example.ORG ") == "Ada.Lovelace@example.org"


def test_a_domain_beyond_ascii_becomes_a_labels() -> None:
    assert clean_address("ada@bücher.example.org") == "ada@xn--bcher-kva.example.org"
    assert address_key("ada@BÜCHER.example.org") == address_key("ada@xn--bcher-kva.example.org")


def test_a_local_part_beyond_ascii_is_refused_in_plain_words() -> None:
    with pytest.raises(ValueError, match="before the @ sign"):
        clean_address("jürgen@example.org")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@example",
        "a b@example.org",
        "ada@example.org\nBcc: eve@example.org",
        "ada@example.org, eve@example.org",
        "Ada <ada@example.org>",
        "x" * 65 + "@example.org",
        "ada@[127.0.0.1]",
    ],
)
def test_what_is_no_single_address_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        clean_address(text)


def test_gmail_dots_and_plus_tags_are_one_mailbox_but_not_one_person() -> None:
    spellings = ["a.d.a@gmail.com", "ada+papers@googlemail.com", "ADA@gmail.com"]
    assert {mailbox_key(spelling) for spelling in spellings} == {"ada@gmail.com"}
    assert len({address_key(spelling) for spelling in spellings}) == 3
    assert mailbox_key("a.da+x@example.org") == "a.da@example.org"


def test_the_hash_depends_on_the_key(settings: Settings) -> None:
    before = hash_address("ada@example.org")
    settings.SUPPRESSION_KEY = "another"
    assert hash_address("ada@example.org") != before
    assert len(before) == 64


@given(LOCAL, HOST)
def test_cleaning_and_folding_agree_for_every_spelling(local: str, host: str) -> None:
    clean = clean_address(f"{local}@{host}")
    assert clean_address(clean) == clean
    assert address_key(f"{local.upper()}@{host.upper()}") == address_key(clean)
    assert hash_address(f"{local}@{host}") == hash_address(clean.upper())
    columns = address_columns(clean)
    assert columns["email_key"] == address_key(clean)
    assert columns["mailbox_key"] == mailbox_key(clean)
    assert columns["address_hash"] == hash_address(clean)


@given(st.text())
def test_any_text_is_an_address_or_a_sentence(text: str) -> None:
    try:
        answer = clean_address(text)
    except ValueError as problem:
        answer = str(problem)
    assert answer.endswith((".", ")")) or (answer.isascii() and answer.count("@") == 1)
    assert len(hash_address(text)) == 64
