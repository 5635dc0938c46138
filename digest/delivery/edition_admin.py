"""An edition's page once its digests are on their way: what became of them, pause and go on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import now
from unfold.decorators import action
from unfold.enums import ActionVariant

from digest.composing.admin import EditionAdmin
from digest.composing.editions import audience
from digest.composing.models import Edition
from digest.delivery.aftermath_admin import AftermathAdmin
from digest.delivery.effect_admin import EffectAdmin
from digest.delivery.ledger import cancel, pause, resume
from digest.delivery.preview_admin import PreviewAdmin
from digest.delivery.report import account_for
from digest.desk import ask_first, count_of


class RunningEditionAdmin(EffectAdmin, PreviewAdmin, AftermathAdmin, EditionAdmin):
    """The curators' page, with what delivery knows."""

    actions_detail: tuple[str | dict[str, Any], ...] = (
        "effect",
        "preview",
        "approve_edition",
        "pause_edition",
        "resume_edition",
        {"title": "More", "icon": "menu", "items": ["after", *EditionAdmin.more_actions, "cancel_edition"]},
    )

    def has_stop_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  # the skin's signature
        """Stopping is for those who watch the sending, too."""
        return request.user.has_perm("composing.stop_edition")

    def describe(self, edition: Edition) -> dict[str, Any]:
        """Also the sum of what became of its digests."""
        digests = f"{reverse('admin:composing_digest_changelist')}?edition__id__exact={edition.pk}"
        return super().describe(edition) | {"account": account_for(edition, now=now()), "edition_digests": digests}

    @action(description="Pause", permissions=["stop"], icon="pause", variant=ActionVariant.DANGER, url_path="pause")
    def pause_edition(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; then hand over nothing of it until somebody lets it go on."""
        edition, page = self.find(object_id), self.page_of(object_id)
        if request.method != "POST":
            return ask_first(
                request,
                model_admin=self,
                title=f"Pause {edition}",
                question=f"{self.count_readers(edition)} No more digests of it are handed over until somebody lets it "
                "go on. Those that the provider has already cannot be called back.",
                button="Pause",
                back=page,
                is_danger=True,
            )
        if pause(edition.pk, reason=f"By {request.user.get_username()}.", now=now()):
            self.log_change(request, edition, "Paused.")
            messages.warning(request, f"{edition} is paused.")
        return HttpResponseRedirect(page)

    @action(description="Go on", permissions=["stop"], icon="play_arrow", url_path="resume")
    def resume_edition(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first, naming why it stands still; then let it go on."""
        edition, page = self.find(object_id), self.page_of(object_id)
        if request.method != "POST":
            return ask_first(
                request,
                model_admin=self,
                title=f"Let {edition} go on",
                question=f"It was paused: {edition.pause_reason} {self.count_readers(edition)} What waits is handed "
                "over from now on.",
                button="Go on",
                back=page,
            )
        if resume(edition.pk):
            self.log_change(request, edition, "Resumed.")
            messages.success(request, f"{edition} goes on.")
        return HttpResponseRedirect(page)

    @action(description="Cancel", permissions=["stop"], icon="cancel", variant=ActionVariant.DANGER, url_path="cancel")
    def cancel_edition(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; then nothing of it that has not left ever does."""
        edition, page = self.find(object_id), self.page_of(object_id)
        if request.method != "POST":
            return ask_first(
                request,
                model_admin=self,
                title=f"Cancel {edition}",
                question=f"{self.count_readers(edition)} What has not left never does, and nobody who is due later "
                f"gets a digest for {edition.period}. This cannot be taken back; to wait instead, pause it.",
                button="Cancel the edition",
                back=page,
                is_danger=True,
            )
        if cancel(edition.pk, reason=f"Cancelled by {request.user.get_username()}.", now=now()):
            self.log_change(request, edition, "Cancelled.")
            messages.warning(request, f"{edition} is cancelled. {self.count_readers(edition)}")
        else:
            messages.info(request, f"{edition} was cancelled already.")
        return HttpResponseRedirect(page)

    def count_readers(self, edition: Edition) -> str:
        """How many have it, how many wait, and how many are still to come, as a sentence."""
        account = account_for(edition, now=now())
        later = audience(edition=edition)
        return (
            f"{count_of(account.parts['accepted'], 'reader has', 'readers have')} it already, {account.left:,} are on "
            f"their way, and {later:,} would get it at their hour."
        )

    def list_useless(self, edition: Edition) -> set[str]:
        """Nothing to pause before its digests are on their way."""
        idle = {"resume_edition"} if edition.paused_at is None else {"pause_edition"}
        if edition.frozen_at is None:
            idle |= {"pause_edition", "after"}
        if edition.state == Edition.State.CANCELLED:
            idle |= {"pause_edition", "resume_edition", "cancel_edition"}
        return super().list_useless(edition) | idle
