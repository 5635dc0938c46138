"""Suppressed addresses stay unwritten-to, whatever their spelling."""

from __future__ import annotations

import pytest

from subscriptions.models import Subscriber, Suppression
from subscriptions.suppression import is_suppressed, not_suppressed, suppress
from tests.subscriptions.people import make_reader

Scope, Reason = Suppression.Scope, Suppression.Reason
pytestmark = pytest.mark.django_db


def test_any_spelling_of_a_suppressed_address_is_found() -> None:
    suppress(address="Ada@Example.org", scope=Scope.ALL, reason=Reason.BOUNCED)
    assert is_suppressed(address="ada@EXAMPLE.ORG")
    assert not is_suppressed(address="grace@example.org")


def test_suppressing_twice_keeps_one_row_and_the_first_reason() -> None:
    first = suppress(address="ada@example.org", scope=Scope.ALL, reason=Reason.COMPLAINED, note="x" * 400)
    again = suppress(address="ada@example.org", scope=Scope.ALL, reason=Reason.BOUNCED)
    assert again.pk == first.pk
    assert again.reason == Reason.COMPLAINED
    assert "example" not in again.address_hash


@pytest.mark.parametrize(("scope", "digests", "notices"), [(Scope.DIGEST, 1, 2), (Scope.ALL, 1, 1)])
def test_the_filter_knows_both_scopes(scope: Suppression.Scope, digests: int, notices: int) -> None:
    make_reader("ada@example.org")
    make_reader("grace@example.org")
    suppress(address="ada@example.org", scope=scope, reason=Reason.OPERATOR)
    assert Subscriber.objects.filter(not_suppressed()).count() == digests
    assert Subscriber.objects.filter(not_suppressed(scope=Scope.ALL)).count() == notices
