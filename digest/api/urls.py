"""The API's addresses under /api/v1/, and its OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.urls import URLPattern, path, re_path
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


def no_such_address(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # Django's shape
    """A typed answer where a program asks for what is not there."""
    return _tell("not_found", "There is nothing at this address.", status=404)


def typed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, whose answer to a wrong method is typed like every other error; the library's is plain text."""

    @csrf_exempt  # As the library's own views are: tokens are not sent by browsers.
    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        found = view(request, *args, **kwargs)
        if not isinstance(found, HttpResponseNotAllowed):
            return found
        allowed = found.headers["Allow"]
        problem = _tell("method_not_allowed", f"Here one may only {allowed}.", status=405)
        problem.headers["Allow"] = allowed
        return problem

    return answer


def _tell(code: str, message: str, *, status: int) -> HttpResponse:
    return JsonResponse({"error": {"code": code, "message": message, "fields": []}}, status=status)


def _list_addresses() -> list[URLPattern]:
    patterns = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    for pattern in patterns:
        pattern.callback = typed(pattern.callback)
    return patterns


urlpatterns = [
    path("v1/", (_list_addresses(), "ninja", "api-v1")),
    # Whatever else, line breaks included, which Django's own pattern for paths leaves out.
    re_path("^", csrf_exempt(no_such_address)),
]
