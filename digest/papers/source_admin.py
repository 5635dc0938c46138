"""The curators' pages for sources and their import runs."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import now
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from digest.desk import (
    BAD,
    BUSY,
    CARE,
    GOOD,
    QUIET,
    DeskAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    ask_first,
    count_of,
    find_row,
    list_lines,
)
from digest.papers.fetch import open_fetcher
from digest.papers.models import ImportRun, Source
from digest.papers.sources.base import Record
from digest.papers.sources.registry import FORMATS
from digest.papers.trouble import find_trouble
from digest.papers.trying import Trial, try_source
from digest.tasks import hint_visit

_SHOWN = 10
VERDICT_COLOURS = {
    ImportRun.Verdict.RUNNING.label: BUSY,
    ImportRun.Verdict.FRESH.label: GOOD,
    ImportRun.Verdict.QUIET.label: QUIET,
    ImportRun.Verdict.STALE.label: BAD,
    ImportRun.Verdict.PARTIAL.label: CARE,
    ImportRun.Verdict.BROKEN.label: BAD,
}


class RunInline(ReadOnlyInline):
    """The latest visits to a source."""

    model = ImportRun
    fields = ("started", "verdict_label", "came")
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

    @display(description="What came")
    def came(self, obj: ImportRun) -> str:
        """Why it went wrong, where it did, and its counts."""
        return describe_run(obj)


class SourceForm(forms.ModelForm):
    """A source, with a query that fits its kind."""

    class Meta:
        model = Source
        fields: ClassVar = ["name", "kind", "query", "rhythm"]
        help_texts: ClassVar = {
            "query": "arXiv search: cat:cs.RO AND abs:gripper. arXiv daily feed: cs.RO+cs.LG. arXiv archive: a set "
            "like cs:cs:AI, or nothing. Semantic Scholar and Crossref: plain words. bioRxiv: biorxiv or medrxiv, then "
            "a category. Hugging Face: a submitter, or nothing."
        }

    def clean(self) -> dict[str, Any]:
        """What is to be visited needs a kind that can be, and a query it understands."""
        cleaned = super().clean() or self.cleaned_data
        form = FORMATS.get(cleaned.get("kind", ""))
        is_scheduled = cleaned.get("rhythm") not in {None, "", Source.Rhythm.BY_HAND}
        if form is None or form.visit is None:
            if is_scheduled:
                self.add_error("rhythm", "This kind cannot be asked over the network; import its files instead.")
            return cleaned
        wrong = form.visit.check(cleaned.get("query", "")) if is_scheduled or cleaned.get("query") else ""
        if wrong:
            self.add_error("query", wrong)
        return cleaned


class SourceAdmin(DeskAdmin):
    """Sources: what to ask, how often, and how the latest visits went."""

    form = SourceForm
    list_display = ("name", "kind", "rhythm", "latest", "latest_at", "next_visit_at", "is_active")
    fieldsets = (
        (None, {"fields": ("name", ("kind", "is_active"), "query")}),
        ("Visits", {"fields": (("rhythm", "days_back"), ("most_records", "wants_review"), "on_trouble", "standing")}),
    )
    readonly_fields = ("standing",)
    search_fields = ("name",)
    inlines = (RunInline,)
    actions = ("visit_selected",)
    actions_submit_line = ("visit_this",)
    actions_detail = ("try_this",)

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:  # noqa: FBT001  # admin's
        """A new rhythm starts at once; without one nothing is due."""
        if obj.rhythm == Source.Rhythm.BY_HAND:
            obj.next_visit_at = None
        elif "rhythm" in form.changed_data or obj.next_visit_at is None:
            obj.next_visit_at = now()
        super().save_model(request, obj, form, change)

    @action(description="Visit now", permissions=["change"])
    def visit_selected(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        """Have what was selected visited."""
        self._ask_for_visits(request, list(queryset))

    @action(description="Save and visit now", permissions=["change"])
    def visit_this(self, request: HttpRequest, obj: Source) -> None:
        """Have the source that was just saved visited."""
        self._ask_for_visits(request, [obj])

    @action(description="Try it", permissions=["change"], icon="travel_explore", url_path="try")
    def try_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask the source for its first page, and show what would come."""
        source = find_row(Source, object_id)
        if source is None:
            raise Http404("There is no such source.")
        trial = try_source(source, fetcher=open_fetcher(clock=now)) if request.method == "POST" else None
        return ask_first(
            request,
            model_admin=self,
            title=f"Try {source.name}",
            question="Nothing was stored."
            if trial
            else "The first page is asked for as a visit would ask for it. "
            "Nothing is stored, and the schedule stays as it is. It may take up to half a minute.",
            button="Ask again" if trial else "Ask it now",
            back=reverse("admin:papers_source_change", args=[source.pk]),
            facts=describe_trial(trial) if trial else (),
        )

    def _ask_for_visits(self, request: HttpRequest, sources: list[Source]) -> None:
        """Make them due, which the next sweep finds even where no worker hears of it now."""
        askable = [source for source in sources if source.kind in FORMATS and FORMATS[source.kind].visit]
        Source.objects.filter(pk__in=[source.pk for source in askable]).update(next_visit_at=now())
        for source in askable:
            if not hint_visit(source.pk):
                break
        if askable:
            messages.success(request, f"{count_of(len(askable), 'source')} will be visited within a minute.")
        if len(askable) < len(sources):
            messages.warning(request, "Sources without an address are not visited; import their files instead.")

    @display(description="Standing")
    def standing(self, obj: Source) -> str:
        """Whether it is in trouble, and how complete it is."""
        troubles = [one.reason for one in find_trouble(now=now()) if one.source.pk == obj.pk]
        complete = f"Complete until {date_format(obj.seen_until)}." if obj.seen_until else "Not visited yet."
        return " ".join([*troubles, complete])

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

    list_display = ("source", "verdict_label", "in_short", "started_at")
    list_filter = (("verdict", ChoicesDropdownFilter), ("source", RelatedDropdownFilter))
    list_select_related = ("source",)
    date_hierarchy = "started_at"
    fields = (
        "source",
        "origin",
        "verdict_label",
        "why",
        "came",
        "newest",
        "owed_on",
        "rejected_records",
        ("started_at", "took"),
    )
    readonly_fields = ("verdict_label", "why", "came", "newest", "rejected_records", "took")

    @display(description="What came")
    def in_short(self, obj: ImportRun) -> str:
        """The same as on the source's page."""
        return describe_run(obj)

    @display(description="Why")
    def why(self, obj: ImportRun) -> str:
        """What the verdict follows from, where it is not plain."""
        return obj.error or obj.reason or "Nothing is wrong."

    @display(description="What came")
    def came(self, obj: ImportRun) -> SafeString | str:
        """How many came, of how many there are, and how much of it was here before."""
        if not obj.received:
            return "Nothing"
        of_all = f" of {obj.expected:,} by the source's own count" if obj.expected is not None else ""
        known = f"{(obj.changed + obj.unchanged) / obj.received:.0%} was known already."
        return list_lines([f"{count_of(obj.received, 'record')}{of_all}.", _count(obj), known])

    @display(description="Newest")
    def newest(self, obj: ImportRun) -> str:
        """The latest listing day among its records, and a paper of that day."""
        return ", ".join(filter(None, (date_format(obj.newest_on) if obj.newest_on else "", obj.newest_id))) or "-"

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


