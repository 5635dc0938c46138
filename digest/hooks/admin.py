"""Outgoing webhooks on the desk: whom we call, and what became of the calls."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import now

from digest.desk import DeskAdmin, ReadOnlyAdmin
from digest.hooks.models import Hook, HookCall


@admin.register(Hook)
class HookAdmin(DeskAdmin):
    """Addresses of other programs. Making one needs the command, which shows its secret."""

    list_display = ("url", "kinds", "is_active", "created_at")
    readonly_fields = ("url", "kinds", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # admin's signature
        """Nobody adds one here."""
        return False


@admin.register(HookCall)
class HookCallAdmin(ReadOnlyAdmin):
    """Calls, to look at and to try again."""

    list_display = ("kind", "reference", "hook", "state", "attempts", "due_at", "error")
    list_filter = ("state", "kind")
    actions: ClassVar = ["try_again"]

    @admin.action(description="Try again", permissions=["repeat"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[HookCall]) -> None:
        """Make the calls that were given up once more."""
        again = queryset.filter(state=HookCall.State.FAILED).update(state="waiting", attempts=0, due_at=now())
        self.message_user(request, f"{again} will be made again.")

    def has_repeat_permission(self, request: HttpRequest) -> bool:
        """Who may change calls."""
        user: Any = request.user
        return bool(user.has_perm("hooks.change_hookcall"))
