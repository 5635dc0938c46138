"""Who gets mail: subscribers, what they follow, mail we owe them, addresses we must not write to."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from digest.papers.models import Paper, Topic
from subscriptions.marks import (
    AddressChange,
    Attempt,
    AuthorClaim,
    Collection,
    ConsentEvent,
    Feedback,
    Opening,
    SavedPaper,
    Suggestion,
    Vote,
    make_key,
)

__all__ = [
    "AddressChange",
    "Attempt",
    "AuthorClaim",
    "Cadence",
    "Collection",
    "ConsentEvent",
    "DateLanguage",
    "Feedback",
    "Interest",
    "Layout",
    "Notice",
    "Opening",
    "SavedPaper",
    "Subscriber",
    "Suggestion",
    "Suppression",
    "Vote",
    "Weekday",
]


class Weekday(models.IntegerChoices):
    """Days as Python counts them."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class Cadence(models.TextChoices):
    """How often a digest comes."""

    DAILY = "daily", "Every day"
    WEEKDAYS = "weekdays", "Every weekday"
    WEEKLY = "weekly", "Every week"
    MONTHLY = "monthly", "Every month"


class DateLanguage(models.TextChoices):
    """How dates are written for a reader; the rest stays English."""

    ENGLISH = "en", "English: 3 August 2026"
    ISO = "iso", "ISO 8601: 2026-08-03"
    GERMAN = "de", "Deutsch: 3. August 2026"
    SPANISH = "es", "Español: 3 de agosto de 2026"
    FRENCH = "fr", "Français: 3 août 2026"
    ITALIAN = "it", "Italiano: 3 agosto 2026"
    DUTCH = "nl", "Nederlands: 3 augustus 2026"
    POLISH = "pl", "Polski: 3 sierpnia 2026"
    PORTUGUESE = "pt", "Português: 3 de agosto de 2026"
    SWEDISH = "sv", "Svenska: 3 augusti 2026"
    JAPANESE = "ja", "日本語: 2026年8月3日"
    CHINESE = "zh-hans", "简体中文: 2026年8月3日"


class Layout(models.TextChoices):
    """How much of each paper a digest shows."""

    FULL = "full", "Full: authors, abstract and reasons"
    COMPACT = "compact", "Compact: titles and votes only"


class Subscriber(models.Model):
    """A person who asked for mail."""

    class State(models.TextChoices):
        PENDING = "pending", "Not confirmed yet"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        LEFT = "left", "Unsubscribed"

    # `email` keeps the spelling that was typed; `email_key` is one per person.
    email = models.EmailField(max_length=254)
    email_key = models.CharField(max_length=254, editable=False)
    mailbox_key = models.CharField(max_length=254, editable=False, help_text="Without plus tags and dots, for limits.")
    address_hash = models.CharField(max_length=64, editable=False, help_text="Keyed hash, as suppressions hold it.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)

    cadence = models.CharField(max_length=10, choices=Cadence.choices, default=Cadence.WEEKLY)
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices, default=Weekday.MONDAY)
    hour = models.PositiveSmallIntegerField(default=8, validators=[MaxValueValidator(23)])
    timezone = models.CharField(max_length=64, default="UTC")
    paper_limit = models.PositiveSmallIntegerField(default=10, validators=[MinValueValidator(1), MaxValueValidator(30)])
    date_language = models.CharField(max_length=10, choices=DateLanguage.choices, default=DateLanguage.ENGLISH)
    layout = models.CharField(max_length=8, choices=Layout.choices, default=Layout.FULL)

    # Theirs to turn on, nobody else's: no form of the desk shows it.
    counts_clicks = models.BooleanField(default=False, db_default=False, editable=False)

    next_due_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateField(null=True, blank=True, help_text="Digests start again by themselves on this day.")
    # The first day of a rest that is over: the next digest looks back to it, once.
    rested_from = models.DateField(null=True, blank=True, editable=False)
    feed_key = models.CharField(max_length=32, default=make_key, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    consent_at = models.DateTimeField(null=True, blank=True)
    consent_source = models.CharField(max_length=200, blank=True)
    token_version = models.PositiveIntegerField(default=1, editable=False, help_text="Raised to revoke mailed links.")
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        permissions: ClassVar = [
            ("see_addresses", "Can see subscribers' addresses"),
            ("export_subscriber", "Can export subscribers"),
            ("erase_subscriber", "Can erase a subscriber"),
        ]
        indexes: ClassVar = [
            # The due scan reads this and nothing else.
            models.Index(fields=["next_due_at", "id"], name="subscriber_due", condition=Q(state="active")),
            models.Index(fields=["state", "-created_at"], name="subscriber_state"),
            # Named here, not on their columns: there each would bring a second index, for LIKE, that
            # every reader's move to the next slot would have to keep up.
            models.Index(fields=["mailbox_key"], name="subscriber_mailbox"),
            models.Index(fields=["address_hash"], name="subscriber_hash"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["email_key"], name="subscriber_once"),
            models.UniqueConstraint(fields=["feed_key"], name="subscriber_feed_once"),
            models.CheckConstraint(condition=Q(weekday__lte=6) & Q(hour__lte=23), name="subscriber_slot_valid"),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(consent_at__isnull=False), name="subscriber_active_consented"
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(next_due_at__isnull=False), name="subscriber_active_has_slot"
            ),
        ]

    def __str__(self) -> str:
        # Not the address: this is what logs, titles and other people's pages show.
        return f"Subscriber {self.pk}"


