"""Django's name for the API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "digest.api"
    label = "api"
    verbose_name = "API"
