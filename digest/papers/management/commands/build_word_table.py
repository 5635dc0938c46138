"""Rebuilds the embedded word-piece table from the optional encoder. Developers run it; nobody else needs to."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from digest.ranking.embed import MiniLM, MissingEmbedderError
from digest.ranking.word_table import load_word_table, write_table


class Command(BaseCommand):
    help = "Rebuild the embedded word-piece table from the optional encoder (about a minute)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("out", type=Path, metavar="OUT.npz")

    def handle(self, *, out: Path, **options: Any) -> None:
        del options
        try:
            encoder = MiniLM()
        except MissingEmbedderError as error:
            raise CommandError(str(error)) from None
        vocabulary = load_word_table().vocabulary
        chunks = [range(first, min(first + 256, len(vocabulary))) for first in range(0, len(vocabulary), 256)]
        vectors = np.concatenate([encoder.embed_pieces([[number] for number in chunk]) for chunk in chunks])
        write_table(out, vocabulary=vocabulary, vectors=vectors)
        self.stdout.write(f"Wrote {len(vocabulary)} pieces to {out} ({out.stat().st_size / 1e6:.1f} MB).")
