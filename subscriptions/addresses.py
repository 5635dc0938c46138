"""Reads, folds and hashes mail addresses. Looks nothing up on the network."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from django.conf import settings
from email_validator import EmailNotValidError, validate_email

GMAIL_DOMAINS = frozenset({"gmail.com", "googlemail.com"})


def clean_address(text: str) -> str:
    """The address as mail can carry it: the typed local part, the domain lower-cased and in A-labels.

    Raises `ValueError` with a sentence for the person who typed it.
    """
    typed = unicodedata.normalize("NFC", text).strip()
    local, at, _ = typed.rpartition("@")
    if not at:
        raise ValueError("An address has an @ sign in it, like ada@example.org.")
    if not local.isascii():
        raise ValueError(
            "We cannot write to an address with accents or other non-English letters before the @ sign. "
            "Please use another address."
        )
    try:
        parts = validate_email(typed, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as problem:
        raise ValueError(f"This address does not work: {_lower_first(str(problem))}") from problem
    return f"{parts.local_part}@{parts.ascii_domain.lower()}"


def address_key(address: str) -> str:
    """One key per person: spellings that differ only in case or in the domain's form give the same."""
    try:
        return clean_address(address).casefold()
    except ValueError:
        # A provider may report an address that was stored before a rule changed: still one key.
        return unicodedata.normalize("NFC", address).strip().casefold()


def mailbox_key(address: str) -> str:
    """One key per mailbox: plus tags gone and, at Gmail, dots. For limits only, never to find a person."""
    return _fold_mailbox(address_key(address))


def hash_address(address: str) -> str:
    """The keyed hash (HMAC-SHA256, hex) that outlives an erased person's data."""
    return _hash_key(address_key(address))


def address_columns(address: str) -> dict[str, str]:
    """The four columns a subscriber's row keeps of one clean address."""
    key = address.casefold()
    return {"email": address, "email_key": key, "mailbox_key": _fold_mailbox(key), "address_hash": _hash_key(key)}


def _fold_mailbox(key: str) -> str:
    local, _, domain = key.rpartition("@")
    name = local.partition("+")[0]
    if domain in GMAIL_DOMAINS:
        name, domain = name.replace(".", ""), "gmail.com"
    return f"{name}@{domain}" if name else key


def _hash_key(key: str) -> str:
    return hmac.new(settings.SUPPRESSION_KEY.encode(), key.encode(), hashlib.sha256).hexdigest()


def _lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
