"""Every address of the site, by stage."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from digest.web.health import healthz, readyz
from digest.web.metrics import metrics

# Here, and not with the apps: workers have no desk, which takes a tenth of their memory.
admin.autodiscover()

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("admin/", admin.site.urls),
    path("", include("digest.reader_urls")),
    path("api/", include("digest.api.urls")),
    path("webhooks/", include("digest.delivery.urls")),
]

handler400 = "digest.web.errors.bad_request"
handler403 = "digest.web.errors.permission_denied"
handler404 = "digest.web.errors.page_not_found"
handler500 = "digest.web.errors.server_error"