def describe_run(run: ImportRun) -> str:
    """Why it went wrong, where it did, and its counts."""
    return " ".join(filter(None, (run.error or run.reason, _count(run)))) or "Nothing came."


def _count(run: ImportRun) -> str:
    """Like "29 new, 17 changed, 2 rejected."; what is none is left out."""
    names = ("new", "changed", "unchanged", "rejected")
    counts = [f"{number:,} {name}" for name in names if (number := getattr(run, name))]
    return f"{', '.join(counts)}." if counts else ""


def describe_trial(trial: Trial) -> list[tuple[str, object]]:
    """What came of a trial, for the page that asked."""
    rows: list[tuple[str, object]] = [("Trouble", trial.trouble)] if trial.trouble else []
    rows += [("Asked for", trial.address)] if trial.address else []
    if trial.trouble and not trial.records:
        return rows
    rows.append(("Came", f"{count_of(len(trial.records), 'paper')}, {trial.known:,} of them known already"))
    rows += [("In all", f"{trial.total:,} by its own count")] if trial.total is not None else []
    titles = list_lines(_describe_record(record) for record in trial.records[:_SHOWN])
    rows += [("The first", titles)] if trial.records else []
    bad = list_lines(f"Record {one.line}: {one.reason}" for one in trial.rejections[:_SHOWN])
    rows += [(f"Rejected, {len(trial.rejections):,}", bad)] if trial.rejections else []
    return rows


def _describe_record(record: Record) -> str:
    first = f"{record.authors[0]} and others" if len(record.authors) > 1 else "".join(record.authors)
    day = record.listed_on or record.published_on
    return ", ".join(filter(None, (record.title, first, date_format(day) if day else "")))


def _describe_rejection(rejection: dict[str, Any]) -> str:
    excerpt = f" “{rejection['excerpt']}”" if rejection.get("excerpt") else ""
    return f"Record {rejection.get('line', '?')}: {rejection.get('reason', '')}{excerpt}"
