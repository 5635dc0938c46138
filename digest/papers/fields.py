"""A form field for lists of words: one per line in a text area, a list of clean strings in the database."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from digest.papers.text import clean_line


class LinesField(forms.CharField):
    """Its value is a list of strings: no empty ones, none twice, in the order they were typed."""

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": rows}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A stored list as lines; what was typed stays as it was typed."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """The typed lines as a list."""
        lines = (clean_line(line) for line in str(super().clean(value) or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the typed lines make another list than the stored one."""
        return bool(self.clean(data) != (initial or []))
