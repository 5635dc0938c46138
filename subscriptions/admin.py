"""The operator's pages for subscribers, notices and suppressions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import now
from django.views.decorators.http import require_POST
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from digest.desk import (
    BAD,
    BUSY,
    CARE,
    GOOD,
    QUIET,
    DeskAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    find_row,
    shows_addresses,
)
from subscriptions.addresses import address_key
from subscriptions.admin_forms import RHYTHM, InterestForm, SubscriberForm, SuppressionForm
from subscriptions.cadence import Rhythm, describe, next_slot
from subscriptions.marks import ConsentEvent
from subscriptions.models import Interest, Notice, Subscriber, Suppression
from subscriptions.roster_admin import RosterAdmin
from subscriptions.suggestion_admin import ClaimAdmin, SuggestionAdmin
from subscriptions.suppression import suppress

__all__ = ["ClaimAdmin", "NoticeAdmin", "SubscriberAdmin", "SuggestionAdmin", "SuppressionAdmin"]

STATE_COLOURS = {
    Subscriber.State.PENDING.label: CARE,
    Subscriber.State.ACTIVE.label: GOOD,
    Subscriber.State.PAUSED.label: BUSY,
    Subscriber.State.LEFT.label: QUIET,
}
NOTICE_COLOURS = {
    Notice.State.WAITING.label: BUSY,
    Notice.State.SENDING.label: BUSY,
    Notice.State.SENT.label: GOOD,
    Notice.State.FAILED.label: BAD,
}
MOST_FOUND = 50
SHOWN_DIGESTS = 10


class InterestInline(TabularInline):
    """What a reader follows or mutes."""

    model = Interest
    form = InterestForm
    fields = ("kind", "topic", "paper", "text", "weight")
    autocomplete_fields = ("topic", "paper")
    extra = 0
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Interest]:
        """Interests with what they name."""
        return super().get_queryset(request).select_related("topic", "paper")


class NoticeInline(ReadOnlyInline):
    """Single mails about the subscription."""

    model = Notice
    fields = ("kind", "state", "attempts", "due_at", "sent_at", "error")
    readonly_fields = fields


class ConsentInline(ReadOnlyInline):
    """The moments that prove a reader's consent."""

    model = ConsentEvent
    fields = ("kind", "detail", "at")
    readonly_fields = fields
    verbose_name_plural = "History of consent"