class Interest(models.Model):
    """Something a subscriber follows (positive weight) or mutes (negative)."""

    class Kind(models.TextChoices):
        TOPIC = "topic", "Topic"
        KEYWORD = "keyword", "Keyword"
        AUTHOR = "author", "Author"
        ORGANISATION = "organisation", "Organisation"
        PAPER = "paper", "Paper they liked"

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="interests")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    text = models.CharField(max_length=100, blank=True, help_text="The keyword, or the name followed.")
    weight = models.FloatField(default=1.0, help_text="Above 0 follows, below 0 mutes.")
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering: ClassVar = ["kind", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subscriber", "topic"], name="interest_topic_once", condition=Q(kind="topic")
            ),
            models.UniqueConstraint(
                fields=["subscriber", "paper"], name="interest_paper_once", condition=Q(kind="paper")
            ),
            models.UniqueConstraint(
                fields=["subscriber", "kind", "text"],
                name="interest_text_once",
                condition=Q(kind__in=["keyword", "author", "organisation"]),
            ),
            models.CheckConstraint(
                name="interest_names_one_thing",
                condition=Q(kind="topic", topic__isnull=False, paper=None, text="")
                | Q(kind="paper", paper__isnull=False, topic=None, text="")
                | (Q(kind__in=["keyword", "author", "organisation"], topic=None, paper=None) & ~Q(text="")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.topic or self.paper or self.text)


class Notice(models.Model):
    """A single mail we owe one person (confirm, manage, goodbye ...), written down before it is sent.

    The page that asks for it only stores this row; a worker sends it. So no page waits for a
    broker or a mail server, and a mail that was promised survives a crash.
    """

    class Kind(models.TextChoices):
        CONFIRM = "confirm", "Confirm your address"
        WELCOME = "welcome", "Welcome"
        ALREADY = "already", "Already subscribed"
        MANAGE = "manage", "Link to your preferences"
        GOODBYE = "goodbye", "Goodbye"
        ADDRESS = "address", "Confirm the new address"
        MOVING = "moving", "Confirm leaving the old address"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Given up"

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="notices")
    # Where it goes, when not to the subscriber's own address.
    change = models.ForeignKey(AddressChange, on_delete=models.CASCADE, null=True, blank=True, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="notice_due", condition=Q(state__in=["waiting", "sending"])),
            models.Index(fields=["subscriber", "kind", "-created_at"], name="notice_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_state_display()})"


class Suppression(models.Model):
    """An address we must not write to, kept as a keyed hash so that it outlives the person's data."""

    class Scope(models.TextChoices):
        DIGEST = "digest", "No digests"
        ALL = "all", "No mail at all"

    class Reason(models.TextChoices):
        BOUNCED = "bounced", "The mailbox does not exist"
        COMPLAINED = "complained", "Reported as spam"
        NEVER = "never", "Asked never to be written to"
        ERASED = "erased", "Asked to be erased"
        PROVIDER = "provider", "Suppressed by the provider"
        OPERATOR = "operator", "Added by the operator"

    address_hash = models.CharField(max_length=64)
    key_version = models.PositiveSmallIntegerField(default=1)
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.ALL)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["address_hash", "key_version", "scope"], name="suppression_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()}: {self.get_reason_display()}"
