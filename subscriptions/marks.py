"""What readers do with papers and what we keep of it, down to the history of their consent."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.utils.timezone import now

from digest.papers.models import Paper

OWNER = "subscriptions.Subscriber"


def make_key() -> str:
    """An address that nobody guesses: 128 bits."""
    return secrets.token_urlsafe(16)


class ConsentEvent(models.Model):
    """A moment in a subscription's history, as a proof and for the reader to see."""

    class Kind(models.TextChoices):
        ASKED = "asked", "Asked to subscribe"
        CONFIRMED = "confirmed", "Confirmed by the mailed link"
        CHANGED = "changed", "Changed what comes, or when"
        PAUSED = "paused", "Paused"
        RESUMED = "resumed", "Resumed"
        LEFT = "left", "Unsubscribed"
        MOVED = "moved", "Changed the address"

    subscriber = models.ForeignKey(OWNER, on_delete=models.CASCADE, related_name="history")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    detail = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return self.get_kind_display()


class Feedback(models.Model):
    """What a reader said about one paper."""

    class Kind(models.TextChoices):
        MORE = "more", "More like this"
        LESS = "less", "Less like this"
        SAVE = "save", "Saved"
        HIDE = "hide", "Hidden"

    subscriber = models.ForeignKey(OWNER, on_delete=models.CASCADE, related_name="feedback")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    made_by_machine = models.BooleanField(default=False, help_text="Came too fast to be a person's; not used.")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name_plural = "feedback"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "paper", "kind"], name="feedback_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.paper}"


class Opening(models.Model):
    """A paper that a reader who lets us count opened from one digest; summed up, never shown by person."""

    subscriber = models.ForeignKey(OWNER, on_delete=models.CASCADE, related_name="openings")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    period = models.CharField(max_length=10, help_text="Of the digest.")
    made_by_machine = models.BooleanField(default=False, help_text="Came too fast to be a person's; not counted.")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "period", "paper"], name="opening_once"),
        ]

    def __str__(self) -> str:
        return f"{self.period}: {self.paper}"


class Vote(models.Model):
    """A reader's upvote; one a person and paper."""

    subscriber = models.ForeignKey(OWNER, on_delete=models.CASCADE, related_name="votes")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["subscriber", "paper"], name="vote_once")]

    def __str__(self) -> str:
        return str(self.paper)


class Collection(models.Model):
    """A reader's list of papers. Who knows its key may look at it."""

    subscriber = models.ForeignKey(OWNER, on_delete=models.CASCADE, related_name="collections")
    name = models.CharField(max_length=80)
    key = models.CharField(max_length=32, unique=True, default=make_key, editable=False)
    papers = models.ManyToManyField(Paper, through="subscriptions.SavedPaper", related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["subscriber", "name"], name="collection_name_once")]

    def __str__(self) -> str:
        return self.name


class SavedPaper(models.Model):
    """A paper in a list."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="saved")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["collection", "paper"], name="saved_once")]

    def __str__(self) -> str:
        return str(self.paper)


class Suggestion(models.Model):
    """A paper that a reader would like to see listed; a curator decides."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for a curator"
        TAKEN = "taken", "Taken"
        REFUSED = "refused", "Not taken"

    subscriber = models.ForeignKey(OWNER, on_delete=models.SET_NULL, null=True, related_name="suggestions")
    # One form of the name, so that a second reader's suggestion is recognised.
    name = models.CharField(max_length=500, unique=True, help_text="arXiv id, DOI or https link.")
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class AuthorClaim(models.Model):
    """A reader says that an author's name on a paper is theirs; a curator decides."""

    class State(models.TextChoices):
        CLAIMED = "claimed", "Waiting for a curator"
        CONFIRMED = "confirmed", "Confirmed"
        REFUSED = "refused", "Refused"

    subscriber = models.ForeignKey(OWNER, on_delete=models.CASCADE, related_name="claims")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="claims")
    name = models.CharField(max_length=200, help_text="As the paper lists it.")
    profile_url = models.URLField(max_length=300, blank=True, help_text="Where the name leads once it is confirmed.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.CLAIMED)
    is_shown = models.BooleanField(default=True, help_text="The author may hide a confirmed claim.")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["subscriber", "paper"], name="claim_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.paper}"


class AddressChange(models.Model):
    """A wish to get mail at another address. It happens when both mailboxes have confirmed it."""

    subscriber = models.ForeignKey(OWNER, on_delete=models.CASCADE, related_name="address_changes")
    address = models.EmailField(max_length=254)
    mailbox_key = models.CharField(max_length=254, db_index=True, editable=False)
    created_at = models.DateTimeField(default=now)
    old_confirmed_at = models.DateTimeField(null=True, blank=True)
    new_confirmed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    # A newer wish, or anything that makes this one impossible.
    void_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"Address change {self.pk}"


class Attempt(models.Model):
    """Something done that is limited by person or network. Holds a keyed hash, never an address; kept for a day."""

    action = models.CharField(max_length=10)
    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["action", "key", "at"], name="attempt_recent"),
            models.Index(fields=["at"], name="attempt_old"),
        ]

    def __str__(self) -> str:
        return f"{self.action} at {self.at:%Y-%m-%d %H:%M}"
