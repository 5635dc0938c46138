"""The form in which curators build an edition."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from digest.composing.models import Edition, Pick
from digest.composing.periods import clean_period

# Phones show so many letters of a subject line.
SHORT_SUBJECT = 50


class EditionForm(forms.ModelForm):
    """An edition's words; its picks are rows below it."""

    class Meta:
        model = Edition
        fields: ClassVar = ["kind", "period", "title", "subject", "intro", "curator_name"]
        widgets: ClassVar = {
            "period": UnfoldAdminTextInputWidget(attrs={"placeholder": "2026-W32", "autocomplete": "off"}),
            "intro": UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        }
        error_messages: ClassVar = {
            "period": {"unique": "There is an edition for this period already. Open it from the list of editions."}
        }
        help_texts: ClassVar = {
            "period": "A day like 2026-08-03, an ISO week like 2026-W32, or a month like 2026-08.",
            "title": "The headline of the mail. Left empty, the site's name stands there.",
            "subject": f"Left empty, the first paper makes the subject. Phones show about {SHORT_SUBJECT} letters.",
            "intro": "Markdown, shown above the papers. Two or three sentences are read; more are skipped.",
            "curator_name": "Who signs this edition. Left empty, the site's own byline.",
        }

    def clean_subject(self) -> str:
        """The subject on one line: a mail's header cannot hold two."""
        return " ".join(self.cleaned_data["subject"].split())

    def clean(self) -> dict[str, Any]:
        """The period, checked against its kind and spelled as it is stored."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("period") and cleaned.get("kind"):
            try:
                cleaned["period"] = clean_period(cleaned["period"], kind=cleaned["kind"])
            except ValueError as problem:
                self.add_error("period", str(problem))
        return cleaned


class PickForm(forms.ModelForm):
    """A paper in an edition and what the curators say about it."""

    class Meta:
        model = Pick
        fields: ClassVar = ["paper", "note", "position"]
        widgets: ClassVar = {
            "note": UnfoldAdminTextareaWidget(attrs={"rows": 2, "placeholder": "Why it is worth reading"})
        }
