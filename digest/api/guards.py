"""Who may call what: the bearer token, its scopes, and the share of requests."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.timezone import now
from ninja.security import HttpBearer

from digest.api.errors import ApiError
from digest.api.limits import take_turn
from digest.api.models import ApiToken
from digest.api.tokens import find_token


class TokenGuard(HttpBearer):
    """Lets tokens with a scope in. The token is then the request's `auth`."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """The token; None for one that nobody has. Raises ApiError 403 where the scope is missing, and 429."""
        found = find_token(token, now=now())
        take_turn(request, found)
        if found and self.scope not in found.scopes:
            raise ApiError(403, "scope_missing", f"This token may not do that; it needs the scope {self.scope}.")
        return found


def limit_visitor(request: HttpRequest) -> bool:
    """For what everybody may read: a known token has a larger share than a network. Raises ApiError 429."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    take_turn(request, find_token(key, now=now()) if scheme.lower() == "bearer" else None)
    return True
