"""Measures the trending order on votes as they came in. Never reads or writes the database."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digest.papers.foresight import foretell, imagine_looks, read_looks

# What the trending order should reach, as a rank correlation with future votes.
LEAST, BEYOND = 0.55, 0.60


class Command(BaseCommand):
    help = "Tell how well trending foretells the votes that papers will still win, beside simpler orders."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "files", nargs="+", type=Path, metavar="FILE", help="JSON lines of looks, or daily lists; .gz too."
        )
        parser.add_argument("--seed", type=int, default=1, help="For lists of one look: another way the votes came.")

    def handle(self, *, files: list[Path], seed: int, **options: Any) -> None:
        del options
        try:
            looks, listed = read_looks(files)
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from None
        if listed and not looks:
            self.stdout.write(
                f"Each of {len(listed)} papers was looked at once: when its votes came is drawn from the usual course."
            )
            looks = list(imagine_looks(listed, seed=seed))
        found, moments = foretell(looks)
        if not moments:
            raise CommandError("No moment has enough papers that were looked at before and after it.")
        self.stdout.write(f"{moments} moments; target {LEAST}, beyond {BEYOND}")
        for name, measured in found.items():
            told = ", ".join(f"{measure} {value:.3f}" for measure, value in measured.items())
            self.stdout.write(f"{name}: {told}")
