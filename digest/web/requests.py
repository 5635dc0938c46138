"""Names each request and writes one line about it: the route, never the path, which may carry a token."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from digest.logs import telling

logger = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], HttpResponse]
# Asked every few seconds by machines; worth a line only when they fail.
QUIET = frozenset({"healthz", "readyz", "metrics"})
A_FITTING_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
FIRST_ERROR = 400


def request_line(get_response: Answer) -> Answer:
    """Middleware: take the proxy's X-Request-ID or make one, say it in the answer, log the outcome."""

    def answer(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if A_FITTING_ID.fullmatch(given) else secrets.token_hex(8)
        started = time.perf_counter()
        with telling(request_id=request_id):
            response = get_response(request)
            _log(request, response.status_code, time.perf_counter() - started)
        response.headers["X-Request-ID"] = request_id
        return response

    return answer


def _log(request: HttpRequest, status: int, seconds: float) -> None:
    match = request.resolver_match
    route = match.route if match else "(no such page)"
    if route in QUIET and status < FIRST_ERROR:
        return
    about = {"route": route, "method": request.method, "status": status, "milliseconds": round(seconds * 1000, 1)}
    logger.info("%s /%s %s in %.0f ms", request.method, route, status, seconds * 1000, extra=about)
