"""Prints how PostgreSQL would find who is due, what a worker claims and what the sweep offers: `tests.bench.plans`.

Asks with the product's own queries, of a fleet's database as it is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import django


def list_queries() -> dict[str, Any]:
    """The queries whose plans matter, by name."""
    from django.apps import apps
    from django.utils.timezone import now

    from digest.delivery.eligibility import may_go, ready

    digests, readers = apps.get_model("composing", "Digest").objects, apps.get_model("subscriptions", "Subscriber")
    last = digests.order_by("-id").values_list("id", flat=True).first() or 0
    due = readers.objects.filter(state="active", next_due_at__lte=now()).order_by("next_due_at", "id")
    return {
        "due scan": due.values_list("id")[:1000],
        "claim": digests.filter(may_go(now()), id__gt=last - 1000, id__lte=last).order_by("id"),
        "sweep": digests.filter(ready(now())).order_by("id").values_list("id")[:1000],
    }


def list_scans(node: dict[str, Any]) -> Iterator[str]:
    """Each place of a plan that reads a table, and by which index."""
    if "Scan" in node["Node Type"]:
        index = f" by {node['Index Name']}" if "Index Name" in node else ""
        yield f"{node['Node Type']} of {node.get('Relation Name', 'its rows')}{index}"
    for child in node.get("Plans", []):
        yield from list_scans(child)


if __name__ == "__main__":
    django.setup()
    for name, query in list_queries().items():
        plan = json.loads(query.explain(format="json"))[0]["Plan"]
        sys.stdout.write(f"  {name}: {'; '.join(list_scans(plan))}\n")
