"""`/metrics` in Prometheus' text form, for this machine or for whoever has the token."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from digest.delivery.gauges import Gauge, read_gauges
from digest.delivery.pulse import database_answers

PREFIX = "paperboy_"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# A proxy on this machine says so by one of these: then the visitor is somebody else.
FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Numbers about the flow; 403 for strangers, 503 while the database does not answer."""
    if not _may_read(request):
        return HttpResponse("Not for you.\n", status=403, content_type="text/plain")
    try:
        gauges = list(read_gauges(now=now())) if database_answers() else []
    except DatabaseError:
        gauges = []
    if not gauges:
        return HttpResponse("# The database does not answer.\n", status=503, content_type=CONTENT_TYPE)
    return HttpResponse(write_gauges(gauges), content_type=CONTENT_TYPE)


def write_gauges(gauges: Iterable[Gauge]) -> str:
    """The numbers as Prometheus reads them: each name explained once, then its samples."""
    by_name: dict[str, list[Gauge]] = {}
    for gauge in gauges:
        by_name.setdefault(gauge.name, []).append(gauge)
    lines = []
    for name, samples in by_name.items():
        lines += [f"# HELP {PREFIX}{name} {samples[0].words}", f"# TYPE {PREFIX}{name} gauge"]
        lines += [f"{PREFIX}{name}{_write_labels(sample.labels)} {sample.value:.6g}" for sample in samples]
    return "\n".join(lines) + "\n"


def _write_labels(labels: dict[str, str]) -> str:
    pairs = ",".join(f'{name}="{value.translate(ESCAPES)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        scheme, _, offered = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and constant_time_compare(offered, settings.METRICS_TOKEN)
    return _comes_from_here(request)


def _comes_from_here(request: HttpRequest) -> bool:
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:  # a unix socket has no address, and a proxy in front
        return False
