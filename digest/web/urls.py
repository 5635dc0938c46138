"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import path

from digest.web import pages

urlpatterns = [
    path("", pages.front, name="front"),
]
