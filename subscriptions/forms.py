"""The forms readers fill in, complete without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer

from digest.papers.models import Topic
from subscriptions.addresses import clean_address
from subscriptions.cadence import Rhythm
from subscriptions.choices import DEFAULT_RHYTHM, Choices, keywords_of
from subscriptions.keywords import Keyword, join_keywords, parse_keywords
from subscriptions.liked_form import LikedForm
from subscriptions.models import Cadence, DateLanguage, Interest, Layout, Subscriber, Weekday
from subscriptions.pausing import LONGEST_PAUSE
from subscriptions.tiles import recent_titles
from subscriptions.zones import ZoneSelect, known_zones

# A person needs longer than the first to type an address; programs that fill in forms rarely wait.
YOUNGEST_FORM = timedelta(seconds=1)
OLDEST_FORM = timedelta(days=1)


class ErrorLinks(forms.Form):
    """A form that can list its troubles at the top of a page."""

    def error_links(self) -> Iterator[tuple[str, str]]:
        """The id of each field in trouble, and what is wrong with it."""
        for name, messages in self.errors.items():
            field = self[name] if name in self.fields else None
            yield (field.auto_id if field else "main"), str(messages[0])


class AddressForm(ErrorLinks):
    """One mail address."""

    email = forms.CharField(
        label="Email address",
        max_length=320,
        error_messages={"required": "Please type your email address."},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "placeholder": "you@university.edu"}),
    )

    def clean_email(self) -> str:
        """The address as mail can carry it."""
        try:
            return clean_address(self.cleaned_data["email"])
        except ValueError as problem:
            raise ValidationError(str(problem)) from problem


class ChoicesForm(forms.Form):
    """What to follow and when to get it. A field left out takes its default."""

    topics = forms.ModelMultipleChoiceField(
        queryset=Topic.objects.none(),
        to_field_name="slug",
        required=False,
        label="Topics",
        help_text="None ticked: the most noted papers of every topic.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "There is no topic called “%(value)s”. Please choose from the list."},
    )
    keywords = forms.CharField(
        required=False,
        label="Keywords",
        max_length=1600,
        help_text="Separate with commas. A minus mutes: diffusion, robot learning, -survey",
    )
    cadence = forms.ChoiceField(
        choices=Cadence.choices, initial=Cadence.WEEKLY, required=False, label="How often", widget=forms.RadioSelect
    )
    weekday = forms.TypedChoiceField(
        choices=Weekday.choices,
        initial=Weekday.MONDAY,
        required=False,
        coerce=int,
        empty_value=None,
        label="Weekday",
        help_text="For monthly mail: the first of the month.",
    )
    hour = forms.TypedChoiceField(
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        initial=DEFAULT_RHYTHM.hour,
        required=False,
        coerce=int,
        empty_value=None,
        label="Time",
    )
    timezone = forms.CharField(initial="UTC", required=False, label="Time zone", max_length=64, widget=ZoneSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topics = self.fields["topics"]
        assert isinstance(topics, forms.ModelMultipleChoiceField)
        topics.queryset = Topic.objects.filter(is_active=True)

    def clean_keywords(self) -> tuple[Keyword, ...]:
        """The keywords, each once."""
        try:
            return parse_keywords(self.cleaned_data["keywords"])
        except ValueError as problem:
            raise ValidationError(str(problem)) from problem

    def clean_timezone(self) -> str:
        """A zone this machine knows."""
        zone: str = self.cleaned_data["timezone"] or "UTC"
        if zone not in known_zones():
            raise ValidationError("This time zone is not known here. Please choose one from the list.")
        return zone

    def choices(self, *, paper_limit: int | None = None) -> Choices:
        """What was chosen, of a valid form."""
        data = self.cleaned_data
        day, hour = data["weekday"], data["hour"]
        rhythm = Rhythm(
            cadence=data["cadence"] or DEFAULT_RHYTHM.cadence,
            weekday=DEFAULT_RHYTHM.weekday if day is None else day,
            hour=DEFAULT_RHYTHM.hour if hour is None else hour,
            timezone=data["timezone"],
        )
        topic_ids = frozenset(topic.pk for topic in data["topics"])
        return Choices(rhythm, topic_ids, data["keywords"], paper_limit)


class SignupForm(AddressForm, ChoicesForm, LikedForm):
    """The signup form: an address, and the choices folded away behind it."""

    field_order = ("email",)
    # A trap: people do not see it, programs fill it in.
    website = forms.CharField(required=False, max_length=200)
    stamp = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        if not self.is_bound:
            self.fields["timezone"].widget.attrs["data-guess-zone"] = "yes"

    def clean(self) -> None:
        """Refuse forms that no page of ours gave out, or not just now."""
        age = read_stamp(self.cleaned_data.get("stamp", ""), now=self.now)
        if age is None or age > OLDEST_FORM:
            self.add_error(None, "This form was open for a long time. Please press the button once more.")
        elif age < YOUNGEST_FORM:
            self.add_error(None, "That was quicker than we expected. Please press the button once more.")

    def topic_tiles(self) -> Iterator[tuple[Any, list[str]]]:
        """Each topic's box with titles of what it brings."""
        titles = recent_titles(today=self.now.date())
        for box in self["topics"]:
            yield box, titles.get(box.data["value"].instance.pk, [])

    @property
    def is_trapped(self) -> bool:
        """Whether a program gave itself away."""
        return bool(self.data.get("website"))

    @property
    def fresh_stamp(self) -> str:
        """The moment this form was shown, signed."""
        return make_stamp(now=self.now)


