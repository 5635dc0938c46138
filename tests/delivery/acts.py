"""The steps that the tests of delivery share: readers who are due, a composed range, one send of it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from digest.composing.compose import compose_range
from digest.composing.models import Digest
from digest.composing.schedule import open_due
from digest.delivery.reconcile import find_work
from digest.delivery.send import send_range
from digest.papers.models import Paper
from tests.factories import NOW, make_paper, make_subscriber

LAST = 2**31


def compose_for(*addresses: str) -> list[Digest]:
    """Digests ready to go, one for each address, in order."""
    if not Paper.objects.exists():
        make_paper("Grasping at scale", abstract="We grasp.", votes=12)
    for address in addresses:
        make_subscriber(address)
    open_due(now=NOW)
    compose_range(first_id=1, last_id=LAST, now=NOW)
    return list(Digest.objects.order_by("id"))


def readers(count: int) -> list[str]:
    """So many addresses."""
    return [f"reader-{number}@example.org" for number in range(count)]


def send_all(**later: float) -> Counter[str]:
    """Send everything that is ready so much later than NOW."""
    return send_range(first_id=1, last_id=LAST, now=NOW + timedelta(**later))


def sweep(**later: float) -> None:
    """What the sweeper does before it offers work: settle what dead workers left."""
    list(find_work(now=NOW + timedelta(**later)))


def states() -> Counter[str]:
    """How many digests are in which state."""
    return Counter(Digest.objects.values_list("state", flat=True))


def state_of(address: str) -> str:
    """Where one reader's digest stands."""
    return str(Digest.objects.get(subscriber__email=address).state)
