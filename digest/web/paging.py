"""Cuts a listing into pages without dragging whole papers through the sort."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator

from digest.papers.models import Paper, PaperQuerySet


def cut_page(papers: PaperQuerySet, number: str, *, per_page: int) -> Page[Paper]:
    """One page of ordered papers with their topics; for a number that is none, the nearest one.

    Only ids are ordered; the papers of the page are read after.
    """
    ordered = papers.prefetch_related(None).values_list("pk", flat=True)
    page: Page[Any] = Paginator(ordered, per_page).get_page(number)
    ids = list(page.object_list)
    found = Paper.objects.prefetch_related("topics").in_bulk(ids)
    page.object_list = [found[pk] for pk in ids if pk in found]
    return page
