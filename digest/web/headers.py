"""What browsers are told on every page: no scripts but ours, no other sites, no framing."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

Answer = Callable[[HttpRequest], HttpResponse]

PUBLIC_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PERMISSIONS = (
    "accelerometer=(), browsing-topics=(), camera=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), payment=(), usb=()"
)
# The desk's skin brings scripts and styles of its own inside its pages; still nothing from elsewhere.
DESK = "/admin/"
DESK_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
FIRST_ERROR = 400


def security_headers(get_response: Answer) -> Answer:
    """Middleware: add the policies to a response that has none of its own."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        response.headers.setdefault("Referrer-Policy", settings.SECURE_REFERRER_POLICY)
        if not _is_debug_page(request, response):
            policy = DESK_POLICY if request.path.startswith(DESK) else PUBLIC_POLICY
            response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return answer


def keep_private(response: HttpResponse) -> HttpResponse:
    """Mark a page as nobody's to store or to index."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    patch_vary_headers(response, ["Cookie"])
    return response


def _is_debug_page(request: HttpRequest, response: HttpResponse) -> bool:
    """Django's own error pages, seen in development only, are styled inside the page."""
    ours = getattr(request, "is_our_error_page", False)
    return settings.DEBUG and response.status_code >= FIRST_ERROR and not ours
