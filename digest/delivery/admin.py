"""The operator's ledger: every digest with what became of it, and what providers told us. For looking only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import now
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator

from digest.composing.models import Digest, Edition
from digest.delivery import ledger
from digest.delivery.edition_admin import RunningEditionAdmin
from digest.delivery.models import Event
from digest.desk import BAD, BUSY, CARE, GOOD, QUIET, AddressAdmin, ReadOnlyAdmin, ReadOnlyInline, count_of
from digest.papers.models import Paper

# Composing registers the page; what delivery knows comes on top.
admin.site.unregister(Edition)
admin.site.register(Edition, RunningEditionAdmin)

STATE_COLOURS = {
    Digest.State.PLANNED.label: QUIET,
    Digest.State.COMPOSED.label: BUSY,
    Digest.State.SENDING.label: BUSY,
    Digest.State.RETRY.label: CARE,
    Digest.State.ACCEPTED.label: GOOD,
    Digest.State.DELIVERED.label: GOOD,
    Digest.State.BOUNCED.label: BAD,
    Digest.State.COMPLAINED.label: BAD,
    Digest.State.REFUSED.label: BAD,
    Digest.State.UNKNOWN.label: CARE,
}
KIND_COLOURS = {
    Event.Kind.TAKEN.label: BUSY,
    Event.Kind.DELIVERED.label: GOOD,
    Event.Kind.DEFERRED.label: CARE,
    Event.Kind.SOFT_BOUNCE.label: CARE,
    Event.Kind.HARD_BOUNCE.label: BAD,
    Event.Kind.REJECTED.label: BAD,
    Event.Kind.COMPLAINED.label: BAD,
    Event.Kind.UNSUBSCRIBED.label: BUSY,
}


class EventInline(ReadOnlyInline):
    """What the provider said about a digest."""

    model = Event
    fields = ("kind", "provider", "occurred_at", "received_at", "applied_at")
    readonly_fields = fields


@admin.register(Digest)
class DigestAdmin(AddressAdmin, ReadOnlyAdmin):
    """What each reader got for each period. Its list counts nothing: there may be tens of millions."""

    paginator = InfinitePaginator
    instead: ClassVar = {"reader": "subscriber"}
    inlines = (EventInline,)
    list_display = ("reader", "period", "standing", "edition", "slot_at", "accepted_at", "attempts", "error")
    list_filter = (("state", ChoicesDropdownFilter), ("edition", RelatedDropdownFilter))
    list_select_related = ("subscriber", "edition")
    actions = ("send_again", "mark_as_sent")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("reader", "standing"),
                    ("period", "edition"),
                    ("first_day", "last_day"),
                    "contents",
                    "more_count",
                )
            },
        ),
        (
            "Its way",
            {
                "classes": ["tab"],
                "fields": (
                    "slot_at",
                    ("planned_at", "composed_at"),
                    ("accepted_at", "settled_at"),
                    ("attempts", "retry_at"),
                    ("lease_until", "provider_id"),
                    "error",
                ),
            },
        ),
    )
    readonly_fields = ("reader", "standing", "contents")

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Deciding about digests in doubt is for who may change digests; nobody edits their fields."""
        return request.user.has_perm("composing.change_digest")

    @action(description="Send again (refused or unknown)", permissions=["settle"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Digest]) -> None:
        """Offer the chosen digests once more; the others are left as they are."""
        count = ledger.send_again(queryset.values_list("id", flat=True), now=now())
        self._tell(request, f"{count_of(count, 'digest')} will be offered again.", queryset.count() - count)

    @action(description="Mark as sent (unknown)", permissions=["settle"])
    def mark_as_sent(self, request: HttpRequest, queryset: QuerySet[Digest]) -> None:
        """Say that the chosen digests did go."""
        count = ledger.mark_as_sent(queryset.values_list("id", flat=True), now=now())
        self._tell(request, f"{count_of(count, 'digest')} marked as sent.", queryset.count() - count)

    def _tell(self, request: HttpRequest, words: str, left: int) -> None:
        rest = f" {count_of(left, 'digest was', 'digests were')} in another state and left alone." if left else ""
        self.message_user(request, words + rest)

    @display(description="Reader", ordering="subscriber__email_key")
    def reader(self, obj: Digest) -> str:
        """Whom it is for."""
        return obj.subscriber.email

    @display(description="State", ordering="state", label=STATE_COLOURS)
    def standing(self, obj: Digest) -> str:
        """How far it got."""
        return obj.get_state_display()

    @display(description="Papers")
    def contents(self, obj: Digest) -> SafeString | str:
        """The papers it carries, in order, each with why it is there."""
        lines = format_html_join("", '<li><a class="desk-link" href="{}">{}</a> {}</li>', _entry_lines(obj))
        return format_html('<ol class="desk-numbered">{}</ol>', lines) if obj.entries else "None"


def _entry_lines(digest: Digest) -> Iterator[tuple[str, str, SafeString]]:
    papers = Paper.objects.in_bulk([entry["paper"] for entry in digest.entries])
    for entry in digest.entries:
        paper = papers.get(entry["paper"])
        link = reverse("admin:papers_paper_change", args=[entry["paper"]]) if paper else "#"
        why = ", ".join(_word_reason(reason) for reason in entry.get("reasons", []))
        yield (
            link,
            paper.title if paper else "a paper since deleted",
            format_html('<span class="desk-under-inline">{}</span>', why),
        )


def _word_reason(reason: dict[str, Any]) -> str:
    detail = reason.get("text") or reason.get("number") or ""
    return f"{reason['kind']} {detail}".strip()


@admin.register(Event)
class EventAdmin(AddressAdmin, ReadOnlyAdmin):
    """What providers reported, as stored before anything was done about it."""

    paginator = InfinitePaginator
    # A provider repeats the address in what it says.
    instead: ClassVar = {"detail": "", "payload_text": ""}
    list_display = ("received_at", "standing", "provider", "digest", "detail", "applied_at")
    list_filter = (("kind", ChoicesDropdownFilter),)
    list_select_related = ("digest",)
    fields = (
        ("standing", "provider"),
        ("digest", "our_fault"),
        "detail",
        ("occurred_at", "received_at", "applied_at"),
        "provider_id",
        "payload_text",
    )
    readonly_fields = ("standing", "payload_text")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Also by reader: their page links here."""
        return lookup == "digest__subscriber__id__exact" or bool(super().lookup_allowed(lookup, value, request))

    @display(description="Kind", ordering="kind", label=KIND_COLOURS)
    def standing(self, obj: Event) -> str:
        """What happened."""
        return obj.get_kind_display()

    @display(description="As received")
    def payload_text(self, obj: Event) -> SafeString:
        """The report as the provider worded it."""
        return format_html('<pre class="desk-text">{}</pre>', json.dumps(obj.payload, indent=2, ensure_ascii=False))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Newest first."""
        return super().get_queryset(request).order_by("-received_at")
