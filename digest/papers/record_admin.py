"""The curators' look at who told what about a paper, with the undoing of a merge."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import now
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from digest.desk import ReadOnlyAdmin, ask_first, list_lines
from digest.papers.models import Paper, SourceRecord
from digest.papers.parting import LastRecordError, part_record
from digest.papers.telling import find_winners

_LONGEST_VALUE = 200


def link_records(paper: Paper) -> SafeString | str:
    """What sources told about a paper: a link to each record, with its source and day."""
    rows = SourceRecord.objects.filter(paper=paper.pk).select_related("source") if paper.pk else ()
    links = [
        format_html(
            '<a class="desk-link" href="{}">{}</a> on {}, {}',
            reverse("admin:papers_sourcerecord_change", args=[row.pk]),
            row.source,
            date_format(row.told_on),
            row.key,
        )
        for row in rows
    ]
    return list_lines(links) if links else "Typed in by hand"


class SourceRecordAdmin(ReadOnlyAdmin):
    """Records as sources told them, each of one paper."""

    list_display = ("key", "source", "paper", "told_on", "last_told_at")
    list_filter = (("source", RelatedDropdownFilter),)
    list_select_related = ("source", "paper")
    search_fields = ("key", "paper__title")
    fields = ("paper", "source", "key", "told_on", "believed", "content", ("first_told_at", "last_told_at"))
    readonly_fields = ("believed", "content")
    actions_detail = ("part_this",)

    def has_part_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  # the skin's signature
        """Whoever may change papers may part them."""
        return request.user.has_perm("papers.change_paper")

    @action(description="Make it a paper of its own", permissions=["part"], icon="call_split", url_path="part")
    def part_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; then take the record out of its paper."""
        row = (
            SourceRecord.objects.select_related("paper").filter(pk=object_id).first() if object_id.isdecimal() else None
        )
        if row is None:
            raise Http404("There is no such record.")
        back = reverse("admin:papers_sourcerecord_change", args=[row.pk])
        if request.method != "POST":
            alone = not SourceRecord.objects.filter(paper=row.paper_id).exclude(pk=row.pk).exists()
            return ask_first(
                request,
                model_admin=self,
                title="Undo a merge",
                question=f"What this record tells is taken out of “{row.paper}” and becomes a paper of its own. The "
                "old one is made anew of its other records; what was typed by hand stays. Imports keep them apart.",
                button="Make it a paper of its own",
                back=back,
                problems=["This is the paper's only record; there is nothing to part it from."] if alone else [],
            )
        try:
            new = part_record(row.pk, now=now())
        except LastRecordError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(back)
        messages.success(request, f"“{new}” is a paper of its own now.")
        return HttpResponseRedirect(reverse("admin:papers_paper_change", args=[new.pk]))

    @display(description="Believed for")
    def believed(self, obj: SourceRecord) -> str:
        """The fields of the paper that come from this record."""
        return _describe_fields(obj)

    @display(description="What it tells")
    def content(self, obj: SourceRecord) -> SafeString:
        """Its fields, line by line."""
        return list_lines(f"{name}: {str(value)[:_LONGEST_VALUE]}" for name, value in obj.told.items())


class NewsAdmin(ReadOnlyAdmin):
    """What happened to papers we knew already."""

    list_display = ("paper", "kind", "detail", "happened_at")
    list_filter = (("kind", ChoicesDropdownFilter),)
    list_select_related = ("paper",)
    date_hierarchy = "happened_at"
    fields = ("paper", "kind", "detail", "happened_at")


def _describe_fields(record: SourceRecord) -> str:
    winners = find_winners(list(SourceRecord.objects.filter(paper=record.paper_id)))
    names = [name.replace("_", " ") for name, winner in winners.items() if winner.pk == record.pk]
    return ", ".join(sorted(name for name in names if name not in {"told on", "title key", "trend"})) or "nothing"
