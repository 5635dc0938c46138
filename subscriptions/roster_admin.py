"""Readers in from a table, checked first, and out as one that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.timezone import now
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanSwitchWidget

from digest.desk import ask_first, count_of, guard_cell, list_lines
from digest.papers.models import Topic
from subscriptions.models import Interest, Subscriber
from subscriptions.person_admin import PersonAdmin
from subscriptions.roster import Tally, enroll
from subscriptions.table import COLUMNS, TableError, read_table

LARGEST = 20_000_000
SHOWN_REJECTIONS = 30


class TableForm(forms.Form):
    """A table, and whether to store it."""

    # The skin writes a chosen file's name into the page's first text field, so the file needs the skin's own.
    file = forms.FileField(
        label="CSV table",
        widget=UnfoldAdminFileFieldWidget,
        help_text=f"UTF-8, with a header line. Columns: {', '.join(COLUMNS)}.",
    )
    store = forms.BooleanField(
        label="Store it",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Left off, everything is checked and nothing stored. Rows without consent_at stay unconfirmed; "
        "nobody is mailed, and nobody who left comes back.",
    )

    def clean_file(self) -> UploadedFile:
        """A file that fits into memory."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise ValidationError("That is more than 20 MB. Split it, or use manage.py add_subscribers.")
        return file


class RosterAdmin(PersonAdmin):
    """Adds import and export to the list of readers."""

    actions_list: tuple[str, ...] = ("import_table", "export_table")

    def has_enroll_permission(self, request: HttpRequest) -> bool:
        """Bringing people in takes the right to add them."""
        return request.user.has_perm("subscriptions.add_subscriber")

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Addresses leave the house only with those who may take them."""
        return request.user.has_perm("subscriptions.export_subscriber")

    @action(description="Import", permissions=["enroll"], icon="upload", url_path="import-table")
    def import_table(self, request: HttpRequest) -> HttpResponse:
        """Ask for a table; check it, and store it where that is asked for."""
        form = TableForm(request.POST or None, request.FILES or None)
        facts: list[tuple[str, object]] = []
        if request.method == "POST" and form.is_valid():
            try:
                tally = self._take(request, form)
            except TableError as problem:
                form.add_error("file", str(problem))
            else:
                if form.cleaned_data["store"]:
                    return HttpResponseRedirect(_everyone())
                facts = describe_tally(tally)
        return ask_first(
            request,
            model_admin=self,
            title="Import readers",
            question="Checked, and nothing stored. Choose the table once more and tick “Store it” to go on."
            if facts
            else "Readers who consented elsewhere join by a table. Check it first.",
            button="Read the table",
            back=_everyone(),
            facts=facts,
            form=form,
        )

    def _take(self, request: HttpRequest, form: TableForm) -> Tally:
        file, store = form.cleaned_data["file"], form.cleaned_data["store"]
        tally = Tally()
        rows = read_table(file.read(), topics=_topics(), origin=str(file.name)[:100])
        for tally in enroll(rows, now=now(), dry_run=not store):  # noqa: B007  # the last one counts
            pass
        if store:
            log_for_all(request, f"Imported a table: {tally}.", flag=ADDITION)
            messages.success(request, f"Stored: {tally}.")
        return tally

    @action(description="Export", permissions=["export"], icon="download", url_path="export-table")
    def export_table(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """Ask first; then write the table and who took it."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        people = Subscriber.objects.exclude(state=Subscriber.State.LEFT)
        count = people.count()
        if request.method != "POST":
            return ask_first(
                request,
                model_admin=self,
                title="Export readers",
                question=f"A table with the addresses of {count_of(count, 'reader')} who have not left. It is written "
                "down that you took it. Keep it no longer than you need it.",
                button="Download",
                back=_everyone(),
            )
        log_for_all(request, f"Exported {count_of(count, 'reader')}.", flag=CHANGE)
        answer = StreamingHttpResponse(write_table(), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="readers-{now():%Y-%m-%d}.csv"'
        answer.headers["Cache-Control"] = "no-store"
        return answer


def write_table() -> Iterator[str]:
    """The table that `import_table` reads, line by line; readers who left are not in it."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    slugs = dict(Topic.objects.values_list("id", "slug"))
    people = Subscriber.objects.exclude(state=Subscriber.State.LEFT).order_by("id")
    for person in people.prefetch_related("interests").iterator(chunk_size=2_000):
        interests = list(person.interests.all())
        topics = [slugs.get(i.topic_id or 0, "") for i in interests if i.kind == Interest.Kind.TOPIC and i.weight > 0]
        words = [i.text if i.weight > 0 else f"-{i.text}" for i in interests if i.kind == Interest.Kind.KEYWORD]
        state = "active" if person.state == Subscriber.State.ACTIVE else "pending"
        cells = (
            person.email,
            ";".join(topics),
            ", ".join(words),
            person.cadence,
            person.weekday,
            person.hour,
            person.timezone,
            state,
            person.consent_at.isoformat() if person.consent_at else "",
            person.consent_source,
        )
        yield writer.writerow([guard_cell(str(cell)) for cell in cells])


def describe_tally(tally: Tally) -> list[tuple[str, object]]:
    """What a table would do, for the page that asks."""
    rejected = [f"line {one.line}: {one.reason}" for one in tally.rejected[:SHOWN_REJECTIONS]]
    rows: list[tuple[str, object]] = [
        ("Lines", f"{tally.lines:,}"),
        ("New", f"{tally.added:,}"),
        ("Updated", f"{tally.updated:,}"),
        ("Unchanged", f"{tally.unchanged:,}"),
        ("Unconfirmed", f"{tally.unproven:,} said to be active without a consent_at"),
        ("Rejected", f"{len(tally.rejected):,}"),
    ]
    return [*rows, ("Of these", list_lines(rejected))] if rejected else rows


def log_for_all(request: HttpRequest, words: str, *, flag: int) -> None:
    """A line in the desk's log about readers as a whole."""
    assert request.user.pk is not None
    LogEntry.objects.create(
        user_id=request.user.pk,
        content_type=ContentType.objects.get_for_model(Subscriber),
        object_repr="Subscribers",
        action_flag=flag,
        change_message=words,
    )


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, value: str) -> str:
        """The line itself."""
        return value


def _everyone() -> str:
    return reverse("admin:subscriptions_subscriber_changelist")


def _topics() -> dict[str, Any]:
    """Ids by folded slug and name; a slug wins over another topic's name."""
    rows = list(Topic.objects.filter(is_active=True).values_list("id", "slug", "name"))
    return {name.casefold(): pk for pk, _, name in rows} | {slug.casefold(): pk for pk, slug, _ in rows}
