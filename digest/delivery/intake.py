"""From events as Anymail parsed them to stored rows: one insert a request, nothing looked up, nothing acted on."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType
from django.conf import settings

from digest.delivery.bounces import classify
from digest.delivery.models import Event
from digest.delivery.scrub import clean_line, scrub_event, scrub_text
from subscriptions.addresses import hash_address

logger = logging.getLogger(__name__)

# Readers are not watched: what a provider tells about opening and clicking is not kept.
NOT_KEPT = frozenset({EventType.OPENED, EventType.CLICKED})
# Proofs of a delivery attempt, not of an event: a repeated call may carry new ones.
VOLATILE = frozenset({"signature", "token", "auth"})
# Mailgun's event id is the token of the call, which is new when the same event is sent again.
WITHOUT_EVENT_ID = frozenset({"mailgun"})
CLOCK_SKEW = timedelta(hours=1)
LARGEST_ID = 2**63 - 1


def store_events(*, provider: str, events: Iterable[AnymailTrackingEvent], now: datetime) -> int:
    """Store what is worth keeping of these events and return how many; those already known stay as they are.

    Raises the database's errors, so that the provider is told to call again.
    """
    rows = [row for event in events if (row := _build_row(provider, event, now))]
    Event.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


def _build_row(provider: str, event: AnymailTrackingEvent, now: datetime) -> Event | None:
    """One event as a row; None for what is not kept. An odd one must not stop the others of its batch."""
    if event.event_type in NOT_KEPT:
        return None
    try:
        return _fill_row(provider, event, now)
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        logger.warning("An event of %s made no sense and was dropped: %s.", provider, type(error).__name__)
        return None


def _fill_row(provider: str, event: AnymailTrackingEvent, now: datetime) -> Event:
    raw = _plain(event.esp_event)
    text = json.dumps({name: raw[name] for name in raw if name not in VOLATILE}, sort_keys=True, default=str)
    recipient = _bare_address(event.recipient)
    finding = classify(provider=provider, event=event)
    payload = {"event": scrub_event(raw, recipient=recipient)}
    if digest_id := _find_digest_id(event, text):
        payload["digest"] = digest_id
    return Event(
        provider=provider,
        key=_make_key(provider, event, text, recipient),
        kind=finding.kind,
        our_fault=finding.ours,
        address_hash=hash_address(recipient) if recipient else "",
        # Often shaped like an address, yet nobody's; kept whole, as the hand-over recorded it.
        provider_id=clean_line(event.message_id or "")[:200],
        detail=scrub_text(event.mta_response or event.description or "", recipient=recipient),
        payload=payload,
        occurred_at=_read_moment(event.timestamp, now),
        received_at=now,
    )


def _make_key(provider: str, event: AnymailTrackingEvent, text: str, recipient: str) -> str:
    """Ours: some providers give no id, some one id for several readers, some a new id for each call."""
    own = "" if provider in WITHOUT_EVENT_ID else str(event.event_id or "")
    parts = [provider, own or text, str(event.event_type), recipient.casefold()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _find_digest_id(event: AnymailTrackingEvent, text: str) -> int | None:
    """The digest an event names: by the metadata we sent along, else by the Message-ID we gave it."""
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    named = str(metadata.get("digest", ""))
    if not re.fullmatch(r"[0-9]{1,19}", named):
        found = re.search(rf"\bdigest-([0-9]{{1,19}})@{re.escape(settings.SITE_HOST)}(?![\w.-])", text)
        named = found[1] if found else "0"
    return number if 0 < (number := int(named)) <= LARGEST_ID else None


def _plain(raw: Any) -> dict[str, Any]:
    """A raw event as a dictionary; form posts of several values a name keep the last one."""
    if hasattr(raw, "dict"):
        raw = raw.dict()
    return raw if isinstance(raw, dict) else {"odd": raw}


def _bare_address(recipient: object) -> str:
    text = str(recipient or "").strip()
    address = parseaddr(text)[1] or text
    return address if "@" in address else ""


def _read_moment(moment: object, now: datetime) -> datetime | None:
    """When it happened; nothing where the provider does not say or names a time to come."""
    if not isinstance(moment, datetime):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware if aware <= now + CLOCK_SKEW else None
