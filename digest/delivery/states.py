"""The moves a digest row may make, as data. Whoever changes a state does it through `digest.delivery.ledger`."""

from __future__ import annotations

from digest.composing.models import Digest

S = Digest.State

# From each state to the states that may follow. What is not here cannot happen.
MOVES: dict[S, frozenset[S]] = {
    S.PLANNED: frozenset({S.COMPOSED, S.EMPTY, S.SKIPPED}),
    S.COMPOSED: frozenset({S.SENDING, S.SKIPPED}),
    # The provider's events may overtake our own record of the hand-over.
    S.SENDING: frozenset({S.ACCEPTED, S.RETRY, S.REFUSED, S.UNKNOWN, S.SKIPPED, S.DELIVERED, S.BOUNCED, S.COMPLAINED}),
    # An event that names a digest proves that the provider has it, whatever its first answer was.
    S.RETRY: frozenset({S.SENDING, S.SKIPPED, S.REFUSED, S.ACCEPTED, S.DELIVERED, S.BOUNCED, S.COMPLAINED}),
    S.UNKNOWN: frozenset({S.ACCEPTED, S.DELIVERED, S.BOUNCED, S.COMPLAINED, S.RETRY}),
    S.ACCEPTED: frozenset({S.DELIVERED, S.BOUNCED, S.COMPLAINED}),
    S.DELIVERED: frozenset({S.COMPLAINED, S.BOUNCED}),
    S.BOUNCED: frozenset({S.COMPLAINED}),
    S.COMPLAINED: frozenset(),
    # A person may decide to try once more.
    S.REFUSED: frozenset({S.RETRY}),
    S.EMPTY: frozenset(),
    S.SKIPPED: frozenset(),
}


def may_become(state: S) -> frozenset[S]:
    """The states that a row may come from to reach this one."""
    return frozenset(origin for origin, targets in MOVES.items() if state in targets)
