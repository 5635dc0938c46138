"""What operators do for one reader: send the confirmation again, unsubscribe, erase. Each asks first."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import now
from unfold.decorators import action
from unfold.enums import ActionVariant

from digest.desk import AddressAdmin, DeskAdmin, ask_first, find_row, shows_addresses
from subscriptions.leaving import leave
from subscriptions.models import Notice, Subscriber
from subscriptions.privacy import erase
from subscriptions.signup import owe_notice


class PersonAdmin(AddressAdmin, DeskAdmin):
    """The buttons on a reader's page."""

    actions_detail: tuple[str, ...] = ("resend", "unsubscribe", "erase_person")

    def has_erase_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  # the skin's signature
        """Nothing brings a reader back from that."""
        return request.user.has_perm("subscriptions.erase_subscriber")

    @action(
        description="Send the confirmation again", permissions=["change"], icon="forward_to_inbox", url_path="resend"
    )
    def resend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; then owe the reader one more mail to confirm by."""
        person, page = self._find_person(object_id)
        if request.method != "POST":
            return ask_first(
                request,
                model_admin=self,
                title="Send the confirmation again",
                question=f"{self._name(request, person)} asked to subscribe and has not confirmed. They get one more "
                "mail with a link; nothing else comes until they press its button.",
                button="Send it again",
                back=page,
                problems=[] if person.state == Subscriber.State.PENDING else ["This reader has nothing to confirm."],
            )
        if person.state != Subscriber.State.PENDING:
            messages.error(request, "Nothing was sent: this reader has nothing to confirm.")
        elif owe_notice(person, Notice.Kind.CONFIRM, now=now()):
            self.log_change(request, person, "Sent the confirmation again.")
            messages.success(request, "The mail goes out within seconds.")
        else:
            messages.warning(request, "Nothing was sent: this mailbox had its share of such mails. Try again later.")
        return HttpResponseRedirect(page)

    @action(description="Unsubscribe", permissions=["change"], icon="unsubscribe", url_path="unsubscribe")
    def unsubscribe(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; then unsubscribe on the reader's behalf."""
        person, page = self._find_person(object_id)
        if request.method != "POST":
            return ask_first(
                request,
                model_admin=self,
                title="Unsubscribe a reader",
                question=f"{self._name(request, person)} gets no digest any more, from this moment on. Only they can "
                "subscribe again.",
                button="Unsubscribe",
                back=page,
                is_danger=True,
            )
        if leave(subscriber_id=person.pk, now=now()):
            self.log_change(request, person, "Unsubscribed.")
            messages.success(request, "Unsubscribed. The row now says so.")
        else:
            messages.error(request, "Nothing was changed: this reader is no longer in the database.")
        return HttpResponseRedirect(page)

    @action(
        description="Erase",
        permissions=["erase"],
        icon="delete_forever",
        variant=ActionVariant.DANGER,
        url_path="erase",
    )
    def erase_person(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; then delete everything held about the reader."""
        person, page = self._find_person(object_id)
        if request.method != "POST":
            return ask_first(
                request,
                model_admin=self,
                title="Erase a reader",
                question=f"Everything held about {self._name(request, person)} is deleted: consent, interests, "
                "digests, votes. Only a keyed hash stays, so that no old list brings the address back. This cannot be "
                "undone.",
                button="Erase for good",
                back=page,
                is_danger=True,
            )
        if erase(subscriber_id=person.pk, now=now()):
            self.log_change(request, person, "Erased at their request.")
            messages.success(request, "Erased. Nothing but a keyed hash is left.")
        return HttpResponseRedirect(reverse("admin:subscriptions_subscriber_changelist"))

    def log_change(self, request: HttpRequest, obj: Subscriber, message: Any) -> Any:
        """Note who changed what, without keeping the reader's address in the log for ever."""
        entry = super().log_change(request, obj, message)
        entry.object_repr = f"Subscriber {obj.pk}"
        entry.save(update_fields=["object_repr"])
        return entry

    def _find_person(self, object_id: str) -> tuple[Subscriber, str]:
        person = find_row(Subscriber, object_id)
        if person is None:
            raise Http404("There is no such subscriber.")
        return person, reverse("admin:subscriptions_subscriber_change", args=[person.pk])

    def _name(self, request: HttpRequest, person: Subscriber) -> str:
        return person.email if shows_addresses(request) else str(person)
