"""Sentry, where an operator wants it: loaded by name, so that nobody else needs to install it.

Sends no addresses, no bodies, no variables of frames, and no performance data.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from digest.logs import hide_private

HINT = "SENTRY_DSN is set, and Sentry's package is missing: pip install -c constraints.txt sentry-sdk"
# What an event may say about a request: not its cookies, headers, body or query.
KEPT_OF_REQUEST = ("method", "url")


def start_sentry(dsn: str) -> None:
    """Report errors there. Raises ImproperlyConfigured without the package or with a wrong address."""
    try:
        sentry: Any = import_module("sentry_sdk")
    except ImportError as error:
        raise ImproperlyConfigured(HINT) from error
    try:
        sentry.init(
            dsn=dsn,
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            before_send=lambda event, _hint: clean_event(event),
        )
    except ValueError as error:  # its text may quote the address with its key
        raise ImproperlyConfigured("SENTRY_DSN must look like https://key@sentry.example.org/1.") from error


def clean_event(event: dict[str, Any]) -> dict[str, Any]:
    """The event with every text cleaned, and of the request only method and cleaned address."""
    request = event.get("request") or {}
    kept = {name: str(request[name]).partition("?")[0] for name in KEPT_OF_REQUEST if name in request}
    cleaned = _clean({name: part for name, part in event.items() if name not in {"user", "request"}})
    return {**cleaned, **({"request": _clean(kept)} if kept else {})}


def _clean(part: Any) -> Any:
    if isinstance(part, str):
        return hide_private(part)
    if isinstance(part, dict):
        return {name: _clean(value) for name, value in part.items()}
    return [_clean(value) for value in part] if isinstance(part, list | tuple) else part
