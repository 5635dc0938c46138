"""Parts that every stage's admin pages share: colours of states, read-only pages, the page that asks first.

Knows Django's admin and its skin, and nothing of what the stages do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.forms import Form
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline

Row = TypeVar("Row", bound=models.Model)
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# The skin's names for colours, by what a state means to the person who looks.
GOOD, BUSY, CARE, BAD, QUIET = "success", "info", "warning", "danger", "default"


class DeskAdmin(ModelAdmin):
    """A stage's page on the desk. Addresses of links are taken as https where none is said."""

    formfield_overrides: ClassVar = {models.URLField: {"assume_scheme": "https"}}
    list_filter_submit = True
    list_per_page = 25
    warn_unsaved_form = True


def find_row(model: type[Row], object_id: object) -> Row | None:
    """The row that an address of the desk names; None where there is none, or the address holds no number."""
    number = str(object_id)
    return model._default_manager.filter(pk=number).first() if number.isdecimal() else None  # noqa: SLF001  # Django documents it as public


class ReadOnly:
    """For rows that the machine writes: people look at them and change nothing."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  # admin's signature
        """Nobody adds one by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  # same
        """Nobody changes one by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  # same
        """Nobody deletes one by hand."""
        return False


class ReadOnlyAdmin(ReadOnly, DeskAdmin):
    """Pages of rows to look at."""

    warn_unsaved_form = False


class ReadOnlyInline(ReadOnly, TabularInline):
    """Rows to look at, ten a page, on the page of what they belong to."""

    extra = 0
    per_page: int | None = 10
    can_delete = False
    show_change_link = True
    hide_title = True


def shows_addresses(request: HttpRequest) -> bool:
    """Whether this person may see who readers are."""
    return request.user.has_perm("subscriptions.see_addresses")


class AddressAdmin(ModelAdmin):
    """For pages with columns or fields that name a person: others see another one, or none, in their place."""

    # From what names a person to what stands there instead; "" for nothing.
    instead: ClassVar[Mapping[str, str]] = {}

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns this person may see."""
        return self._hide(request, super().get_list_display(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The fields, each under the name it is shown by."""
        return self._hide(request, super().get_readonly_fields(request, obj))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The groups of fields this person may see."""
        groups = super().get_fieldsets(request, obj)
        return [(name, options | {"fields": self._hide(request, options["fields"])}) for name, options in groups]

    def _hide(self, request: HttpRequest, names: Iterable[Any]) -> list[Any]:
        if shows_addresses(request):
            return list(names)
        shown = [tuple(self._hide(request, n)) if isinstance(n, tuple) else self.instead.get(n, n) for n in names]
        return [name for name in shown if name]


def ask_first(
    request: HttpRequest,
    *,
    model_admin: Any,
    title: str,
    question: str,
    button: str,
    back: str,
    facts: Sequence[tuple[str, object]] = (),
    problems: Iterable[str] = (),
    is_danger: bool = False,
    hidden: Mapping[str, str] = {},
    form: Form | None = None,
) -> TemplateResponse:
    """A page that says what is about to happen; its one button posts to the same address.

    With `problems` there is no button, only what to put right. `back` is where "Go back" leads. `hidden`
    values come back with the post, as do the fields of `form`.
    """
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": title,
        "question": question,
        "button": button,
        "back": back,
        "facts": facts,
        "problems": list(problems),
        "is_danger": is_danger,
        "hidden": hidden.items(),
        "form": form,
    }
    return TemplateResponse(request, "admin/ask_first.html", context)


def list_lines(lines: Iterable[object]) -> SafeString:
    """Lines as a plain list, each escaped."""
    return format_html(
        '<ul class="desk-lines">{}</ul>', format_html_join("", "<li>{}</li>", ((line,) for line in lines))
    )


def number_lines(lines: Iterable[object]) -> SafeString:
    """Lines as a numbered list, each escaped."""
    items = format_html_join("", "<li>{}</li>", ((line,) for line in lines))
    return format_html('<ol class="desk-numbered">{}</ol>', items)


def count_of(number: int, singular: str, plural: str = "") -> str:
    """A number with its noun: "1 paper", "1,204 papers"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def guard_cell(cell: str) -> str:
    """A cell of a table that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
