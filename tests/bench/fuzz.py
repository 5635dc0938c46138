"""`make fuzz`: generated letters as the bytes we send against the plain way, thousands of them.

The plain way is Django's templates, premailer and Django's own message for every letter; compared are the
decoded parts and headers. The suite does the same with a few.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable

from tests import servers

servers.prepare_environment()
os.environ["DJANGO_SETTINGS_MODULE"] = "digest.settings"

import django  # noqa: E402  # its settings need the environment

django.setup()

from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402  # see above

from digest.rendering.letter import DigestLetter  # noqa: E402  # see above
from tests.delivery.oracle import compare  # noqa: E402  # see above
from tests.rendering.letters import letters  # noqa: E402  # see above

_SHOWN = 3


def main() -> None:
    """Compare, and tell how many differ; ends with 1 where any does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found: Counter[str] = Counter()
    _run(options.letters, options.seed, lambda letter: _count(letter, found))
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(found.items()))
    sys.stdout.write(f"{found['differ']} of {found.total()} differ ({told}; seed {options.seed})\n")
    sys.exit(bool(found["differ"]))


def _run(count: int, number: int, check: Callable[[DigestLetter], None]) -> None:
    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(letter=letters)
    def check_all(letter: DigestLetter) -> None:
        check(letter)

    check_all()


def _count(letter: DigestLetter, found: Counter[str]) -> None:
    verdict = compare(letter)
    found[verdict] += 1
    if verdict == "differ" and found[verdict] <= _SHOWN:
        sys.stdout.write(f"differs: {letter!r}\n")
    if found.total() % 500 == 0:
        sys.stdout.write(f"{found.total()} compared, {found['differ']} differ\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