class TrialForm(SignupForm):
    """The same form for a look at the first digest: nothing is signed up, so no address and no stamp is needed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = False

    def clean_email(self) -> str:
        """Whatever was typed so far."""
        return str(self.cleaned_data["email"])

    def clean(self) -> None:
        """A look may come as quickly and as late as it likes."""


class PreferencesForm(ErrorLinks, ChoicesForm):
    """What a subscriber may change on their own page."""

    paper_limit = forms.IntegerField(
        label="Papers in each mail", min_value=1, max_value=30, help_text="At most; from 1 to 30."
    )
    # Forms kept open since before the choice was there leave it as it is.
    layout = forms.ChoiceField(
        choices=Layout.choices, required=False, label="How much of each", widget=forms.RadioSelect
    )

    date_language = forms.ChoiceField(
        label="Dates look like", choices=DateLanguage.choices, required=False, help_text="In mails and on this page."
    )

    def chosen(self) -> Choices:
        """What was chosen, of a valid form."""
        data = self.cleaned_data
        chosen = self.choices(paper_limit=data["paper_limit"])
        return replace(chosen, layout=data["layout"], date_language=data["date_language"])


class PauseForm(forms.Form):
    """Until when a reader wants rest; no day means until they come back."""

    until = forms.DateField(
        required=False,
        label="Until (optional)",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Please write the day like 2026-08-31, or leave it empty."},
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_until(self) -> date | None:
        """A day to come, a year from now at most."""
        until: date | None = self.cleaned_data["until"]
        today = self.now.date()
        if until is not None and not today < until <= today + LONGEST_PAUSE:
            raise ValidationError("Please choose a day after today, at most a year from now.")
        return until


def stored_values(person: Subscriber) -> dict[str, Any]:
    """The form's starting values for one subscriber."""
    followed = person.interests.filter(kind=Interest.Kind.TOPIC, weight__gt=0)
    return {
        "topics": list(followed.values_list("topic__slug", flat=True)),
        "keywords": join_keywords(keywords_of(person)),
        "cadence": person.cadence,
        "weekday": person.weekday,
        "hour": person.hour,
        "timezone": person.timezone,
        "paper_limit": person.paper_limit,
        "layout": person.layout,
        "date_language": person.date_language,
    }


def make_stamp(*, now: datetime) -> str:
    """A moment, signed, for a hidden field."""
    return Signer(salt="subscriptions.form").sign(f"{now.timestamp():.3f}")


def read_stamp(stamp: str, *, now: datetime) -> timedelta | None:
    """How long ago a stamp was made; None where it was not made here."""
    try:
        return timedelta(seconds=now.timestamp() - float(Signer(salt="subscriptions.form").unsign(stamp)))
    except BadSignature:
        return None
