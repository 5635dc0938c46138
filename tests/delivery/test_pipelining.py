"""RFC 2920 against a server with faults: every message's answer is its own."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from select import select
from typing import Any, cast

import pytest
from django.core.mail.backends.smtp import EmailBackend

from digest.composing.models import Digest
from digest.composing.rows import row_of
from digest.delivery.transport.outcome import Outcome, Parcel, ReadyMessage
from digest.delivery.transport.smtp import SmtpLane
from subscriptions.models import Subscriber

DROP = "drop"


@dataclass
class Script:
    """What the server says at a stage for a recipient (the usual where nothing is written), and what it saw."""

    says: dict[tuple[str, str], str] = field(default_factory=dict)
    pipelines: bool = True
    taken: list[str] = field(default_factory=list)
    connections: int = 0
    # How many commands had arrived, unread, with the first of an envelope.
    together: list[bool] = field(default_factory=list)
    # How a reply goes out: its text as bytes, in as many pieces as it likes.
    speak: Callable[[str], Iterable[bytes]] = field(default=lambda words: [words.encode() + b"\r\n"])


class Talk(socketserver.StreamRequestHandler):
    """One conversation."""

    def handle(self) -> None:
        self.script: Script = cast("Any", self.server).script
        self.script.connections += 1
        self.recipient = ""
        self.nested = self.named = False
        with contextlib.suppress(OSError, EOFError):
            self.say("220 here")
            while line := self.rfile.readline():
                self.obey(line.decode().strip())

    def obey(self, line: str) -> None:
        verb = line[:4].upper()
        match verb:
            case "EHLO":
                self.say("250-here\r\n250-PIPELINING\r\n250 8BITMIME" if self.script.pipelines else "250 here")
            case "MAIL":
                self.recipient = self.peek_recipient() if self.script.pipelines else ""
                self.script.together.append(bool(self.recipient or select([self.connection], [], [], 0.02)[0]))
                self.nested = self.answer("mail", "503 nested" if self.nested else "250 fine")
            case "RCPT":
                self.recipient = line.partition("<")[2].rstrip(">")
                self.named = self.answer("rcpt", "250 fine" if self.nested else "503 no MAIL")
            case "DATA":
                if self.answer("data", "354 go" if self.named else "503 no RCPT"):
                    self.take()
            case "RSET":
                self.nested = self.named = False
                self.say("250 forgotten")
            case _:
                self.say("250 fine")

    def peek_recipient(self) -> str:
        waiting = cast("bytes", self.rfile.peek()).decode()  # type: ignore[attr-defined]
        return waiting.partition("RCPT TO:<")[2].partition(">")[0]

    def take(self) -> None:
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise EOFError
        words = self.script.says.get(("body", self.recipient), "250 taken")
        if not self.named:
            self.say("554 nobody to give it to")
        else:
            # Before the answer: who reads the answer may look here.
            self.script.taken += [self.recipient] if words.startswith("250") else []
            self.answer("body", words)
        self.nested = self.named = False
        if self.script.says.get(("after", self.recipient)) == DROP:
            raise EOFError

    def answer(self, stage: str, usual: str) -> bool:
        """Say the script's words or the usual; whether they are a yes."""
        words = self.script.says.get((stage, self.recipient), usual)
        if words == DROP:
            raise EOFError
        self.say(words)
        if words.startswith("421"):
            raise EOFError
        return words[0] in "23"

    def say(self, words: str) -> None:
        for piece in self.script.speak(words):
            self.wfile.write(piece)
            self.wfile.flush()


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def lane(script: Script) -> Iterator[SmtpLane]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
    server.daemon_threads = True
    server.block_on_close = False
    server.script = script  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    lane = SmtpLane(EmailBackend(host="127.0.0.1", port=server.server_address[1], timeout=5))
    yield lane
    lane.close()
    server.shutdown()
    server.server_close()


def parcel_for(number: int, name: str) -> Parcel:
    """A message to one reader."""
    content = f"Subject: {name}\r\n\r\nHello.\r\n".encode()
    return Parcel((row_of(Digest(pk=number, subscriber=Subscriber())),), ReadyMessage("s@x.org", name, content))


def offer(lane: SmtpLane, *names: str) -> dict[str, Outcome]:
    """Everybody's outcome, in the order it became known."""
    answers = []
    for number, name in enumerate(names):
        parcel = parcel_for(number, name)
        answers += lane.hand_over(parcel, lambda _: None)
    answers += lane.finish()
    return {cast("ReadyMessage", parcel.message).recipient: outcome for parcel, outcome in answers}


