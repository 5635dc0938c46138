"""Addresses that the providers call."""

from __future__ import annotations

from django.urls import URLPattern, re_path

from digest.delivery import webhooks

urlpatterns: list[URLPattern] = [
    # A redirect to add a missing slash would lose the events.
    re_path(r"^(?P<provider>[a-z_]+)/tracking/?$", webhooks.receive, name="webhook"),
]
