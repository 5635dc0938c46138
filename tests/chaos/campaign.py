"""A whole fleet under random faults for a bounded time, then an audit: `python -m tests.chaos.campaign --seed 7`.

The seed chooses the faults and their order; how they meet the work depends on the machine, so a
seed makes a failure likely to come again, not certain. Exits with 1 where the audit finds a fault.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

from tests.chaos.audit import Audit, audit
from tests.chaos.mischief import Mischief
from tests.peers.faults import Fault
from tests.peers.fleet import Fleet, start_fleet
from tests.peers.peer import Peer, start_peer
from tests.peers.people import address, kind_of

LANES = 1
WORKERS = (1, 2)


def main() -> int:
    """Run one campaign; 0 when nothing was missed and nothing came twice."""
    options = parse()
    say(f"seed {options.seed}, {options.readers} readers, {options.database}")
    started = time.monotonic()
    # Slow enough that the faults meet the work, fast enough that it ends.
    rate = options.readers / options.seconds
    quick = {"SWEEP_SECONDS": "2", "RETRY_SECONDS": "2", "SEND_RATE": f"{rate:.1f}", "EMAIL_TIMEOUT": "5"}
    settings = {**quick, "WORKER_CONCURRENCY": "2", "SEND_LANES": str(LANES), "CANARY_SHARE": "0"}
    with start_fleet(database=options.database, **settings) as fleet:
        with start_peer("smtp", fleet.folder, seed=options.seed) as smtp:
            fleet.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{smtp.port}"
            found = run(fleet, smtp, options)
        if found.faults and options.keep:
            keep_logs(fleet.folder, options.keep)
    found.figures["duration"] = f"{time.monotonic() - started:.0f} s"
    say(found.table())
    for fault in found.faults:
        say(f"  WRONG  {fault}")
    say(f"seed {options.seed}: {'failed' if found.faults else 'passed'}")
    return 1 if found.faults else 0


def say(line: str) -> None:
    """Tell the person at the terminal at once, also through a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="default: a new one each time")
    parser.add_argument("--readers", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, default=90.0, help="how long faults go on")
    parser.add_argument("--patience", type=float, default=150.0, help="how long the rest may take once they are over")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between two faults, on average")
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument("--keep", type=Path, help="keep the logs of a failed campaign here")
    return parser.parse_args()


def run(fleet: Fleet, smtp: Peer, options: argparse.Namespace) -> Audit:
    """Prepare, hurt, mend, wait, audit."""
    gone = tuple(address(n, kind="gone") for n in range(options.readers) if kind_of(n) == "gone")
    always = (Fault("rcpt", code=550, text="no such mailbox", recipients=gone),)
    smtp.play(*always)
    fleet.manage("shell", "-c", f"from tests.peers.readers import prepare; prepare(readers={options.readers})")
    started = time.monotonic()

    def tell(words: str) -> None:
        say(f"  {time.monotonic() - started:5.1f} s  {words}")

    mischief = Mischief(fleet, smtp, random.Random(options.seed), always, tell)
    for number in WORKERS:
        fleet.start_worker(number)
    fleet.start_beat()
    wait_for_first_mail(smtp)
    hurt_until = time.monotonic() + options.seconds
    while time.monotonic() < hurt_until:
        mischief.strike()
        time.sleep(mischief.chance.uniform(0, 2 * options.pause))
    mischief.mend()
    tell("no more faults")
    mended = time.monotonic()
    settled = fleet.wait_until_settled(seconds=options.patience, least=options.readers)
    result = audit(fleet=fleet, smtp=smtp, mischief=mischief, readers=options.readers, lanes=LANES)
    result.figures["settled after the last fault"] = f"{time.monotonic() - mended:.0f} s"
    result.figures["faults"] = ", ".join(f"{times} x {name}" for name, times in sorted(mischief.did.items()))
    if not settled:
        result.faults.append(f"not settled {options.patience:.0f} s after the last fault")
    return result


def wait_for_first_mail(smtp: Peer) -> None:
    """Faults are for a fleet at work."""
    deadline = time.monotonic() + 60
    while not smtp.taken():
        if time.monotonic() > deadline:
            raise TimeoutError("No mail came within a minute: see the workers' logs.")
        time.sleep(0.1)


def keep_logs(folder: Path, target: Path) -> None:
    """Copy every log for a look at what happened."""
    target.mkdir(parents=True, exist_ok=True)
    for log in [*folder.glob("logs/*"), *folder.glob("*.log")]:
        (target / log.name).write_bytes(log.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