@admin.register(Subscriber)
class SubscriberAdmin(RosterAdmin):
    """Readers. People join by signing up and confirming, so nobody is added here."""

    form = SubscriberForm
    inlines = (InterestInline, ConsentInline, NoticeInline)
    instead: ClassVar = {"email": "number"}
    list_display = ("email", "standing", "rhythm", "next_due_at", "created_at")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("cadence", ChoicesDropdownFilter),
        ("next_due_at", RangeDateTimeFilter),
        ("created_at", RangeDateTimeFilter),
    )
    # Two counts of a million rows would be one too many.
    show_full_result_count = False
    list_before_template = "admin/subscriber_find.html"
    readonly_fields = (
        "email",
        "standing",
        "next_due_at",
        "consent_at",
        "consent_source",
        "confirmed_at",
        "left_at",
        "created_at",
        "latest_digests",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("email", "standing"),
                    ("cadence", "weekday"),
                    ("hour", "timezone"),
                    ("paper_limit", "layout"),
                    "next_due_at",
                )
            },
        ),
        (
            "Consent",
            {
                "classes": ["tab"],
                "fields": (("consent_at", "consent_source"), ("created_at", "confirmed_at"), "left_at"),
            },
        ),
        ("Digests", {"classes": ["tab"], "fields": ("latest_digests",)}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # admin's signature
        """Nobody gets mail without having asked for it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  # same
        """A row proves consent and what was sent; leaving keeps it."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Also the address of the search, which posts."""
        find = self.admin_site.admin_view(require_POST(self.find))
        return [path("find/", find, name="subscriptions_subscriber_find"), *super().get_urls()]

    def find(self, request: HttpRequest) -> HttpResponse:
        """To the reader with this address, or to those whose address begins so; ids alone get into the URL."""
        if not (self.has_view_permission(request) and shows_addresses(request)):
            raise PermissionDenied
        typed = request.POST.get("address", "").strip()
        everyone = reverse("admin:subscriptions_subscriber_changelist")
        found = find_subscribers(typed)
        if not found:
            messages.warning(request, "No subscriber's address begins like that.")
            return HttpResponseRedirect(everyone)
        if len(found) == 1:
            return HttpResponseRedirect(reverse("admin:subscriptions_subscriber_change", args=found))
        if len(found) == MOST_FOUND:
            messages.info(request, f"These are the first {MOST_FOUND}. Type more of the address to see others.")
        return HttpResponseRedirect(f"{everyone}?id__in={','.join(map(str, found))}")

    def save_model(self, request: HttpRequest, obj: Subscriber, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001  # same
        """Write the rhythm alone, and move the next digest of an active reader to it.

        The reader may leave, or the tick may move them on, while this form is open: nothing else is written.
        """
        changed = [name for name in RHYTHM if name in form.changed_data]
        if not changed:
            return
        moment = now()
        rows = Subscriber.objects.filter(pk=obj.pk)
        rows.update(updated_at=moment, **{name: getattr(obj, name) for name in changed})
        slot = next_slot(Rhythm(obj.cadence, obj.weekday, obj.hour, obj.timezone), after=moment)
        rows.filter(state=Subscriber.State.ACTIVE).update(next_due_at=slot)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only the buttons that would change something."""
        person = find_row(Subscriber, object_id)
        state = person and person.state
        useless = {"resend"} if state != Subscriber.State.PENDING else set()
        useless |= {"unsubscribe"} if state == Subscriber.State.LEFT else set()
        offered = super().get_actions_detail(request, object_id)
        return [one for one in offered if one.method.original_function_name not in useless]

    @display(description="Reader", ordering="id")
    def number(self, obj: Subscriber) -> str:
        """Who they are to those who may not see addresses."""
        return str(obj)

    @display(description="State", ordering="state", label=STATE_COLOURS)
    def standing(self, obj: Subscriber) -> str:
        """Whether mail goes out."""
        return obj.get_state_display()

    @display(description="Rhythm", ordering="cadence")
    def rhythm(self, obj: Subscriber) -> str:
        """When digests come, in words."""
        return describe(Rhythm(obj.cadence, obj.weekday, obj.hour, obj.timezone))

    @display(description="Latest digests")
    def latest_digests(self, obj: Subscriber) -> SafeString | str:
        """The last few, each leading to what was in it, and the way to all."""
        rows = [
            (reverse("admin:composing_digest_change", args=[digest.pk]), digest.period, digest.get_state_display())
            for digest in obj.digests.order_by("-id")[:SHOWN_DIGESTS]
        ]
        if not rows:
            return "None yet"
        lines = format_html_join("", '<li><a class="desk-link" href="{}">{}</a> · {}</li>', rows)
        every = f"{reverse('admin:composing_digest_changelist')}?subscriber__id__exact={obj.pk}"
        return format_html(
            '<ul class="desk-lines">{}<li><a class="desk-link" href="{}">All of them</a></li>'
            '<li><a class="desk-link" href="{}">What providers said about them</a></li></ul>',
            lines,
            every,
            f"{reverse('admin:delivery_event_changelist')}?digest__subscriber__id__exact={obj.pk}",
        )


def find_subscribers(typed: str) -> list[int]:
    """Ids of who has this address, else of up to 50 whose address begins so."""
    if not typed:
        return []
    exact = Subscriber.objects.filter(email_key=address_key(typed)).values_list("pk", flat=True)
    begins = Subscriber.objects.filter(email_key__startswith=typed.casefold()).order_by("email_key")
    return list(exact) or list(begins.values_list("pk", flat=True)[:MOST_FOUND])


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """Single mails we owe or sent."""

    list_display = ("kind", "subscriber", "standing", "attempts", "due_at", "sent_at", "error")
    list_filter = (("state", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter))
    list_select_related = ("subscriber",)

    @display(description="State", ordering="state", label=NOTICE_COLOURS)
    def standing(self, obj: Notice) -> str:
        """Whether it went."""
        return obj.get_state_display()


@admin.register(Suppression)
class SuppressionAdmin(DeskAdmin):
    """Addresses we must not write to, as hashes."""

    form = SuppressionForm
    list_display = ("short_hash", "scope", "reason", "note", "created_at")
    list_filter = (("scope", ChoicesDropdownFilter), ("reason", ChoicesDropdownFilter))
    fields = ("short_hash", "scope", "reason", "note", "created_at")
    readonly_fields = ("short_hash", "reason", "created_at")
    add_fieldsets = ((None, {"fields": ("address", "scope", "note")}),)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  # admin's signature
        """A reason is a fact: remove the row, or leave it."""
        return False

    def save_model(self, request: HttpRequest, obj: Suppression, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001  # same
        """Store the hash of the address; an address that is suppressed already stays as it was."""
        reason = Suppression.Reason.OPERATOR
        scope = Suppression.Scope(obj.scope)
        row = suppress(address=form.cleaned_data["address"], scope=scope, reason=reason, note=obj.note)
        obj.pk, obj.address_hash, obj.reason = row.pk, row.address_hash, row.reason

    @display(description="Address hash")
    def short_hash(self, obj: Suppression) -> str:
        """The beginning of the hash: enough to compare two."""
        return f"{obj.address_hash[:12]}…"
