"""`manage.py add_totp`: gives somebody of the staff a one-time code generator, or takes it away."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice


class Command(BaseCommand):
    help = "Give an account one-time codes: prints the address to add to an authenticator app. Replaces an older one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="USERNAME")
        parser.add_argument("--remove", action="store_true", help="Take the codes away, for example with a lost phone.")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # the base class names them
        user = User.objects.filter(username=options["username"], is_staff=True).first()
        if user is None:
            raise CommandError(f"Nobody of the staff is called {options['username']}.")
        with transaction.atomic():
            TOTPDevice.objects.filter(user=user).delete()
            if options["remove"]:
                self.stdout.write("Removed; the password alone is enough again.")
                return
            device = TOTPDevice.objects.create(user=user, name="authenticator", confirmed=True)
        self.stdout.write(device.config_url)
