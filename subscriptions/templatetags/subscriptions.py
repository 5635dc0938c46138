"""Puts the signup form on any page: `{% load subscriptions %}{% signup_form %}`."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.forms import ModelMultipleChoiceField
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.timezone import now

from digest.papers.models import Topic
from subscriptions.forms import SignupForm, make_stamp
from subscriptions.zones import ZoneSelect

register = template.Library()

TEMPLATE = "subscriptions/_signup_form.html"
# What differs from visitor to visitor stands for itself in the form that is kept.
_TOKEN, _STAMP = "csrf-token-goes-here", "stamp-goes-here"


@register.simple_tag(takes_context=True)
def signup_form(context: Context, *, whole: bool = False) -> SafeString:
    """A signup form, empty, or as the page's own `form` holds it; `whole` unfolds it, topics with their titles."""
    form = context.get("form")
    token = context.get("csrf_token")
    if whole or isinstance(form, SignupForm):
        form = form if isinstance(form, SignupForm) else SignupForm(now=now())
        filled = {"form": form, "whole": whole, "csrf_token": token, "stamp": form.fresh_stamp}
        return render_to_string(TEMPLATE, filled)
    topics = Topic.objects.filter(is_active=True).values_list("pk", "slug", "name")
    empty = _render_empty(tuple(topics))
    # Both are of the form's own making, and escaped as the template would.
    return SafeString(empty.replace(_TOKEN, escape(str(token))).replace(_STAMP, escape(make_stamp(now=now()))))


@lru_cache(maxsize=4)
def _render_empty(topics: tuple[tuple[int, str, str], ...]) -> str:
    """The empty form, which costs more than the rest of a page. It changes with the topics alone."""
    form = SignupForm(now=now())
    offered = form.fields["topics"]
    assert isinstance(offered, ModelMultipleChoiceField)
    # They were read already; the form would ask for them again.
    offered.choices = [(slug, name) for _, slug, name in topics]
    zones = form.fields["timezone"].widget
    assert isinstance(zones, ZoneSelect)
    zones.short = True
    return str(render_to_string(TEMPLATE, {"form": form, "csrf_token": _TOKEN, "stamp": _STAMP}))
