"""Django's name for the local app."""

from django.apps import AppConfig


class LocalConfig(AppConfig):
    name = "digest.local"
    label = "local"
    verbose_name = "On one machine"
