"""For whoever watches the site: is the process alive, and does the flow move."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from digest.delivery.pulse import broker_answers, database_answers, find_stalls

SILENT = "The database does not answer."


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers; asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when database and broker answer and no work is stuck, else 503 with what is wrong."""
    problems = [] if broker_answers() else ["The broker does not answer."]
    problems += _ask_database()
    return JsonResponse({"ready": not problems, "problems": problems}, status=503 if problems else 200)


def _ask_database() -> list[str]:
    try:
        return find_stalls(now=now()) if database_answers() else [SILENT]
    except DatabaseError:
        return [SILENT]
