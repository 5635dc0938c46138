"""API tokens on the desk: to look at and to revoke. Making one needs the command, which shows it once."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import now

from digest.api.models import ApiToken
from digest.desk import ReadOnlyAdmin


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens of programs."""

    list_display = ("name", "prefix", "scopes", "used_at", "expires_at", "revoked_at")
    actions: ClassVar = ["revoke"]

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Let these tokens open nothing any more, at once."""
        changed = queryset.filter(revoked_at=None).update(revoked_at=now())
        self.message_user(request, f"{changed} revoked.")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Who may change tokens."""
        user: Any = request.user
        return bool(user.has_perm("api.change_apitoken"))
