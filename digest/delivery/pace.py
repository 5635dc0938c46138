"""How many digests a claim takes at a time, learnt from how fast the peer takes them. Pure."""

from __future__ import annotations


class Pace:
    """How many digests to claim, and record, at a time: what the peer takes in about two seconds.

    So a machine that goes down leaves two seconds' worth in doubt, and a fast peer waits for no claim.
    """

    # One more than a range holds: a claim that takes all of it knows so.
    FEWEST, MOST = 50, 2_001
    SECONDS = 2.0

    def __init__(self) -> None:
        self.size = self.FEWEST

    def learn(self, *, count: int, seconds: float) -> None:
        """So many went in that time; a few tell nothing of the peer."""
        if count < self.FEWEST:
            return
        size = int(self.SECONDS * count / max(seconds, 0.001))
        # In steps, since each size is a statement of its own.
        self.size = max(self.FEWEST, min(self.MOST, size - size % self.FEWEST))
