"""Addresses we must not write to. Holds keyed hashes only, so it survives a person's erasure."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from subscriptions.addresses import hash_address
from subscriptions.models import Suppression


def suppress(*, address: str, scope: Suppression.Scope, reason: Suppression.Reason, note: str = "") -> Suppression:
    """Write the address down as not to be written to. The first reason given for a scope stays."""
    row, _ = Suppression.objects.get_or_create(
        address_hash=hash_address(address),
        scope=scope,
        defaults={"reason": reason, "note": note[:300]},
    )
    return row


def is_suppressed(*, address: str) -> bool:
    """Whether any suppression names this address."""
    return Suppression.objects.filter(address_hash=hash_address(address)).exists()


def not_suppressed(*, scope: Suppression.Scope = Suppression.Scope.DIGEST, path: str = "address_hash") -> Q:
    """An expression for `filter`: rows whose address may get this kind of mail.

    `scope` DIGEST asks for digests, which either scope stops; ALL asks for any mail, which only
    that scope stops. `path` leads from the filtered row to the subscriber's hash.
    """
    stopping = {scope, Suppression.Scope.ALL}
    return Q(~Exists(Suppression.objects.filter(address_hash=OuterRef(path), scope__in=stopping)))
