"""The curators' pages for sources and their import runs."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from digest.desk import BAD, BUSY, CARE, GOOD, QUIET, DeskAdmin, ReadOnlyAdmin, ReadOnlyInline, list_lines
from digest.papers.models import ImportRun, Source

VERDICT_COLOURS = {
    ImportRun.Verdict.RUNNING.label: BUSY,
    ImportRun.Verdict.FRESH.label: GOOD,
    ImportRun.Verdict.QUIET.label: QUIET,
    ImportRun.Verdict.PARTIAL.label: CARE,
    ImportRun.Verdict.BROKEN.label: BAD,
}


class RunInline(ReadOnlyInline):
    """The latest visits to a source."""

    model = ImportRun
    fields = ("started", "verdict_label", "new", "changed", "unchanged", "rejected")
    readonly_fields = fields
    ordering = ("-started_at",)
    verbose_name_plural = "Import runs"

    @display(description="Started")
    def started(self, obj: ImportRun) -> SafeString:
        """When, leading to its own page."""
        page = reverse("admin:papers_importrun_change", args=[obj.pk])
        return format_html(
            '<a class="desk-link" href="{}">{}</a>', page, date_format(obj.started_at, "DATETIME_FORMAT")
        )

    @display(description="Verdict")
    def verdict_label(self, obj: ImportRun) -> str:
        """Its verdict in words."""
        return obj.get_verdict_display()


class SourceAdmin(DeskAdmin):
    """Sources and how their latest visits went."""

    list_display = ("name", "kind", "latest", "latest_at", "is_active")
    fields = ("name", "kind", "is_active")
    search_fields = ("name",)
    inlines = (RunInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        """Sources with their latest visit."""
        runs = ImportRun.objects.filter(source=OuterRef("pk")).order_by("-started_at")
        latest = {
            "verdict": Subquery(runs.values("verdict")[:1]),
            "visited_at": Subquery(runs.values("started_at")[:1]),
        }
        return super().get_queryset(request).annotate(**latest)

    @display(description="Latest visit", label=VERDICT_COLOURS)
    def latest(self, obj: Any) -> str | None:
        """How the latest visit went."""
        return str(ImportRun.Verdict(obj.verdict).label) if obj.verdict else None

    @display(description="When", ordering="visited_at")
    def latest_at(self, obj: Any) -> Any:
        """When the latest visit was."""
        return obj.visited_at


class ImportRunAdmin(ReadOnlyAdmin):
    """Visits to sources: what came, what was turned away and why."""

    list_display = ("source", "verdict_label", "new", "changed", "unchanged", "rejected", "started_at", "took")
    list_filter = (("verdict", ChoicesDropdownFilter), ("source", RelatedDropdownFilter))
    list_select_related = ("source",)
    date_hierarchy = "started_at"
    fields = (
        "source",
        "origin",
        "verdict_label",
        ("new", "changed", "unchanged", "rejected"),
        "rejected_records",
        "error",
        ("started_at", "took"),
    )
    readonly_fields = ("verdict_label", "rejected_records", "took")

    @display(description="Verdict", ordering="verdict", label=VERDICT_COLOURS)
    def verdict_label(self, obj: ImportRun) -> str:
        """How it went."""
        return obj.get_verdict_display()

    @display(description="Took")
    def took(self, obj: ImportRun) -> str:
        """How long it ran."""
        return f"{(obj.finished_at - obj.started_at).total_seconds():.1f} s" if obj.finished_at else "not finished"

    @display(description="Rejected records")
    def rejected_records(self, obj: ImportRun) -> SafeString | str:
        """Where each was and why it was turned away."""
        return list_lines(_describe_rejection(one) for one in obj.rejections) if obj.rejections else "None"


def _describe_rejection(rejection: dict[str, Any]) -> str:
    excerpt = f" “{rejection['excerpt']}”" if rejection.get("excerpt") else ""
    return f"Record {rejection.get('line', '?')}: {rejection.get('reason', '')}{excerpt}"
