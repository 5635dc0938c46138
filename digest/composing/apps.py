"""Django's name for the composing app."""

from django.apps import AppConfig


class ComposingConfig(AppConfig):
    name = "digest.composing"
    label = "composing"
    verbose_name = "Editions"
