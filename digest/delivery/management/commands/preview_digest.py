"""`manage.py preview_digest`: one reader's digest as it would go out; stores nothing, sends nothing."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import now

from digest.composing.book import open_book
from digest.composing.moments import parse_moment
from digest.composing.presentation import present_digest
from digest.composing.preview import preview_for
from digest.delivery.ready import build_ready
from digest.rendering.render import render_digest, render_quoted_digest
from subscriptions.addresses import address_key
from subscriptions.models import Subscriber


class Command(BaseCommand):
    help = (
        "Show the digest a subscriber would get, by the same code as the send.\n"
        "Nothing is stored and nothing is sent.\n\n"
        "  manage.py preview_digest reader@example.org\n"
        "  manage.py preview_digest reader@example.org --format html --out digest.html\n"
        "  manage.py preview_digest reader@example.org --now 2026-08-03T08:00+02:00 --format eml"
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", metavar="ADDRESS", help="The subscriber's address.")
        parser.add_argument(
            "--now",
            type=parse_moment,
            metavar="ISO-MOMENT",
            help="As if it were this moment; without a zone it counts as UTC. Default: the clock.",
        )
        parser.add_argument("--format", choices=["text", "html", "eml"], default="text", help="Default: text.")
        parser.add_argument("--out", type=Path, metavar="FILE", help="Write here instead of to standard output.")

    def handle(self, **options: Any) -> None:
        subscriber = Subscriber.objects.filter(email_key=address_key(options["address"])).first()
        if subscriber is None:
            raise CommandError("No subscriber has this address. Add one with the signup form or add_subscribers.")
        content = render_preview(subscriber, moment=options["now"] or now(), form=options["format"])
        if options["out"] is None:
            self.stdout.write(content.decode(), ending="")
            return
        try:
            options["out"].write_bytes(content)
        except OSError as error:
            raise CommandError(f"Cannot write {options['out']}: {error.strerror}. Choose another --out.") from error
        self.stderr.write(f"Wrote {len(content):,} bytes to {options['out']}.")


def render_preview(subscriber: Subscriber, *, moment: datetime, form: str) -> bytes:
    """The preview in the asked format; an error when there is too little to say."""
    digest = preview_for(subscriber, now=moment)
    if not digest.entries:
        raise CommandError(
            f"There is nothing new for this reader from {digest.first_day} to {digest.last_day}: "
            "no digest would be sent. Import papers listed on these days, or choose another --now."
        )
    letter = present_digest(digest, open_book([digest]))
    match form:
        case "text":
            mail = render_digest(letter)
            return f"Subject: {mail.subject}\n\n{mail.text}".encode()
        case "html":
            return render_digest(letter).html.encode()
        case _:
            quoted = render_quoted_digest(letter)
            return build_ready(digest=digest, mail=quoted, leave_url=letter.leave_url, now=moment).content
