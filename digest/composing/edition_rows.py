"""The rows on an edition's page: picks to drag, and caps of topics."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline

from digest.composing.forms import PickForm
from digest.composing.models import Pick, TopicCap
from digest.desk import ReadOnlyInline

PICKS = "Picks, in the order of the mail"


class PickInline(TabularInline):
    """The papers of an edition, in their order: drag by the handle."""

    model = Pick
    form = PickForm
    fields = ("paper", "section", "note", "is_pinned", "position")
    autocomplete_fields = ("paper",)
    ordering_field = "position"
    hide_ordering_field = True
    hide_title = True
    extra = 0
    verbose_name_plural = PICKS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pick]:
        """Picks with their papers: the rows show them."""
        return super().get_queryset(request).select_related("paper")


class SettledPickInline(ReadOnlyInline):
    """The papers of an edition that can change no more."""

    model = Pick
    fields = ("paper", "section", "note")
    verbose_name_plural = PICKS
    per_page = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pick]:
        """Picks with their papers: the rows show them."""
        return super().get_queryset(request).select_related("paper")


class CapInline(TabularInline):
    """The most of a topic, for readers who do not follow it."""

    model = TopicCap
    fields = ("topic", "percent")
    autocomplete_fields = ("topic",)
    extra = 0
    hide_title = True
    verbose_name = "cap"
    verbose_name_plural = "Caps: the most of a topic, for suggestions and readers who do not follow it"

    def get_queryset(self, request: HttpRequest) -> QuerySet[TopicCap]:
        """Caps with their topics: the rows show them."""
        return super().get_queryset(request).select_related("topic")


class SettledCapInline(ReadOnlyInline):
    """Caps of an edition that can change no more."""

    model = TopicCap
    fields = ("topic", "percent")
    verbose_name_plural = "Caps of topics"
