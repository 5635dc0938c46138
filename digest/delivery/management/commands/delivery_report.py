"""`manage.py delivery_report`: what became of every digest of an edition."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import now

from digest.composing.models import Edition
from digest.delivery.report import Account, account_for, find_troubled

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Tell what became of every digest of an edition; the parts add up to the eligible readers.\n"
        "Readers are named by number, never by address.\n\n"
        "  manage.py delivery_report            the latest edition that has digests\n"
        "  manage.py delivery_report 2026-W32   one edition"
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("edition", nargs="?", help="A period like 2026-W32. Default: the latest with digests.")

    def handle(self, **options: Any) -> None:
        with_digests = Edition.objects.filter(digests__isnull=False).distinct()
        wanted = with_digests.filter(period=options["edition"]) if options["edition"] else with_digests
        edition = wanted.order_by("-frozen_at", "-id").first()
        if edition is None:
            known = ", ".join(with_digests.order_by("-id").values_list("period", flat=True)[:5]) or "none yet"
            raise CommandError(f"No such edition has digests. The latest that have: {known}.")
        account = account_for(edition, now=now())
        for line in (*describe(account), *_describe_troubled(edition)):
            self.stdout.write(line)
        if not account.adds_up:
            raise CommandError("The parts do not add up to the eligible readers. Please report this as a fault.")


def describe(account: Account) -> Iterator[str]:
    """The account in lines."""
    edition = account.edition
    yield f"{edition} ({edition.period}): {account.eligible} eligible, {account.percent_done} % done"
    if edition.paused_at:
        yield f"  PAUSED since {edition.paused_at:%Y-%m-%d %H:%M} UTC: {edition.pause_reason}"
    for name, count in account.parts.items():
        yield f"  {name:<9} {count:>9,}"
    later = f"{account.delivered:,} delivered, {account.bounced:,} bounced, {account.complained:,} complained"
    yield f"  of the accepted: {later}"
    if account.complaints_worry:
        yield "  WARNING: more readers than providers tolerate reported it as spam"
    if account.ends_at:
        yield f"  {account.per_minute:,.0f} a minute; done at about {account.ends_at:%H:%M} UTC"


def _describe_troubled(edition: Edition) -> Iterator[str]:
    for digest in find_troubled(edition, limit=SHOWN):
        yield f"  {digest.get_state_display()}: digest {digest.pk}, reader {digest.subscriber_id}: {digest.error}"
