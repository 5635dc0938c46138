"""Every error of the API has one shape: {"error": {"code", "message", "fields"}}."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

logger = logging.getLogger(__name__)


class FieldError(Schema):
    """What is wrong with one value."""

    field: str
    message: str


class ErrorBody(Schema):
    """What went wrong: `code` for programs, `message` for people."""

    code: str
    message: str
    fields: list[FieldError] = Field(default_factory=list)


class ErrorAnswer(Schema):
    """An error."""

    error: ErrorBody


class ApiError(Exception):
    """An answer that is an error. `fields` maps a value's name to its trouble."""

    def __init__(self, status: int, code: str, message: str, *, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, fields or {}
        self.headers: dict[str, str] = {}


CRASHED = 500
CODES = {400: "bad_request", 401: "unauthenticated", 403: "forbidden", 404: "not_found", 413: "too_large"}


def register_errors(api: NinjaAPI) -> None:
    """Give each kind of error its answer."""

    def handle(request: HttpRequest, error: Any) -> HttpResponse:
        problem = describe(error)
        if problem.status == CRASHED:
            # Not inside an `except` block here, so the traceback is handed over.
            where = request.resolver_match.route if request.resolver_match else ""
            logger.error("The API failed at %s.", where, exc_info=error)
        fields = [{"field": name, "message": text} for name, text in problem.fields.items()]
        body = {"error": {"code": problem.code, "message": problem.message, "fields": fields}}
        response = api.create_response(request, body, status=problem.status)
        for name, value in problem.headers.items():
            response.headers[name] = value
        return response

    for kind in (ApiError, ValidationError, AuthenticationError, HttpError, Http404, RequestDataTooBig, Exception):
        api.add_exception_handler(kind, handle)


def describe(error: Exception) -> ApiError:
    """The answer for an error of the framework, of the library, or of nobody's making."""
    match error:
        case ApiError():
            problem = error
        case ValidationError():
            fields = {_name(item): str(item.get("msg", "")) for item in error.errors}
            problem = ApiError(422, "invalid", "Some values are missing or wrong.", fields=fields)
        case AuthenticationError():
            problem = ApiError(401, "unauthenticated", "Send a valid token: Authorization: Bearer pb_…")
            problem.headers["WWW-Authenticate"] = "Bearer"
        case HttpError():
            problem = ApiError(error.status_code, CODES.get(error.status_code, "error"), str(error))
        case Http404():
            problem = ApiError(404, "not_found", "There is nothing at this address.")
        case RequestDataTooBig():
            limit = (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 1024
            problem = ApiError(413, "too_large", f"A body may have {limit} KB.")
        case _:
            problem = ApiError(CRASHED, "failed", "Something failed on our side. Please try again later.")
    return problem


def _name(item: dict[str, Any]) -> str:
    """The value's own name: where it stands, without the part of the request, and without our name for a body."""
    place, *parts = [str(part) for part in item.get("loc", ())] or ["body"]
    return ".".join(parts[1:] if place == "body" else parts) or "body"
