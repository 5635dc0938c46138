"""The forms in which operators set a reader's rhythm and interests, and suppress an address."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from subscriptions.addresses import clean_address
from subscriptions.models import Interest, Subscriber, Suppression
from subscriptions.zones import known_zones

RHYTHM = ("cadence", "weekday", "hour", "timezone", "paper_limit", "layout")


class SubscriberForm(forms.ModelForm):
    """A reader's rhythm, the only part of the row that an operator may set."""

    class Meta:
        model = Subscriber
        fields: ClassVar = list(RHYTHM)

    def clean_timezone(self) -> str:
        """A zone this machine knows."""
        zone = str(self.cleaned_data["timezone"]).strip()
        if zone not in known_zones():
            raise ValidationError("There is no such time zone. They are written like Europe/Berlin.")
        return zone


class InterestForm(forms.ModelForm):
    """One interest: the field that its kind names, and no other."""

    class Meta:
        model = Interest
        fields: ClassVar = ["kind", "topic", "paper", "text", "weight"]

    def clean(self) -> dict[str, Any]:
        """Ask for the one field that counts and empty the others."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind = cleaned.get("kind", "")
        counts = kind if kind in {"topic", "paper"} else "text"
        if not cleaned.get(counts):
            self.add_error(counts, f"This kind of interest needs a {'word' if counts == 'text' else counts}.")
        cleaned |= {name: None for name in ("topic", "paper") if name != counts}
        cleaned["text"] = " ".join(cleaned.get("text", "").split()) if counts == "text" else ""
        return cleaned


class SuppressionForm(forms.ModelForm):
    """An address to write to no more. Only its hash is kept."""

    address = forms.CharField(
        max_length=254,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Only a keyed hash of it is stored, so it cannot be read here afterwards.",
    )

    class Meta:
        model = Suppression
        fields: ClassVar = ["scope", "note"]

    def clean_address(self) -> str:
        """An address that mail could go to."""
        try:
            return clean_address(self.cleaned_data["address"])
        except ValueError as problem:
            raise ValidationError(str(problem)) from problem
