"""Django's name for the web app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "digest.web"
    label = "web"
    verbose_name = "Web"
