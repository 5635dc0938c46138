"""Makes the calls that are owed: signed, to public https addresses only, and again after growing waits.

The signature is the one of standardwebhooks.com: receivers need no code of their own to check it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import logging
import time
from contextlib import closing
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F

from digest.hooks.models import Hook, HookCall
from digest.papers.fetch import split_address
from digest.papers.sources.base import FetchError
from digest.papers.wire import GuardedWire, LoopbackWire, Wire

logger = logging.getLogger(__name__)

State = HookCall.State
TIMEOUT_SECONDS = 10.0
# Longer than one call may take, so that no second worker makes it as well.
LEASE = timedelta(minutes=2)
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 1440))
LONGEST_RUN_SECONDS = 60.0
# Longer than `gather.WATCHED` looks back.
KEPT = timedelta(days=40)
TAKEN, GONE = range(200, 300), 410


def call_waiting(*, now: datetime, limit: int = 100) -> int:
    """Make up to `limit` calls that are due; return how many were taken."""
    deadline = time.monotonic() + LONGEST_RUN_SECONDS
    due = HookCall.objects.filter(state=State.WAITING, due_at__lte=now, hook__is_active=True)
    done = 0
    # A hook that fails lets the others go first.
    for call in due.select_related("hook").order_by("attempts", "due_at", "id")[:limit]:
        if time.monotonic() > deadline:
            break
        done += _claim(call, now) and _make(call, now)
    return done


def sign(secret: str, *, call_id: str, timestamp: int, body: bytes) -> str:
    """The value of the header `webhook-signature`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{call_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def forget_calls(*, now: datetime) -> int:
    """Delete what was settled long ago; return how many."""
    old = HookCall.objects.exclude(state=State.WAITING).filter(created_at__lt=now - KEPT)
    gone, _ = HookCall.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:10_000])).delete()
    return gone


def _claim(call: HookCall, now: datetime) -> bool:
    mine = HookCall.objects.filter(pk=call.pk, state=State.WAITING, due_at=call.due_at)
    return mine.update(due_at=now + LEASE, attempts=F("attempts") + 1) == 1


def _make(call: HookCall, now: datetime) -> bool:
    try:
        status = _post(call, now)
    except (OSError, http.client.HTTPException, FetchError) as error:
        _put_off(call, f"{type(error).__name__}: {error}", now)
        return False
    if status in TAKEN:
        HookCall.objects.filter(pk=call.pk).update(state=State.DONE, error="")
        return True
    if status == GONE:
        Hook.objects.filter(pk=call.hook_id).update(is_active=False)
        logger.warning("Hook %s says that it is gone; it is not called any more.", call.hook_id)
    _put_off(call, f"It answered {status}.", now)
    return False


def _post(call: HookCall, now: datetime) -> int:
    """The status that the receiver answered. Redirects are not followed."""
    host = urlsplit(call.hook.url).hostname or ""
    _, target = split_address(call.hook.url, hosts={host})
    body = json.dumps({"type": call.kind, "timestamp": call.happened_at.isoformat(), "data": call.data}).encode()
    call_id, stamp = f"call_{call.pk}", int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Paperboy/1 (+{settings.SITE_URL})",
        "Connection": "close",
        "webhook-id": call_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign(call.hook.secret, call_id=call_id, timestamp=stamp, body=body),
    }
    connection = http.client.HTTPConnection(host)
    with closing(connection):
        # Set beforehand, so that the client never resolves a name or connects by itself.
        connection.sock = _open_wire().connect(host, timeout=TIMEOUT_SECONDS)
        connection.request("POST", target, body=body, headers=headers)
        return connection.getresponse().status


def _open_wire() -> Wire:
    port = settings.FETCH_LOOPBACK_PORT
    return LoopbackWire(port) if port else GuardedWire()


def _put_off(call: HookCall, reason: str, now: datetime) -> None:
    if call.attempts < len(WAITS):
        HookCall.objects.filter(pk=call.pk).update(due_at=now + WAITS[call.attempts], error=reason[:300])
    else:
        HookCall.objects.filter(pk=call.pk).update(state=State.FAILED, error=reason[:300])
        logger.error("A call of hook %s was given up.", call.hook_id)
