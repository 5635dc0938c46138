"""What every page template may know about the site."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def site(_request: HttpRequest) -> dict[str, object]:
    """The site's name, address and byline for page templates."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "curator_name": settings.CURATOR_NAME,
        "mailbox_on": settings.DEBUG,
    }
