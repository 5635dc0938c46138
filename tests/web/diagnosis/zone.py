"""A name server on this machine that knows what a test tells it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset

from digest.web.diagnosis.names import Names

Records = dict[tuple[str, str], list[str]]


@contextmanager
def serve(records: Records) -> Iterator[Names]:
    """Names as these records have them: {("example.org", "TXT"): ['"v=spf1 -all"']}."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, sock = self.request
            query = dns.message.from_wire(data)
            question = query.question[0]
            name, kind = str(question.name).rstrip("."), question.rdtype.name
            reply = dns.message.make_response(query)
            reply.flags |= dns.flags.RA
            if found := records.get((name, kind)):
                reply.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, found))
            elif not any(known == name for known, _ in records):
                reply.set_rcode(dns.rcode.NXDOMAIN)
            sock.sendto(reply.to_wire(), self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.server_address[1]
        yield Names(resolver)
        server.shutdown()
