"""From composed to handed over: claims a few digests at a time, offers each once, records what happened.

At most one message's body per lane is in the peer's hands at any moment, and the journal knows which: so
many, `SEND_LANES` for each worker process, can become unknown when a worker is killed. Where a
provider merges, a message is one request for up to `MOST_READERS`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import dropwhile
from uuid import uuid4

from django.core.mail import EmailMultiAlternatives

from digest.composing.book import Book
from digest.composing.models import Digest
from digest.composing.rows import Contents, DigestRow
from digest.delivery import ledger
from digest.delivery.journal import Journal
from digest.delivery.merge import MOST_READERS, NothingLeftError, build_parcel, likeness, merging_provider
from digest.delivery.pace import Pace
from digest.delivery.poison import quarantine, time_limit
from digest.delivery.ready import WORKBENCH, Printer
from digest.delivery.throttle import Throttle
from digest.delivery.transport.lanes import open_pool, takes_bytes
from digest.delivery.transport.outcome import Answers, Lane, Outcome, Parcel, WithdrawnError
from digest.delivery.transport.pool import Pool

logger = logging.getLogger(__name__)

Settled = tuple[DigestRow, Outcome]

# A task stops claiming after this long; what is left is found again from the database.
TASK_BUDGET = 120.0
# A claim stops offering after this long, so that its last hand-over ends before its lease does.
CLAIM_BUDGET = 45.0
# A reader who left is noticed within this time even while a claim is being worked on.
LOOK_AGAIN = 0.25
# So many failed connections in a row: the peer is down, and the task ends.
MOST_FAILURES = 3
NOT_OFFERED = Outcome(Digest.State.RETRY, "It was not offered yet.")


# A process keeps what it learnt from one task to the next.
_pace = Pace()


def send_range(
    *, first_id: int, last_id: int, now: datetime, known: Mapping[int, Contents] | None = None
) -> Counter[str]:
    """Hand over the composed digests with ids in a range; return how many came to which state.

    `known` is what this process has just composed: the ledger has it, and it need not be read again.
    """
    result: Counter[str] = Counter()
    started = time.monotonic()
    pool, throttle = open_pool(), Throttle()
    try:
        while (elapsed := time.monotonic() - started) < TASK_BUDGET:
            moment = now + timedelta(seconds=elapsed)
            limit = MOST_READERS if merging_provider() else _pace.size
            looked_at = time.monotonic()
            with Journal(uuid4().hex) as journal:
                digests = ledger.claim(
                    first_id=first_id, last_id=last_id, token=journal.claim, now=moment, limit=limit, known=known
                )
                book = WORKBENCH.open(digests)
                printer = WORKBENCH.turn(book, now=moment) if takes_bytes() else None
                batch = Batch(digests, journal, throttle, book, moment, printer, looked_at)
                result += batch.send(pool)
                journal.discard()
            _pace.learn(count=len(batch.settled), seconds=time.monotonic() - started - elapsed)
            # Fewer than asked for: there are no more. What was given back is another claim's.
            if batch.stopped or (len(digests) < limit and len(batch.settled) == len(digests)):
                break
    finally:
        pool.close()
    # No claim takes the digest of a reader who left: what is still open is looked at once, for its end.
    result[Digest.State.SKIPPED] += ledger.skip_unwanted(first_id=first_id, last_id=last_id, now=now)
    return +result


@dataclass
class Batch:
    """One claim on its way: which digests are still to offer, and whether to go on."""

    digests: list[DigestRow]
    journal: Journal
    throttle: Throttle
    book: Book
    now: datetime
    # Where the peer takes bytes.
    printer: Printer | None = None
    # When it was asked last who is still wanted: all of them were when they were claimed.
    looked_at: float = 0.0
    merging: str = field(default_factory=merging_provider)
    settled: list[Settled] = field(default_factory=list)
    failures: int = 0
    stopped: bool = False
    # By then: those from the first one on that was not answered, who of them was wanted, and those answered.
    left: list[int] = field(init=False)
    wanted: set[int] = field(init=False)
    answered: set[int] = field(default_factory=set)
    thread: int = field(default_factory=threading.get_ident)

    def __post_init__(self) -> None:
        self.left = [digest.pk for digest in self.digests]
        self.wanted = set(self.left)

    def send(self, pool: Pool) -> Counter[str]:
        """Offer what can be offered, record everything, give back what was not offered."""
        try:
            with closing(pool.run(self._hand_over, self._parcels(), self._finish)) as arriving:
                for results in filter(None, arriving):
                    self.settled += results
                    self._look_at(results)
        except BaseException:
            # Nothing more leaves; what has left may still be answered, and the notes shall say so.
            self.stopped = True
            for lane in pool.lanes:
                self._finish(lane)
            raise
        offered = {digest.pk for digest, _ in self.settled}
        claim = self.journal.claim
        ledger.record(self.settled, claim=claim, now=self.now)
        ledger.release([row.pk for row in self.digests if row.pk not in offered], claim=claim, now=self.now)
        return Counter(str(outcome.state) for _, outcome in self.settled)

    def _parcels(self) -> Iterator[Parcel | None]:
        """Built messages, one when asked, while there is time, permission and a peer; None before a wait."""
        deadline = time.monotonic() + CLAIM_BUDGET
        queue = deque(self.digests)
        while queue and not self.stopped and time.monotonic() < deadline:
            if self._look_again():
                queue = deque([digest for digest in queue if digest.pk in self.wanted])
            digest = self._next_allowed(queue)
            if not isinstance(digest, DigestRow):
                yield None
                self.journal.flush()
                time.sleep(digest)
            elif (parcel := self._build([digest, *(self._mates(digest, queue) if self.merging else ())])) is not None:
                yield parcel

    def _look_again(self) -> bool:
        """Ask who still wants their digest, if that is not known fresh; whether anybody does not any more.

        Lanes' own threads leave it to this one.
        """
        if time.monotonic() - self.looked_at <= LOOK_AGAIN or threading.get_ident() != self.thread:
            return False
        self.answered.update([digest.pk for digest, _ in self.settled[len(self.answered) :]])
        self.left = list(dropwhile(self.answered.__contains__, self.left))
        self.wanted = ledger.still_wanted(self.journal.claim, self.left)
        self.looked_at = time.monotonic()
        return len(self.wanted) < len(self.left)

    def _mates(self, digest: DigestRow, queue: deque[DigestRow]) -> list[DigestRow]:
        """Take out the digests that can go in the same request, where the provider merges."""
        alike = [other for other in queue if likeness(other) == likeness(digest)][: MOST_READERS - 1]
        mates = [other for other in alike if not self.throttle.wait_for(_domain(other))]
        taken = {mate.pk for mate in mates}
        others = [other for other in queue if other.pk not in taken]
        queue.clear()
        queue.extend(others)
        return mates

    def _next_allowed(self, queue: deque[DigestRow]) -> DigestRow | float:
        """Take the first digest whose domain may be written to now; if none may, how long to wait."""
        if not self.throttle.has_limits:
            return queue.popleft() if queue else 0.0
        shortest = LOOK_AGAIN
        asked: set[str] = set()
        for place, digest in enumerate(queue):
            domain = _domain(digest)
            if domain in asked:
                continue
            asked.add(domain)
            wait = self.throttle.wait_for(domain)
            if not wait:
                del queue[place]
                return digest
            shortest = min(shortest, wait)
        return shortest if queue else 0.0

    def _build(self, digests: list[DigestRow]) -> Parcel | None:
        """The message, or None: what cannot be built is recorded and must not stop the others."""
        try:
            if self.printer is not None:
                return self.printer.write(digests[0])
            with time_limit():
                return build_parcel(digests, self.book, self.merging)
        except NothingLeftError:
            nothing = Outcome(Digest.State.SKIPPED, "All its papers were withdrawn before it went.")
            self.settled += [(digest, nothing) for digest in digests]
            return None
        except Exception as error:
            logger.exception("Digests %s could not be built.", [digest.pk for digest in digests])
            if quarantine(digests, self.book, now=self.now):
                if self.printer is not None:
                    self.printer.turn(self.book, now=self.now)
                return self._build(digests)
            words = f"It could not be built: {type(error).__name__}: {error}"
            self.settled += [(digest, Outcome(Digest.State.REFUSED, words)) for digest in digests]
            return None

    def _hand_over(self, lane: Lane, parcel: Parcel) -> list[Settled]:
        self._collect(lane)
        if self.stopped:
            return []
        try:
            return self._offer(lane, parcel)
        except WithdrawnError:
            # Given back with what was not offered; the next claim looks at each reader by itself.
            return []

    def _collect(self, lane: Lane) -> None:
        """Settle what the peer has in its hands, before anything else can go wrong."""
        if answers := lane.collect():
            results = self._note_answers(answers)
            self.settled += results
            self._look_at(results)

    def _offer(self, lane: Lane, parcel: Parcel) -> list[Settled]:
        if len(parcel.digests) == 1:
            answers = lane.hand_over(parcel, self._note_start)
            return self._note_answers(answers) if answers else []
        assert isinstance(parcel.message, EmailMultiAlternatives)
        outcomes = lane.hand_over_merged(parcel.message, lambda: self._note_start(parcel))
        results = [(digest, outcomes[digest.subscriber.email]) for digest in parcel.digests]
        if results[0][1].whole_request and results[0][1].state == Digest.State.REFUSED:
            return self._hand_over_halves(lane, parcel.digests)
        for digest, outcome in results:
            self.journal.note_outcome(digest.pk, outcome)
        return results

    def _hand_over_halves(self, lane: Lane, digests: tuple[DigestRow, ...]) -> list[Settled]:
        """Some providers refuse a whole request for one address in it: find that one, the others shall go."""
        for digest in digests:
            self.journal.note_outcome(digest.pk, NOT_OFFERED)
        middle = len(digests) // 2
        halves = (build_parcel(half, self.book, self.merging) for half in (digests[:middle], digests[middle:]))
        return [settled for half in halves for settled in self._hand_over(lane, half)]

    def _finish(self, lane: Lane) -> list[Settled]:
        self._collect(lane)
        if self.stopped:
            # What a lane holds back has not left: others shall try it.
            lane.close()
            return []
        return self._note_answers(lane.finish())

    def _note_start(self, parcel: Parcel) -> None:
        """The last look before a message leaves: a lane may have held it back while the server was silent."""
        self._look_again()
        numbers = [digest.pk for digest in parcel.digests]
        if not self.wanted.issuperset(numbers):
            raise WithdrawnError
        for number in numbers:
            self.journal.note_start(number)

    def _note_answers(self, answers: Answers) -> list[Settled]:
        results: list[Settled] = []
        for parcel, outcome in answers:
            digest = parcel.digests[0]
            self.journal.note_outcome(digest.pk, outcome)
            results.append((digest, outcome))
        return results

    def _look_at(self, results: list[Settled]) -> None:
        """Stop when the peer is down or does not accept us, rather than fail for everybody."""
        # What befell one request for many counts once.
        heads = results[:1] if self.merging else results
        for digest, outcome in heads:
            self.failures = self.failures + 1 if outcome.peer_down else 0
            if outcome.shut_out and digest.edition_id:
                reason = f"The provider does not accept us: {outcome.detail}"
                ledger.pause(digest.edition_id, reason=reason, now=self.now)
            self.stopped = self.stopped or outcome.shut_out or self.failures >= MOST_FAILURES


def _domain(digest: DigestRow) -> str:
    return digest.subscriber.email.rpartition("@")[2]
