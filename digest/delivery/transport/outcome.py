"""What is known after handing one message over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from socket import socket
from typing import NamedTuple, Protocol

from django.core.mail import EmailMultiAlternatives

from digest.composing.models import Digest
from digest.composing.rows import DigestRow

# Called right before the first byte after which the peer may have taken a message: a worker that dies
# earlier certainly sent nothing. It may raise `OSError`; then nothing is sent.
Leaving = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state a hand-over leads to, with the peer's words. RETRY means: certainly not taken."""

    state: Digest.State
    detail: str = ""
    provider_id: str = ""
    # How long the peer asked us to wait, where it said so.
    retry_after: timedelta | None = None
    # The peer could not be reached or answers nonsense: others would fare no better right now.
    peer_down: bool = False
    # It befell a request as a whole, whichever of its readers was the reason.
    whole_request: bool = False
    # The peer does not accept us at all (credentials): nothing more should be offered until a person looks.
    shut_out: bool = False


# What nearly every message comes to.
ACCEPTED = Outcome(Digest.State.ACCEPTED)


class ReadyMessage(NamedTuple):
    """A message as it goes on the wire, with CRLF and no line that starts with a dot."""

    sender: str
    recipient: str
    content: bytes


Outgoing = EmailMultiAlternatives | ReadyMessage


class Parcel(NamedTuple):
    """A message and the digests it carries: one, or several that a provider takes apart."""

    digests: tuple[DigestRow, ...]
    message: Outgoing


Answers = list[tuple[Parcel, Outcome]]


class WithdrawnError(Exception):
    """Raised just before a message leaves: its reader went, or its edition was paused, while it waited."""


class Lane(Protocol):
    """A held connection to a peer. Never raises for one message: that message's outcome says it."""

    def collect(self) -> Answers:
        """What the peer says to the message that is in its hands, if any; waits for it."""
        ...

    def hand_over(self, parcel: Parcel, starting: Callable[[Parcel], None]) -> Answers:
        """Offer a message with exactly one recipient; what is known at once, of this one or of one before it.

        `starting` is a `Leaving` for each of them. Call `collect` first: at most one message is in
        the peer's hands.
        """
        ...

    def awaited(self) -> socket | None:
        """The connection whose answer `collect` would wait for; None where it would not wait."""
        ...

    def finish(self) -> Answers:
        """Complete what is under way and say what became of it."""
        ...

    def hand_over_merged(self, message: EmailMultiAlternatives, leaving: Leaving) -> dict[str, Outcome]:
        """Offer one message that the peer takes apart for its recipients; an outcome for each."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
