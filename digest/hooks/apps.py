"""Django's name for outgoing webhooks."""

from django.apps import AppConfig


class HooksConfig(AppConfig):
    name = "digest.hooks"
    label = "hooks"
    verbose_name = "Outgoing webhooks"
