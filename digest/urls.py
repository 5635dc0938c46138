"""Every address of the site, by stage."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("digest.web.urls")),
    path("", include("subscriptions.urls")),
    path("webhooks/", include("digest.delivery.urls")),
]
