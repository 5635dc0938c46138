"""The due scan and the claim stay on an index however many rows there are. PLAN_ROWS=1000000 asks a million."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from digest.composing.models import Digest
from digest.delivery.eligibility import may_go, ready
from subscriptions.models import Subscriber
from tests.factories import NOW, make_subscriber

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's plans"),
]
MANY = int(os.environ.get("PLAN_ROWS", "20000"))


@pytest.fixture
def large(db: None) -> None:
    """Many readers who are due later, and many digests that went long ago; a few of each are due now."""
    person = make_subscriber(next_due_at=NOW + timedelta(days=3))
    copies = {"email_key": "'k' || n", "feed_key": "'f' || n", "email": "'k' || n || '@example.org'"}
    values: dict[str, Any] = {"first_day": NOW.date(), "last_day": NOW.date(), "slot_at": NOW}
    digest = Digest.objects.create(subscriber=person, period="2026-W01", state="accepted", **values)
    with connection.cursor() as cursor:
        _copy(cursor, Subscriber, person.pk, copies)
        _copy(cursor, Digest, digest.pk, {"period": "'p' || n"})
        cursor.execute("ANALYZE")
    Digest.objects.create(subscriber=make_subscriber(), period="2026-W32", state="composed", **values)


def _copy(cursor: Any, model: Any, pk: int, own: dict[str, str]) -> None:
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    chosen = ", ".join(own.get(column, column) for column in columns)
    table = model._meta.db_table
    numbers = f"{table}, generate_series(1, {MANY}) n"
    cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {numbers} WHERE id = %s", [pk])


def scanned_whole(query: Any) -> set[str]:
    """The tables that a plan reads from one end to the other."""
    found: set[str] = set()

    def walk(node: dict[str, Any]) -> None:
        if node["Node Type"] == "Seq Scan":
            found.add(node["Relation Name"])
        for child in node.get("Plans", []):
            walk(child)

    walk(json.loads(query.explain(format="json"))[0]["Plan"])
    return found


def plan_of(query: Any) -> str:
    return json.dumps(json.loads(query.explain(format="json")))


@pytest.mark.usefixtures("large")
def test_the_due_scan_reads_its_index_alone() -> None:
    due = Subscriber.objects.filter(state=Subscriber.State.ACTIVE, next_due_at__lte=NOW).order_by("next_due_at", "id")
    plan = plan_of(due.values_list("id")[:1000])
    assert "subscriber_due" in plan
    assert "Seq Scan" not in plan


@pytest.mark.usefixtures("large")
def test_the_claim_finds_its_digests_by_an_index() -> None:
    last = Digest.objects.order_by("-id").values_list("id", flat=True)[0]
    claim = Digest.objects.filter(may_go(NOW), id__gte=last - 50, id__lte=last).order_by("id")
    assert "composing_digest" not in scanned_whole(claim)


@pytest.mark.usefixtures("large")
def test_the_sweep_for_waiting_work_reads_the_index_of_open_rows() -> None:
    assert "digest_open" in plan_of(Digest.objects.filter(ready(NOW)).order_by("id").values_list("id"))
