"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import path

from subscriptions import manage_pages, move_pages, views

urlpatterns = [
    path("subscribe/", views.subscribe, name="subscribe"),
    path("confirm/<name:token>/", views.confirm_signup, name="confirm"),
    path("manage/", views.manage_request, name="manage-request"),
    path("manage/<name:token>/", manage_pages.manage, name="manage"),
    path("move/<name:token>/", move_pages.move, name="move"),
    path("never/<name:token>/", move_pages.never, name="never"),
    # Some mail programs drop the last slash, and a redirect would lose their POST.
    path("leave/<name:token>", views.leave_list),
    path("leave/<name:token>/", views.leave_list, name="leave"),
]
