"""The curators' pages for papers, topics, sources and import runs."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import smart_split, unescape_string_literal
from django.utils.timezone import now
from simple_history.admin import SimpleHistoryAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from digest.desk import BAD, CARE, GOOD, QUIET, DeskAdmin, find_row
from digest.papers.curation import embargo_papers, restore_papers
from digest.papers.deciding import decide
from digest.papers.decision_admin import DecisionAdmin, tell_decision
from digest.papers.forms import PaperForm, TopicForm
from digest.papers.identifiers import fold_title
from digest.papers.join_admin import JoinAdmin
from digest.papers.merging import keep_by_hand
from digest.papers.models import Decision, ImportRun, News, Paper, PaperQuerySet, Source, SourceRecord, Topic
from digest.papers.record_admin import NewsAdmin, SourceRecordAdmin, link_records
from digest.papers.source_admin import ImportRunAdmin, SourceAdmin
from digest.papers.topics import file_paper, remember_corrections
from digest.papers.trending import refresh_trends

# Short, for a narrow column.
WAITING = "Waiting"
WITHDRAWN = "Withdrawn"
STATE_COLOURS = {
    WAITING: CARE,
    Paper.State.APPROVED.label: GOOD,
    Paper.State.HIDDEN.label: QUIET,
    WITHDRAWN: BAD,
}
SHOWN_AUTHORS = 3


@admin.register(Paper)
class PaperAdmin(SimpleHistoryAdmin, JoinAdmin):
    """Papers: found, edited and decided about."""

    form = PaperForm
    list_display = ("short_title", "standing", "votes", "listed_on", "topic_names", "source")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("topics", RelatedDropdownFilter),
        ("source", RelatedDropdownFilter),
        ("listed_on", RangeDateFilter),
    )
    list_select_related = ("source",)
    search_fields = ("title", "authors", "arxiv_id", "doi")
    search_help_text = "Title, author, arXiv id or DOI"
    autocomplete_fields = ("topics",)
    readonly_fields = ("standing", "withdrawn_at", "trending_number", "told_by", "created_at", "updated_at")
    actions: tuple[str, ...] = ("approve_selected", "hide_selected", "withdraw_selected")
    actions_submit_line = ("approve_this", "hide_this", "withdraw_this", "restore_this")
    fieldsets = (
        (None, {"fields": ("title", "abstract", "authors", "topics", "standing", ("embargo_until", "desk_note"))}),
        (
            "Listing",
            {
                "classes": ["tab"],
                "fields": (
                    ("listed_on", "votes"),
                    ("published_on", "comments"),
                    ("source", "stars"),
                    "submitter",
                    "organisation",
                    "author_takes_part",
                ),
            },
        ),
        (
            "Names and links",
            {
                "classes": ["tab"],
                "fields": (
                    ("arxiv_id", "version"),
                    "doi",
                    "url",
                    "code_url",
                    "project_url",
                    "discussion_url",
                    "thumbnail_url",
                    "artifacts",
                ),
            },
        ),
        ("Words", {"classes": ["tab"], "fields": ("summary", "categories", "keywords", ("venue", "licence"))}),
        (
            "Record",
            {"classes": ["tab"], "fields": ("told_by", "trending_number", "withdrawn_at", "created_at", "updated_at")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Paper]:
        """Papers with their topics: the list shows them."""
        return super().get_queryset(request).prefetch_related("topics")

    def get_search_results(
        self, request: HttpRequest, queryset: PaperQuerySet, search_term: str
    ) -> tuple[QuerySet[Paper], bool]:
        """Papers that hold every word somewhere. For an edition's picks: only papers that may be sent, best first."""
        for word in _words(search_term):
            queryset = queryset.filter(_mentions(word))
        if request.GET.get("model_name") == "pick":
            queryset = queryset.sendable().trending()
        return queryset, False

    def save_model(self, request: HttpRequest, obj: Paper, form: Any, change: bool) -> None:  # noqa: FBT001  # same
        """Keep what is computed from typed fields true; what was typed stays when a source tells otherwise."""
        keep_by_hand(obj, fields=form.changed_data)
        obj.title_key = fold_title(obj.title)
        if not change and obj.source is None:
            kind = Source.Kind.MANUAL
            obj.source, _ = Source.objects.get_or_create(kind=kind, defaults={"name": kind.label})
        super().save_model(request, obj, form, change)
        refresh_trends([obj])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001  # same
        """A new paper without topics is filed like an imported one; a change of topics is remembered."""
        before = set(form.instance.topics.values_list("pk", flat=True))
        super().save_related(request, form, formsets, change)
        until = form.instance.embargo_until
        if until is not None and until > now() and "embargo_until" in form.changed_data:
            embargo_papers(_only(form.instance), until=until, now=now())
        if not change and not form.cleaned_data.get("topics"):
            file_paper(form.instance)
        else:
            after = form.instance.topics.values_list("pk", flat=True)
            remember_corrections(form.instance, before=before, after=after)

    def view_on_site(self, obj: Paper) -> str | None:
        """The public page, where the paper has one."""
        return obj.get_absolute_url() if obj.state == Paper.State.APPROVED else None

    @display(description="Title", ordering="title")
    def short_title(self, obj: Paper) -> SafeString:
        """The title over its first authors."""
        authors = ", ".join(obj.authors[:SHOWN_AUTHORS])
        authors += " and others" if len(obj.authors) > SHOWN_AUTHORS else ""
        return format_html('<span class="desk-title">{}</span><span class="desk-under">{}</span>', obj, authors)

    @display(description="Topics")
    def topic_names(self, obj: Paper) -> SafeString:
        """What it is filed under, cut where the column ends."""
        names = ", ".join(topic.name for topic in obj.topics.all())
        return format_html('<span class="desk-narrow" title="{0}">{0}</span>', names or "none")

    @display(description="State", ordering="state", label=STATE_COLOURS)
    def standing(self, obj: Paper) -> str:
        """Its state, or that it was withdrawn."""
        if obj.withdrawn_at:
            return WITHDRAWN
        return WAITING if obj.state == Paper.State.PENDING else obj.get_state_display()

    @display(description="Told by")
    def told_by(self, obj: Paper) -> SafeString | str:
        """Which sources told what, record by record."""
        return link_records(obj)

    @display(description="Trending number")
    def trending_number(self, obj: Paper) -> str:
        """The number the trending order sorts by."""
        return f"{obj.trend:.3f}"

    @action(description="Approve", permissions=["change"])
    def approve_selected(self, request: HttpRequest, queryset: PaperQuerySet) -> None:
        """Approve what was selected."""
        self._report(request, queryset, Decision.Kind.APPROVED)

    @action(description="Hide", permissions=["change"])
    def hide_selected(self, request: HttpRequest, queryset: PaperQuerySet) -> None:
        """Hide what was selected."""
        self._report(request, queryset, Decision.Kind.HIDDEN)

    @action(description="Mark as withdrawn", permissions=["change"])
    def withdraw_selected(self, request: HttpRequest, queryset: PaperQuerySet) -> None:
        """Mark what was selected as withdrawn."""
        self._report(request, queryset, Decision.Kind.WITHDRAWN)

    def _report(self, request: HttpRequest, papers: PaperQuerySet, kind: Decision.Kind) -> None:
        selected = papers.count()
        tell_decision(request, decide(papers, kind=kind, user_id=request.user.pk, now=now()), selected=selected)

    @action(description="Save and approve", permissions=["change"])
    def approve_this(self, request: HttpRequest, obj: Paper) -> None:
        """Approve the paper that was just saved."""
        self._report(request, _only(obj), Decision.Kind.APPROVED)

    @action(description="Save and hide", permissions=["change"])
    def hide_this(self, request: HttpRequest, obj: Paper) -> None:
        """Hide the paper that was just saved."""
        self._report(request, _only(obj), Decision.Kind.HIDDEN)

    @action(description="Save and mark withdrawn", permissions=["change"])
    def withdraw_this(self, request: HttpRequest, obj: Paper) -> None:
        """Mark the paper that was just saved as withdrawn."""
        self._report(request, _only(obj), Decision.Kind.WITHDRAWN)

    @action(description="Save and undo withdrawal", permissions=["change"])
    def restore_this(self, request: HttpRequest, obj: Paper) -> None:
        """Take the withdrawn mark off the paper that was just saved."""
        restore_papers(_only(obj), now=now())
        messages.success(request, "1 paper restored.")

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only the buttons that would change this paper."""
        paper = find_row(Paper, object_id)
        useless = (
            set()
            if paper is None
            else {
                "hide_this" if paper.state == Paper.State.HIDDEN else "",
                "approve_this" if paper.state == Paper.State.APPROVED else "",
                "withdraw_this" if paper.withdrawn_at else "restore_this",
            }
        )
        offered = super().get_actions_submit_line(request, object_id)
        return [one for one in offered if one.method.original_function_name not in useless]


def _only(paper: Paper) -> PaperQuerySet:
    return Paper.objects.filter(pk=paper.pk)


def _words(text: str) -> list[str]:
    """What was typed, split at spaces outside quotation marks."""
    return [
        unescape_string_literal(bit) if bit[0] == bit[-1] in "\"'" and len(bit) > 1 else bit
        for bit in smart_split(text)
    ]


def _mentions(word: str) -> Q:
    """Papers that hold a word. SQLite keeps lists as JSON with escapes, so names are looked for both ways."""
    escaped = json.dumps(word)[1:-1]
    lists = Q(authors__icontains=word) | Q(authors__icontains=escaped)
    return lists | Q(title__icontains=word) | Q(arxiv_id__istartswith=word) | Q(doi__icontains=word)


@admin.register(Topic)
class TopicAdmin(DeskAdmin):
    """Topics, in the order readers see them: drag, then save."""

    form = TopicForm
    # The theme adds the place by itself, but only to the list: a check in the same process would then object.
    list_display = ("name", "slug", "filed", "is_active", "position")
    ordering_field = "position"
    hide_ordering_field = True
    ordering = ("position",)
    search_fields = ("name", "slug")
    prepopulated_fields: ClassVar = {"slug": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Topic]:
        """Topics with how many papers each holds."""
        return super().get_queryset(request).annotate(filed_count=Count("papers"))

    def save_model(self, request: HttpRequest, obj: Topic, form: Any, change: bool) -> None:  # noqa: FBT001  # same
        """A new topic joins the end of the list."""
        if not change:
            obj.position = Topic.objects.count()
        super().save_model(request, obj, form, change)

    @display(description="Papers", ordering="filed_count")
    def filed(self, obj: Any) -> int:
        """How many papers are filed under it."""
        return int(obj.filed_count)


admin.site.register(Decision, DecisionAdmin)
admin.site.register(Source, SourceAdmin)
admin.site.register(ImportRun, ImportRunAdmin)
admin.site.register(SourceRecord, SourceRecordAdmin)
admin.site.register(News, NewsAdmin)
