"""Every address of the site, by stage."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from digest.web.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("admin/", admin.site.urls),
    path("", include("digest.web.urls")),
    path("", include("subscriptions.urls")),
    path("webhooks/", include("digest.delivery.urls")),
]
