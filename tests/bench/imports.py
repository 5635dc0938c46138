"""Imports many made-up records into a new database and prints the memory and time that took."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.scale import read_production

ROOT = Path(__file__).resolve().parents[2]
WORDS = ("river", "silt", "flood", "grain", "delta", "stone", "cloud", "forest", "signal", "lattice", "proof", "grip")


def main() -> None:
    """Import a tenth and then all of the records, so that growth would show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    records = parser.parse_args().records
    for number in (records // 10, records):
        cost = measure(number)
        sys.stdout.write(
            f"{number:,} records: {cost.seconds:.0f} s, {number / cost.seconds:,.0f} a second, "
            f"{number / cost.busy:,.0f} a second of processor time, at most {cost.megabytes:.0f} MB\n"
        )


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock and of the processor, and the largest memory in MB, of one process."""

    seconds: float
    busy: float
    megabytes: float


def measure(number: int) -> Cost:
    """What the importing process costs, with a new database."""
    with tempfile.TemporaryDirectory() as folder:
        # As an operator runs it: in debug mode Django writes down every statement, which costs a tenth.
        environment = {**os.environ, **read_production(), "DEBUG": "0", "VAR_DIR": folder, "DATABASE_URL": ""}
        run("migrate", environment=environment)
        lines = Path(folder) / "records.jsonl"
        with lines.open("w", encoding="utf-8") as file:
            file.writelines(make_record(place) + "\n" for place in range(number))
        return run("import_papers", "json", str(lines), environment=environment)


def run(*command: str, environment: dict[str, str]) -> Cost:
    """Run a management command in a process of its own."""
    arguments, begins = [sys.executable, str(ROOT / "manage.py"), *command], time.monotonic()
    with subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} failed with {process.returncode}.")
    # Linux counts in kB, macOS in bytes.
    megabytes = usage.ru_maxrss / (1_048_576 if sys.platform == "darwin" else 1024)
    return Cost(time.monotonic() - begins, usage.ru_utime + usage.ru_stime, megabytes)


def make_record(place: int) -> str:
    """A record as long as a real one."""
    words = [WORDS[(place * 7 + step * (step + place % 11)) % len(WORDS)] for step in range(150)]
    record = {
        "title": f"{' '.join(words[:9]).title()} {place}",
        "abstract": " ".join(words),
        "authors": [f"Author {place % 977}", f"Writer {place % 4_001}", "Mara Quill"],
        "doi": f"10.5555/made.{place}",
        "categories": ["cs.RO", "cs.LG"],
        "votes": place % 50,
    }
    return json.dumps(record)


if __name__ == "__main__":
    main()
