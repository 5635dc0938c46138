"""What may be kept of a provider's raw event: codes and diagnostic words, without any address. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'=]+(?:@|%40)[^\s<>()\[\],;:\"'=]+")
UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
LONGEST_TEXT = 500
LONGEST_LIST = 20
DEEPEST = 8
# Names of values worth keeping, over all providers. What is not named here is dropped:
# subjects, headers, network addresses, browsers and links say things about a person.
KEPT = re.compile(
    r"""
    event | type | status | severity | reason | code | description | message | enhanced-code | eventtype
    | notificationtype | bouncetype | bouncesubtype | diagnosticcode | action | complaintfeedbacktype
    | complaintsubtype | smtpresponse | delaytype | unsubscribeall | hard_bounce | blocked | error
    | error_related_to | comment | smtp_reply | bounce_class | raw_reason | error_code | subtype
    | readable_reason | object | delivery_status | destination_response | bounce_category
    | bounce_classification | response | response_code | recordtype | typecode | inactive | suppressionreason
    | suppresssending | details | detail | output | diag | bounce_description | event_name
    """,
    re.VERBOSE | re.IGNORECASE,
)


def clean_line(text: object) -> str:
    """The text as one line of what a database can store, addresses and all."""
    return " ".join(UNSTORABLE.sub(" ", str(text)[: 4 * LONGEST_TEXT]).split())


def scrub_text(text: object, *, recipient: str = "") -> str:
    """One line of at most 500 characters that a database can store and that names no address."""
    line = clean_line(text)
    if recipient:
        line = re.sub(re.escape(recipient), "<address>", line, flags=re.IGNORECASE)
    return ADDRESS.sub("<address>", line)[:LONGEST_TEXT]


def scrub_event(raw: Any, *, recipient: str = "", depth: int = 0) -> Any:
    """The part of a raw event that is kept: named values at any depth, and the shape that leads to them."""
    if depth > DEEPEST:
        return None
    if isinstance(raw, Mapping):
        parts = {str(name): _scrub_part(str(name), part, recipient, depth) for name, part in raw.items()}
        return {scrub_text(name): part for name, part in parts.items() if part not in (None, {}, [])}
    if isinstance(raw, list | tuple):
        kept = (scrub_event(part, recipient=recipient, depth=depth + 1) for part in raw[:LONGEST_LIST])
        return [part for part in kept if part]
    return None


def _scrub_part(name: str, part: Any, recipient: str, depth: int) -> Any:
    if isinstance(part, Mapping | list | tuple):
        return scrub_event(part, recipient=recipient, depth=depth + 1)
    if part is None or not KEPT.fullmatch(name):
        return None
    if isinstance(part, bool):
        return part
    if isinstance(part, int | float) and math.isfinite(part) and abs(part) < 2**53:
        return part
    return scrub_text(part, recipient=recipient)
