"""Papers in from files, checked first, and out as CSV, JSON or BibTeX."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import localdate, now
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from digest.desk import ask_first, count_of, guard_cell, list_lines
from digest.papers.ingest import import_records
from digest.papers.models import ImportRun, Paper, Source
from digest.papers.sources.registry import FORMATS
from digest.web.citations import present_paper, write_bibtex
from digest.web.incoming_admin import IncomingAdmin

LARGEST = 20_000_000
SHOWN_REJECTIONS = 30
MOST_EXPORTED = 5_000
COLUMNS = ("title", "authors", "abstract", "arxiv_id", "doi", "url", "votes", "listed_on", "published_on", "venue")


class PaperFileForm(forms.Form):
    """A file of papers, what it is, and whether to store it."""

    # The skin writes a chosen file's name into the page's first text field, so the file needs the skin's own.
    file = forms.FileField(widget=UnfoldAdminFileFieldWidget)
    kind = forms.ChoiceField(
        label="Which holds",
        choices=[(key, form.description) for key, form in FORMATS.items()],
        widget=UnfoldAdminSelectWidget,
    )
    listed_on = forms.DateField(
        label="Listed on, where it says no day",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
    )
    pending = forms.BooleanField(
        label="New papers wait for a curator", required=False, initial=True, widget=UnfoldBooleanSwitchWidget
    )
    store = forms.BooleanField(
        label="Store it",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Left off, everything is checked and nothing stored.",
    )

    def clean_file(self) -> UploadedFile:
        """A file of a size that a page may take."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise ValidationError("That is more than 20 MB. Use manage.py import_papers.")
        return file


class PaperFilesAdmin(IncomingAdmin):
    """Adds import and export to the list of papers."""

    actions = (*IncomingAdmin.actions, "export_csv", "export_json", "export_bibtex")
    actions_list: tuple[str, ...] = (*IncomingAdmin.actions_list, "import_file")

    @action(description="Import", permissions=["add"], icon="upload", url_path="import-file")
    def import_file(self, request: HttpRequest) -> HttpResponse:
        """Ask for a file; check it, and store it where that is asked for."""
        form = PaperFileForm(request.POST or None, request.FILES or None)
        back = reverse("admin:papers_paper_changelist")
        facts: list[tuple[str, object]] = []
        if request.method == "POST" and form.is_valid():
            run = take_file(form, store=form.cleaned_data["store"])
            if form.cleaned_data["store"] and not run.error:
                messages.success(request, f"Stored: {run.new} new, {run.changed} changed, {run.rejected} rejected.")
                return HttpResponseRedirect(reverse("admin:papers_importrun_change", args=[run.pk]))
            facts = describe_run(run)
        return ask_first(
            request,
            model_admin=self,
            title="Import papers",
            question="Checked, and nothing stored. Choose the file once more and tick “Store it” to go on."
            if facts
            else "Papers known already are brought up to date; what a curator typed stays. Check the file first.",
            button="Read the file",
            back=back,
            facts=facts,
            form=form,
        )

    @action(description="Export as CSV", permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Paper]) -> HttpResponse:  # noqa: ARG002  # admin's signature
        """A table that the import reads again."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for paper in queryset[:MOST_EXPORTED]:
            writer.writerow([guard_cell(_cell(getattr(paper, name))) for name in COLUMNS])
        return _attach(out.getvalue(), kind="text/csv", name="csv")

    @action(description="Export as JSON", permissions=["view"])
    def export_json(self, request: HttpRequest, queryset: QuerySet[Paper]) -> HttpResponse:  # noqa: ARG002  # admin's signature
        """Everything that is shown of each."""
        rows = [present_paper(paper) for paper in queryset.prefetch_related("topics")[:MOST_EXPORTED]]
        return _attach(json.dumps({"papers": rows}, default=str, indent=2), kind="application/json", name="json")

    @action(description="Export as BibTeX", permissions=["view"])
    def export_bibtex(self, request: HttpRequest, queryset: QuerySet[Paper]) -> HttpResponse:  # noqa: ARG002  # admin's signature
        """For reference managers."""
        text = "\n".join(write_bibtex(paper) for paper in queryset[:MOST_EXPORTED])
        return _attach(text, kind="application/x-bibtex", name="bib")


def take_file(form: PaperFileForm, *, store: bool) -> ImportRun:
    """Import what was uploaded; without `store` everything is done and then taken back."""
    asked = form.cleaned_data
    kind = FORMATS[asked["kind"]]
    with transaction.atomic():
        source, _ = Source.objects.get_or_create(name=kind.default_source, defaults={"kind": asked["kind"]})
        run = import_records(
            source=source,
            origin=str(asked["file"].name)[:300],
            records=kind.read(asked["file"].file),
            listed_on=asked["listed_on"] or localdate(),
            now=now(),
            pending=asked["pending"],
        )
        transaction.set_rollback(not store)
    return run


def describe_run(run: ImportRun) -> list[tuple[str, object]]:
    """What an import would do, for the page that asks."""
    rows: list[tuple[str, object]] = [
        ("New", count_of(run.new, "paper")),
        ("Changed", f"{run.changed:,}"),
        ("Unchanged", f"{run.unchanged:,}"),
        ("Rejected", f"{run.rejected:,}"),
    ]
    lines = [f"Record {one.get('line', '?')}: {one.get('reason', '')}" for one in run.rejections[:SHOWN_REJECTIONS]]
    rows += [("Of these", list_lines(lines))] if lines else []
    return [*rows, ("Trouble", run.error)] if run.error else rows


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)


def _attach(text: str, *, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="papers.{name}"'
    return answer
