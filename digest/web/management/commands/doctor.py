"""`manage.py doctor`: looks at everything a site needs and says what to do. Changes nothing and sends no mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from digest.papers.fetch import open_fetcher
from digest.web.diagnosis import machine, mail, names, servers
from digest.web.diagnosis.findings import Finding, Level, warn

STYLES = {Level.OK: "SUCCESS", Level.WARN: "WARNING", Level.FAIL: "ERROR"}


class Command(BaseCommand):
    help = "Look at settings, servers, mail, DNS and the machine; say what is wrong and what to do. Sends nothing."
    # It reports what the system checks find, among everything else, instead of stopping at it.
    requires_system_checks = []  # noqa: RUF012  # as the base class declares it

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # the base class names them
        counts: Counter[Level] = Counter()
        for finding in find_all():
            counts[finding.level] += 1
            word = getattr(self.style, STYLES[finding.level])(f"{finding.level:<4}")
            self.stdout.write(f"{word} {finding.about}: {finding.words}")
            if finding.advice:
                self.stdout.write(f"       → {finding.advice}")
        summary = ", ".join(f"{counts[level]} {level}" for level in Level)
        if counts[Level.FAIL]:
            raise CommandError(f"Something will not work: {summary}.")
        self.stdout.write(f"{summary}.")


def find_all() -> Iterator[Finding]:
    """Every finding, in the order in which one would mend things."""
    moment = now()
    yield from machine.check_settings()
    yield from machine.check_disk()
    yield from machine.check_files()
    yield from servers.check_database()
    yield from servers.check_broker()
    yield from servers.check_flow(now=moment)
    yield from machine.check_clock()
    yield from machine.check_people()
    yield from servers.check_sources()
    yield from mail.check_mail(fetcher=open_fetcher(clock=now))
    yield from mail.check_webhooks()
    yield from names.check_site()
    yield from look_up_sender()


def look_up_sender() -> Iterator[Finding]:
    """What DNS says, where this machine can ask it."""
    try:
        resolver = names.open_names()
    except names.SilentError as error:
        yield warn("DNS", f"No name server is known here: {error}", "Run the doctor where names can be looked up.")
        return
    yield from names.check_sender(resolver)
