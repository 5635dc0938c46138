"""The buttons that decide about an edition: approve, schedule, back to draft. Each asks first and names the readers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import now
from unfold.decorators import action
from unfold.enums import ActionVariant

from digest.composing.editions import (
    EditionNotReadyError,
    approve,
    audience,
    find_problems,
    reopen,
    schedule,
    unschedule,
)
from digest.composing.forms import ScheduleForm, version_of
from digest.composing.models import Edition
from digest.composing.periods import describe_period
from digest.desk import DeskAdmin, ask_first, count_of, find_row, number_lines

CHANGED = "Somebody changed this edition after you opened the page, so nothing was done. Look at it again."


class DecidedEditionAdmin(DeskAdmin):
    """What an edition's page lets people decide."""

    def has_approve_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  # the skin's signature
        """Deciding is more than editing."""
        return request.user.has_perm("composing.approve_edition")

    @action(
        description="Approve", permissions=["approve"], icon="check", variant=ActionVariant.PRIMARY, url_path="approve"
    )
    def approve_edition(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first, naming the audience; then approve what was shown."""
        edition = self.find(object_id)
        if request.method != "POST":
            return self._ask(request, edition, title=f"Approve {edition}", button="Approve", then=_APPROVED)
        if self.is_stale(request, edition):
            return self._back(edition)
        assert request.user.is_authenticated
        try:
            changed = approve(edition_id=edition.pk, user=request.user, now=now())
        except EditionNotReadyError as not_ready:
            return self._refuse(request, edition, not_ready)
        if changed:
            self.log_change(request, edition, "Approved.")
            messages.success(request, f"{edition} is approved. Digests for {edition.period} will carry it.")
        else:
            messages.info(request, f"{edition} was approved already, or cancelled.")
        return self._back(edition)

    @action(description="Schedule", permissions=["approve"], icon="schedule", url_path="schedule")
    def schedule_edition(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a moment, naming the audience; from then on it approves itself."""
        edition = self.find(object_id)
        form = ScheduleForm(request.POST if request.method == "POST" else None)
        if request.method != "POST" or not form.is_valid():
            title = f"Schedule {edition}"
            return self._ask(request, edition, title=title, button="Schedule", then=_SCHEDULED, form=form)
        if self.is_stale(request, edition):
            return self._back(edition)
        moment = form.cleaned_data["moment"]
        try:
            changed = schedule(edition_id=edition.pk, moment=moment, now=now())
        except EditionNotReadyError as not_ready:
            return self._refuse(request, edition, not_ready)
        if changed:
            self.log_change(request, edition, f"Scheduled for {moment:%Y-%m-%d %H:%M} UTC.")
            messages.success(request, f"{edition} is approved by itself on {date_format(moment, 'DATETIME_FORMAT')}.")
        return self._back(edition)

    @action(description="Stop the schedule", permissions=["approve"], icon="event_busy", url_path="unschedule")
    def unschedule_edition(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; then it waits for a person again."""
        edition = self.find(object_id)
        if request.method != "POST":
            return self._ask(
                request, edition, title=f"Stop the schedule of {edition}", button="Stop it", then="will wait for you."
            )
        if unschedule(edition_id=edition.pk, now=now()):
            self.log_change(request, edition, "Schedule stopped.")
            messages.success(request, f"{edition} waits for a person to approve it.")
        return self._back(edition)

    @action(description="Back to draft", permissions=["approve"], icon="undo", url_path="reopen")
    def reopen_edition(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; then take the approval back."""
        edition = self.find(object_id)
        if request.method != "POST":
            readers = count_of(audience(edition=edition), "reader")
            return ask_first(
                request,
                model_admin=self,
                title=f"Take {edition} back to draft",
                question=f"{readers} would have got it. Digests composed from now on go out without it until it is "
                "approved again.",
                button="Back to draft",
                back=self.page_of(object_id),
            )
        if reopen(edition_id=edition.pk, now=now()):
            self.log_change(request, edition, "Taken back to draft.")
            messages.success(request, f"{edition} is a draft again.")
        else:
            messages.error(
                request, f"{edition} stays as it is: it is a draft already, or its digests are on their way."
            )
        return self._back(edition)

    def is_stale(self, request: HttpRequest, edition: Edition) -> bool:
        """Whether the page that asked showed an older edition than there is; says so."""
        shown = request.POST.get("version", "")
        if not shown or shown == version_of(edition) or edition.state != Edition.State.DRAFT:
            return False
        messages.error(request, CHANGED)
        return True

    def find(self, object_id: str) -> Edition:
        """The edition; a page that says so where there is none."""
        edition = find_row(Edition, object_id)
        if edition is None:
            raise Http404("There is no such edition.")
        return edition

    def page_of(self, object_id: str) -> str:
        """The address of an edition's form."""
        return reverse("admin:composing_edition_change", args=[object_id])

    def list_useless(self, edition: Edition) -> set[str]:
        """The buttons that would change nothing."""
        if edition.state == Edition.State.DRAFT:
            return {"reopen_edition", "schedule_edition" if edition.scheduled_at else "unschedule_edition"}
        done = {"approve_edition", "schedule_edition", "unschedule_edition"}
        is_over = edition.frozen_at or edition.state == Edition.State.CANCELLED
        return done | {"reopen_edition"} if is_over else done

    def _ask(
        self, request: HttpRequest, edition: Edition, *, title: str, button: str, then: str, form: Any = None
    ) -> HttpResponse:
        readers = audience(edition=edition)
        picks = edition.picks.shown().select_related("paper")
        return ask_first(
            request,
            model_admin=self,
            title=title,
            question=f"{count_of(readers, 'active reader')} {then.format(period=edition.period)}",
            facts=[
                ("Period", f"{describe_period(edition.period)} ({edition.period})"),
                ("Picks", number_lines(pick.paper for pick in picks)),
                ("Subject", edition.subject or "made from the first paper"),
                ("Signed by", edition.curator_name or settings.CURATOR_NAME),
            ],
            problems=find_problems(edition=edition),
            button=button,
            back=self.page_of(str(edition.pk)),
            hidden={"version": version_of(edition)},
            form=form,
        )

    def _refuse(self, request: HttpRequest, edition: Edition, not_ready: EditionNotReadyError) -> HttpResponse:
        for problem in not_ready.problems:
            messages.error(request, problem)
        return self._back(edition)

    def _back(self, edition: Edition) -> HttpResponse:
        return HttpResponseRedirect(self.page_of(str(edition.pk)))


_APPROVED = (
    "will get it in the digest for {period}, each at the hour they chose. Those whose hour is over get it at once "
    "if their digest was held back. Nothing can be changed once the first digest is composed."
)
_SCHEDULED = "will get it in the digest for {period} once it is approved. Until then it can still be changed."
