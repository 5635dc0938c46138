"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import path

from subscriptions import manage_pages, views

urlpatterns = [
    path("subscribe/", views.subscribe, name="subscribe"),
    path("confirm/<str:token>/", views.confirm_signup, name="confirm"),
    path("manage/", views.manage_request, name="manage-request"),
    path("manage/<str:token>/", manage_pages.manage, name="manage"),
    # Some mail programs drop the last slash, and a redirect would lose their POST.
    path("leave/<str:token>", views.leave_list),
    path("leave/<str:token>/", views.leave_list, name="leave"),
]
