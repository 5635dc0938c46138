"""A mail server that takes everything: Postfix's smtp-sink where there is one, else a small one of ours."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import socketserver
import subprocess
import sys
import time
from dataclasses import dataclass

import psutil

HELLO = b"250-sink\r\n250 PIPELINING\r\n"


class Talk(socketserver.StreamRequestHandler):
    """One conversation in which everything is fine."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Answer line by line, until somebody hangs up."""
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go\r\n")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
            self.wfile.write(HELLO if verb == b"EHLO" else b"250 fine\r\n")


@dataclass
class Sink:
    """A running sink."""

    process: subprocess.Popen[bytes]
    port: int
    name: str

    def cpu(self) -> float:
        """Seconds of processor time it has used."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait()


def start_sink() -> Sink:
    """Start a sink on a free port; SMTP_SINK may name the program, or be "own" for ours."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    program = os.environ.get("SMTP_SINK") or shutil.which("smtp-sink") or shutil.which("/usr/sbin/smtp-sink")
    if program == "own":
        program = None
    own = [sys.executable, "-m", "tests.bench.sink", str(port)]
    # As root it wants to be told whom to become.
    account = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [program, *account, f"127.0.0.1:{port}", "100"] if program else own
    sink = Sink(subprocess.Popen(command), port, "smtp-sink" if program else "the built-in sink")
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return sink
        time.sleep(0.05)
    raise RuntimeError(f"{sink.name} does not listen.")


if __name__ == "__main__":
    with socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Talk) as server:
        server.serve_forever()
