"""Shows an edition's intro as the mail will, while it is typed. Stores nothing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from digest.desk import DeskAdmin
from digest.rendering.markdown import MAX_SOURCE, intro_to_html


class IntroAdmin(DeskAdmin):
    """Adds the rendering of Markdown that the form asks for."""

    def get_urls(self) -> list[URLPattern]:
        """The form's addresses, and the one that its script asks."""
        show = self.admin_site.admin_view(require_POST(self.show_intro))
        return [path("show-intro/", show, name="composing_edition_show_intro"), *super().get_urls()]

    def show_intro(self, request: HttpRequest) -> HttpResponse:
        """The typed Markdown as the safe HTML of the mail. A post, since an intro is longer than an address may be."""
        if not any(request.user.has_perm(f"composing.{right}_edition") for right in ("add", "change")):
            raise PermissionDenied
        typed: Any = request.POST.get("intro", "")
        answer = HttpResponse(intro_to_html(typed[:MAX_SOURCE]))
        answer.headers["Cache-Control"] = "no-store"
        return answer
