"""The addresses of readers' pages: those that mails lead to, and all that a worker needs to know."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("digest.web.urls")),
    path("", include("subscriptions.urls")),
]
