"""The fields for papers a reader brings along, at signup and later: pasted, or as a file."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from subscriptions.liked import LONGEST


class LikedForm(forms.Form):
    """Papers named by id, DOI or title, or by an export of a reference manager."""

    liked = forms.CharField(
        required=False,
        label="Papers you like",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="Paste arXiv ids, DOIs or titles, one a line, or BibTeX, RIS, CSV or a Zotero export.",
    )
    liked_file = forms.FileField(
        required=False,
        label="… or a file of them",
        widget=forms.FileInput(attrs={"accept": ".bib,.ris,.csv,.json,.txt"}),
    )

    def clean_liked_file(self) -> str:
        """The file's text."""
        file = self.cleaned_data["liked_file"]
        if file is None:
            return ""
        if file.size > LONGEST:
            raise ValidationError("This file is too large. Please give one of at most 300 kB.")
        return str(file.read().decode(errors="replace"))

    @property
    def liked_text(self) -> str:
        """Everything brought along, of a valid form."""
        return f"{self.cleaned_data['liked']}\n{self.cleaned_data['liked_file'] or ''}".strip()

    def keep_liked_text(self) -> None:
        """Move a file's text into the text field, since a browser gives a file once only."""
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        data["liked"] = self.liked_text
        self.data = data
