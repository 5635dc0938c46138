"""Stands in for the send APIs of five mail providers, with switchable faults, as a process of its own.

`python -m tests.peers.provider --log FILE --control FILE` prints its port when it listens and ends
when its standard input closes. Every recipient's mail is logged before the answer goes out.
"""

from __future__ import annotations

import argparse
import random
import threading
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any

from tests.peers.faults import Fault, Log, Playbook
from tests.peers.shapes import Answer, Api, Mail, Request, find_api, idempotency_key
from tests.peers.smtp import end_with_parent

BODIES = {"garbage": '{"id": "cut in the mi', "html": "<html><h1>Bad gateway</h1></html>", "null": "null"}


class Provider(ThreadingHTTPServer):
    """The server, with what its threads share."""

    daemon_threads = True

    def __init__(self, port: int, log: Log, playbook: Playbook) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.log = log
        self.playbook = playbook
        self.lock = threading.Lock()
        self.numbers = count(1)
        # By idempotency key: what the request was, and what it was answered.
        self.answered: dict[str, tuple[str, Answer]] = {}

    def take(self, api: Api, request: Request) -> Answer:
        """Keep a request's mails, refused ones left out; a repeated key is answered as before."""
        mails = api.read(request)
        key, body = idempotency_key(request), sha256(request.body).hexdigest()
        with self.lock:
            if key in self.answered:
                before, answer = self.answered[key]
                self.log.write("repeated", key=key, same=before == body)
                return answer if before == body else Answer(409, '{"message": "another body under this key"}')
            refused = [mail.recipient for mail in mails if self._refuses(mail)]
            if refused and not api.refuses_one_by_one:
                return Answer(400, '{"message": "to parameter is not a valid address"}')
            taken = {m.recipient: f"peer-{next(self.numbers)}" for m in mails if m.recipient not in refused}
            for mail in mails:
                self._log(mail, taken, key)
            answer = api.answer(request, taken, refused)
            if key:
                self.answered[key] = body, answer
        return answer

    def _refuses(self, mail: Mail) -> bool:
        return self.playbook.strike("rcpt", recipient=mail.recipient) is not None

    def _log(self, mail: Mail, taken: dict[str, str], key: str) -> None:
        facts = {"recipient": mail.recipient, "message_id": mail.message_id, "digest": mail.digest, "key": key}
        what = "taken" if mail.recipient in taken else "refused"
        self.log.write(what, provider_id=taken.get(mail.recipient, ""), **facts)


class Handler(BaseHTTPRequestHandler):
    """One connection; it is kept open, as providers do."""

    protocol_version = "HTTP/1.1"
    server: Provider

    def do_POST(self) -> None:
        """Take the mails of a request, or do as the faults want."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        api = find_api(self.path)
        if api is None:
            self._answer(Answer(404, '{"message": "no such thing here"}'))
            return
        if self.server.log.is_empty:
            self.server.answered.clear()
        first = next((mail.recipient for mail in api.read(request)), "")
        if self._play("request", first):
            return
        answer = self.server.take(api, request)
        if not self._play("taken", first):
            self._answer(answer)

    def _play(self, stage: str, recipient: str) -> bool:
        """Play a fault of this stage; whether that was the answer."""
        with self.server.lock:
            fault = self.server.playbook.strike(stage, recipient=recipient)
        if fault is None:
            return False
        self.server.log.write("fault", stage=stage, do=fault.do, code=fault.code, recipient=recipient)
        if fault.do == "hang":
            time.sleep(fault.seconds)
            return False
        if fault.do == "drop":
            self.close_connection = True
            self.connection.shutdown(SHUT_RDWR)
            return True
        self._answer(_faulty(fault))
        return True

    def _answer(self, answer: Answer) -> None:
        data = answer.text.encode()
        self.send_response(answer.code)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the log file tells all."""


def _faulty(fault: Fault) -> Answer:
    if fault.do in BODIES:
        kind = "text/html" if fault.do == "html" else "application/json"
        return Answer(200, BODIES[fault.do], {"Content-Type": kind})
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    return Answer(fault.code, f'{{"message": "{fault.text}"}}', headers)


def main() -> None:
    """Run until the parent goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--control", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    threading.Thread(target=end_with_parent, daemon=True).start()
    server = Provider(options.port, Log(options.log), Playbook(options.control, random.Random(options.seed)))
    print(server.server_address[1], flush=True)  # noqa: T201 (whoever started us waits for it)
    server.serve_forever()


if __name__ == "__main__":
    main()