def states(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {name: str(outcome.state) for name, outcome in outcomes.items()}


def test_the_next_envelope_travels_with_the_body(lane: SmtpLane, script: Script) -> None:
    assert states(offer(lane, "a", "b", "c")) == {"a": "accepted", "b": "accepted", "c": "accepted"}
    assert script.taken == ["a", "b", "c"]
    assert all(script.together)
    assert script.connections == 1


def in_bytes(words: str) -> list[bytes]:
    return [bytes([each]) for each in f"{words}\r\n".encode()]


def in_lines(words: str) -> list[bytes]:
    """Each reply in two lines, but for the greeting's, which has its own."""
    return [b"" if "here" in words else f"{words[:3]}-first\r\n".encode(), f"{words}\r\n".encode()]


class Varied:
    """Never says the same twice."""

    count = 0

    def __call__(self, words: str) -> list[bytes]:
        Varied.count += 1
        return [f"{words} {Varied.count}\r\n".encode()]


@pytest.mark.parametrize("speak", [in_bytes, in_lines, Varied()], ids=["in bytes", "in lines", "varied"])
@pytest.mark.parametrize(("stage", "words"), [("rcpt", "550 no"), ("data", "451 later"), ("body", "550 no")])
def test_replies_are_read_however_they_are_said(
    lane: SmtpLane, script: Script, speak: Callable[[str], Iterable[bytes]], stage: str, words: str
) -> None:
    script.speak = speak
    script.says[(stage, "d")] = words
    expected = dict.fromkeys("abcefg", "accepted") | {"d": "refused" if words.startswith("5") else "retry"}
    assert states(offer(lane, *"abcdefg")) == expected
    assert script.taken == list("abcefg")


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("refused", ["dhi", "df", "abc", "bdfhj"])
def test_the_same_no_is_heard_each_time(lane: SmtpLane, script: Script, stage: str, refused: str) -> None:
    script.says |= {(stage, name): "450 later" for name in refused}
    outcomes = states(offer(lane, *"abcdefghijk"))
    taken = [name for name in "abcdefghijk" if name not in refused]
    assert [name for name, state in outcomes.items() if state == "accepted"] == taken == script.taken


def test_without_the_offer_commands_go_one_by_one(lane: SmtpLane, script: Script) -> None:
    script.pipelines = False
    assert set(states(offer(lane, "a", "b", "c")).values()) == {"accepted"}
    assert not any(script.together)


@pytest.mark.parametrize("pipelines", [True, False])
@pytest.mark.parametrize("stage", ["rcpt", "data", "body"])
@pytest.mark.parametrize("words", ["550 no", "451 later", "421 bye"])
def test_a_no_befalls_one_reader_alone(
    lane: SmtpLane, script: Script, stage: str, words: str, *, pipelines: bool
) -> None:
    script.pipelines = pipelines
    state = "refused" if words.startswith("5") else "retry"
    script.says[(stage, "b")] = words
    outcomes = offer(lane, "a", "b", "c", "d")
    assert states(outcomes) == {"a": "accepted", "b": state, "c": "accepted", "d": "accepted"}
    assert outcomes["b"].detail == words
    assert script.taken == ["a", "c", "d"]


@pytest.mark.parametrize("pipelines", [True, False])
@pytest.mark.parametrize(("stage", "state"), [("rcpt", "retry"), ("data", "retry"), ("body", "unknown")])
def test_a_lost_connection_is_sorted_by_what_had_left(
    lane: SmtpLane, script: Script, stage: str, state: str, *, pipelines: bool
) -> None:
    script.pipelines = pipelines
    script.says[(stage, "b")] = DROP
    assert states(offer(lane, "a", "b", "c")) == {"a": "accepted", "b": state, "c": "accepted"}
    assert script.taken == ["a", "c"]


def test_the_envelope_behind_a_lost_answer_is_offered_again_at_once(lane: SmtpLane, script: Script) -> None:
    script.says[("after", "a")] = DROP
    assert states(offer(lane, "a", "b")) == {"a": "accepted", "b": "retry"}
    assert script.taken == ["a"]


def test_a_yes_to_data_after_a_no_to_the_reader_sends_nothing(lane: SmtpLane, script: Script) -> None:
    script.says |= {("rcpt", "b"): "550 no", ("data", "b"): "354 go"}
    assert states(offer(lane, "a", "b", "c")) == {"a": "accepted", "b": "refused", "c": "accepted"}
    assert script.taken == ["a", "c"]


def test_a_sender_who_is_refused_shuts_us_out(lane: SmtpLane, script: Script) -> None:
    script.says[("mail", "b")] = "550 not you"
    outcomes = offer(lane, "a", "b", "c")
    assert states(outcomes) == {"a": "accepted", "b": "retry", "c": "accepted"}
    assert outcomes["b"].shut_out


def test_an_unreadable_answer_to_a_body_leaves_it_unknown(lane: SmtpLane, script: Script) -> None:
    script.says[("body", "b")] = "what"
    assert states(offer(lane, "a", "b", "c")) == {"a": "accepted", "b": "unknown", "c": "accepted"}


def test_a_note_is_made_before_each_body_and_never_for_more_than_one(lane: SmtpLane, script: Script) -> None:
    open_at_start: list[tuple[Parcel, int]] = []
    answered = 0
    for started, name in enumerate("abcd"):
        parcel = parcel_for(started, name)
        answered += len(lane.collect())
        assert len(open_at_start) == answered
        answered += len(lane.hand_over(parcel, lambda each: open_at_start.append((each, len(script.taken)))))
        assert len(open_at_start) <= answered + 1
    lane.finish()
    assert [taken for _, taken in open_at_start] == [0, 1, 2, 3]


def test_a_full_disk_keeps_the_body_back(lane: SmtpLane, script: Script) -> None:
    def full(_: Parcel) -> None:
        raise OSError("The journal's disk is full.")

    lane.hand_over(parcel_for(1, "a"), full)
    with pytest.raises(OSError, match="full"):
        lane.finish()
    assert script.taken == []
    assert states(offer(lane, "b")) == {"b": "accepted"}
