"""The forms in which curators build an edition and choose when it is approved."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from digest.composing.models import Edition, Pick
from digest.composing.periods import clean_period

# Phones show so many letters of a subject line, and so many more of the line after it.
SHORT_SUBJECT = 50
SHORT_PREHEADER = 90
STALE = (
    "Somebody changed this edition after you opened it, so nothing of yours was stored. Open it again in another "
    "tab to see what is new, then take your changes over."
)


def version_of(edition: Edition | None) -> str:
    """What a page shows of an edition, as a mark to compare: any later change gives another one."""
    return edition.updated_at.isoformat() if edition is not None and edition.pk else ""


class EditionForm(forms.ModelForm):
    """An edition's words; its picks are rows below it."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Edition
        fields: ClassVar = ["kind", "period", "title", "subject", "preheader", "intro", "curator_name"]
        widgets: ClassVar = {
            "period": UnfoldAdminTextInputWidget(attrs={"placeholder": "2026-W32", "autocomplete": "off"}),
            "subject": UnfoldAdminTextInputWidget(attrs={"data-best-length": SHORT_SUBJECT}),
            "preheader": UnfoldAdminTextInputWidget(attrs={"data-best-length": SHORT_PREHEADER}),
            "intro": UnfoldAdminTextareaWidget(
                attrs={"rows": 4, "data-shown-by": reverse_lazy("admin:composing_edition_show_intro")}
            ),
        }
        error_messages: ClassVar = {
            "period": {"unique": "There is an edition for this period already. Open it from the list of editions."}
        }
        help_texts: ClassVar = {
            "period": "A day like 2026-08-03, an ISO week like 2026-W32, or a month like 2026-08.",
            "title": "The headline of the mail. Left empty, the site's name stands there.",
            "subject": f"Left empty, the first paper makes the subject. Phones show about {SHORT_SUBJECT} letters.",
            "preheader": "What inboxes show beside the subject. Left empty, the next titles stand there.",
            "intro": "Markdown, shown above the papers. Two or three sentences are read; more are skipped.",
            "curator_name": "Who signs this edition. Left empty, the site's own byline.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = version_of(self.instance)

    def clean_version(self) -> str:
        """The mark of what was shown; a page that is older than the edition stores nothing."""
        version = str(self.cleaned_data["version"])
        if version and version != version_of(self.instance):
            raise ValidationError(STALE)
        return version

    def clean_subject(self) -> str:
        """The subject on one line: a mail's header cannot hold two."""
        return " ".join(self.cleaned_data["subject"].split())

    def clean_preheader(self) -> str:
        """The preheader on one line."""
        return " ".join(self.cleaned_data["preheader"].split())

    def clean(self) -> dict[str, Any]:
        """The period, checked against its kind and spelled as it is stored."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("period") and cleaned.get("kind"):
            try:
                cleaned["period"] = clean_period(cleaned["period"], kind=cleaned["kind"])
            except ValueError as problem:
                self.add_error("period", str(problem))
        # A hidden field has no place to show its trouble.
        if stale := self.errors.pop("version", None):
            self.add_error(None, stale.data)
        return cleaned


class PickForm(forms.ModelForm):
    """A paper in an edition and what the curators say about it."""

    # Short, for a narrow column.
    section = forms.ChoiceField(
        choices=[
            (Pick.Section.CURATORS, "Curators"),
            (Pick.Section.COMMUNITY, "Community"),
            (Pick.Section.LEFT_OUT, "Left out"),
        ],
        initial=Pick.Section.CURATORS,
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = Pick
        fields: ClassVar = ["paper", "section", "note", "is_pinned", "position"]
        widgets: ClassVar = {
            "note": UnfoldAdminTextareaWidget(attrs={"rows": 1, "placeholder": "Why it is worth reading"})
        }


class ScheduleForm(forms.Form):
    """When an edition is approved by itself."""

    moment = forms.SplitDateTimeField(
        label="Approve it by itself at (UTC)",
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text="Until then it can be changed, and the schedule stopped.",
    )
