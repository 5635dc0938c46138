"""The API's addresses under /api/v1/, and its OpenAPI document."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from digest.api import guarded, public
from digest.api.errors import register_errors

api = NinjaAPI(
    title="Paperboy",
    version="1",
    description="Papers, search, topics and editions are for everybody; the rest needs a token with a scope.",
    urls_namespace="api-v1",
    # No page of its own: it would bring scripts along. The document is at /api/v1/openapi.json.
    docs_url=None,
)
register_errors(api)
api.add_router("", public.router)
api.add_router("", guarded.router)


def no_such_address(request: HttpRequest, rest: str = "") -> HttpResponse:  # noqa: ARG001  # Django's shape
    """A typed answer where a program asks for what is not there."""
    error = {"code": "not_found", "message": "There is nothing at this address.", "fields": []}
    return JsonResponse({"error": error}, status=404)


urlpatterns = [path("v1/", api.urls), path("<path:rest>", csrf_exempt(no_such_address))]
