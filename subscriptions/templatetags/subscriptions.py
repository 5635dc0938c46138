"""Puts the signup form on any page: `{% load subscriptions %}{% signup_form %}`."""

from __future__ import annotations

from django import template
from django.template import Context
from django.utils.timezone import now

from subscriptions.forms import SignupForm

register = template.Library()


@register.inclusion_tag("subscriptions/_signup_form.html", takes_context=True)
def signup_form(context: Context, *, whole: bool = False) -> dict[str, object]:
    """A signup form, empty, or as the page's own `form` holds it; `whole` unfolds it, topics with their titles."""
    form = context.get("form")
    if not isinstance(form, SignupForm):
        form = SignupForm(now=now())
    return {"form": form, "whole": whole, "csrf_token": context.get("csrf_token")}
