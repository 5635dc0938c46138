"""Django's name for the web app; it brings the checks of the settings along."""

from django.apps import AppConfig
from django.core.checks import register

from digest.web.checks import CHECKS


class WebConfig(AppConfig):
    name = "digest.web"
    label = "web"
    verbose_name = "Web"

    def ready(self) -> None:
        """Make every command check the settings first."""
        for check in CHECKS:
            register(check)
