"""`manage.py make_token`: makes an API token and shows it, once. The work is done in digest/api/tokens.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError
from django.utils.timezone import now

from digest.api.models import ApiToken
from digest.api.tokens import make_token


class Command(BaseCommand):
    help = "Make an API token. It is shown once; the desk's page of API tokens revokes it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="Who or what uses it.")
        parser.add_argument("--scope", action="append", default=[], choices=ApiToken.Scope.values, metavar="SCOPE")
        parser.add_argument("--days", type=int, help="How long it holds; for ever by default.")
        parser.epilog = "scopes: " + ", ".join(ApiToken.Scope.values)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # the base class names them
        moment = now()
        expires_at = moment + timedelta(days=options["days"]) if options["days"] else None
        try:
            key = make_token(name=options["name"], scopes=options["scope"], now=moment, expires_at=expires_at)
        except IntegrityError:
            raise CommandError(f"There is a token called “{options['name']}” already.") from None
        self.stdout.write(key)
