"""The listing pages: front, day, week and month."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def front(request: HttpRequest) -> HttpResponse:
    """This week's papers."""
    return render(request, "site/listing.html")
