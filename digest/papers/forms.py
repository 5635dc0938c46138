"""The forms in which curators edit papers and topics."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from digest.papers.fields import LinesField
from digest.papers.identifiers import parse_arxiv_id, parse_doi
from digest.papers.models import Paper, Topic
from digest.papers.text import clean_line, clean_text

LINKS = ("url", "code_url", "project_url", "discussion_url", "thumbnail_url")


class PaperForm(forms.ModelForm):
    """A paper as a curator types it; cleaned like an imported one."""

    authors = LinesField(rows=5, help_text="One name per line, in the paper's order.")
    categories = LinesField(help_text="One per line, like cs.RO.")
    keywords = LinesField(help_text="One per line.")
    # Longer than the column: a whole address may be pasted.
    arxiv_id = forms.CharField(
        label="arXiv id",
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Or its address, like https://arxiv.org/abs/2603.01234.",
    )

    class Meta:
        model = Paper
        # The admin page lists the rest, and makes fields that take addresses as https.
        fields: ClassVar = ["title", "abstract", "authors", "categories", "keywords"]

    def clean_title(self) -> str:
        """The title on one line; refused where nothing readable is left of it."""
        title = clean_line(self.cleaned_data["title"])
        if not title:
            raise ValidationError("A paper needs a title.")
        return title

    def clean_abstract(self) -> str:
        """The abstract without characters that cannot be shown."""
        return clean_text(self.cleaned_data["abstract"])

    def clean_arxiv_id(self) -> str | None:
        """The bare id, from an id or an address."""
        if not (typed := self.cleaned_data["arxiv_id"]):
            return None
        if not (found := parse_arxiv_id(typed)):
            raise ValidationError("An arXiv id is written like 2603.01234, or cs/0309136 for old papers.")
        return found.base

    def clean_doi(self) -> str | None:
        """The bare DOI, from a DOI or an address."""
        if not (typed := self.cleaned_data["doi"]):
            return None
        if not (found := parse_doi(typed)):
            raise ValidationError("A DOI begins with 10. and holds a slash, like 10.1000/182.")
        return found

    def clean(self) -> dict[str, Any]:
        """Links lead to https pages only, since nothing else is ever shown."""
        cleaned = super().clean() or self.cleaned_data
        for name in LINKS:
            if (link := cleaned.get(name)) and not link.startswith("https://"):
                self.add_error(name, "Only addresses that start with https:// are shown to readers.")
        return cleaned


class TopicForm(forms.ModelForm):
    """A topic and what files papers under it."""

    categories = LinesField(help_text="Source categories that file a paper here, one per line, like cs.RO.")
    keywords = LinesField(help_text="Words or phrases that file a paper here, one per line.")

    class Meta:
        model = Topic
        fields: ClassVar = ["name", "slug", "description", "meaning", "categories", "keywords", "is_active"]
