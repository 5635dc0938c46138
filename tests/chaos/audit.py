"""Compares what the mail server took with what the database says: who was missed, who got two."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.mischief import Mischief
from tests.peers.fleet import OPEN, Fleet
from tests.peers.peer import Peer

# A reader who left may still get what was in a lane's hands, or in a frozen process's.
GRACE_SECONDS = 5.0


@dataclass
class Audit:
    """The figures of a campaign and what is wrong with them."""

    figures: dict[str, object] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def expect(self, name: str, found: int, most: int = 0) -> None:
        """Note a figure that may be at most so large."""
        self.figures[name] = found if not most else f"{found} (at most {most})"
        if found > most:
            self.faults.append(f"{name}: {found}, at most {most} allowed")

    def table(self) -> str:
        """The figures, one a line."""
        width = max(map(len, self.figures))
        return "\n".join(f"  {name:<{width}}  {value}" for name, value in self.figures.items())


def audit(*, fleet: Fleet, smtp: Peer, mischief: Mischief, readers: int, lanes: int) -> Audit:
    """Everything that must hold once the faults are over."""
    result = Audit()
    rows = fleet.query(
        "SELECT lower(s.email), d.state, d.attempts FROM composing_digest d "
        "JOIN subscriptions_subscriber s ON s.id = d.subscriber_id"
    )
    states = {str(email): str(state) for email, state, _ in rows}
    taken = Counter(smtp.taken())
    counts = Counter(states.values())
    result.figures["readers"] = readers
    result.figures |= {f"digests {state}": count for state, count in sorted(counts.items())}
    result.figures["mails taken"] = taken.total()
    result.figures["most attempts for one"] = max((int(attempts) for *_, attempts in rows), default=0)
    result.expect("twice", sum(times > 1 for times in taken.values()))
    result.expect("missing: never planned", readers - len(states))
    result.expect("missing: still on their way", sum(counts[state] for state in OPEN))
    result.expect("missing: accepted, yet never taken", sum(taken[who] == 0 for who in having(states, "accepted")))
    result.expect("refused without a reason", sum(not who.startswith("gone") for who in having(states, "refused")))
    wrongly = [who for who in having(states, "skipped") if not skippable(who, mischief)]
    result.expect("skipped without a reason", len(wrongly))
    result.expect("empty", counts["empty"])
    result.expect("taken for the suppressed", sum(who.startswith("suppressed") for who in taken))
    result.expect("taken, yet not on record", sum(states[who] not in ("accepted", "unknown") for who in taken))
    result.expect("taken after they left", count_too_late(smtp, mischief))
    cut = sum(line["do"] == "drop" and line["stage"] in ("body", "taken") for line in smtp.lines("fault"))
    result.expect("unknown", counts["unknown"], most=mischief.killed * lanes + cut)
    result.figures["unknown and taken"] = sum(taken[who] > 0 for who in having(states, "unknown"))
    result.figures["pool processes killed"] = mischief.killed
    result.figures["connections cut after a message"] = cut
    return result


def having(states: dict[str, str], state: str) -> list[str]:
    """The readers whose digest is in a state."""
    return [who for who, found in states.items() if found == state]


def skippable(who: str, mischief: Mischief) -> bool:
    """Whether there is a reason not to write to someone."""
    return who.startswith("suppressed") or who in mischief.left_at


def count_too_late(smtp: Peer, mischief: Mischief) -> int:
    """Mails taken well after their reader had left."""
    limits = {who: at + GRACE_SECONDS for who, at in mischief.left_at.items()}
    return sum(line["at"] > limits.get(line["recipient"], line["at"]) for line in smtp.lines("taken"))
