"""How each provider's send API is spoken to and answers: requests read into mails, answers written.

Only as much of each as Anymail sends and reads. Standard library only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

PLAIN_ADDRESS = re.compile(r"[^\s<>,;]+@[^\s<>,;]+")
INACTIVE = "inactive addresses: {}. Inactive recipients are ones that have generated a hard bounce."


@dataclass(frozen=True, slots=True)
class Mail:
    """One recipient's mail in a request."""

    recipient: str
    message_id: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What came in: its path, its headers by lower-case name, and its body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `text` is JSON unless a fault made it something else."""

    code: int
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Api:
    """One provider: how its requests are read, and how it says which mails it took (id by recipient)."""

    read: Callable[[Request], list[Mail]]
    # Ids of the taken ones by recipient, and the recipients that were refused.
    answer: Callable[[Request, dict[str, str], list[str]], Answer]
    refuses_one_by_one: bool = False


def addresses(text: str) -> list[str]:
    """The bare addresses of a header-like list."""
    return PLAIN_ADDRESS.findall(text)


def read_form(request: Request) -> dict[str, str]:
    """The fields of a form by lower-case name; a field that comes several times is joined with commas."""
    fields = parse_qs(request.body.decode())
    return {name.lower(): ", ".join(values) for name, values in fields.items()}


def read_mailgun(request: Request) -> list[Mail]:
    """A form; with recipient variables each recipient gets a mail of their own."""
    form = read_form(request)
    variables = json.loads(form.get("recipient-variables", "{}"))
    own = {who: values.get("v:digest", form.get("v:digest", "")) for who, values in variables.items()}
    return [
        Mail(who, form.get("h:message-id", ""), str(own.get(who, form.get("v:digest", ""))))
        for who in addresses(form.get("to", ""))
    ]


def answer_mailgun(_request: Request, taken: dict[str, str], _refused: list[str]) -> Answer:
    """One id for all."""
    first = next(iter(taken.values()), "")
    return Answer(200, json.dumps({"id": f"<{first}>", "message": "Queued. Thank you."}))


def read_postmark(request: Request) -> list[Mail]:
    """An object for one mail, a list for a batch."""
    found = request.json
    return [
        Mail(who, _header(one.get("Headers", []), "Name", "Value"), str(one.get("Metadata", {}).get("digest", "")))
        for one in (found if isinstance(found, list) else [found])
        for who in addresses(one["To"])
    ]


def answer_postmark(request: Request, taken: dict[str, str], refused: list[str]) -> Answer:
    """One mail: 422 when nobody is left to write to. A batch: a result each, in order."""
    if isinstance(request.json, list):
        order = [mail.recipient for mail in read_postmark(request)]
        return Answer(200, json.dumps([_postmark_result([who], taken, refused) for who in order]))
    return Answer(200 if taken else 422, json.dumps(_postmark_result(list(taken), taken, refused)))


def _postmark_result(to: list[str], taken: dict[str, str], refused: list[str]) -> dict[str, Any]:
    kept = [who for who in to if who in taken]
    if not kept:
        return {"ErrorCode": 406, "Message": "Found " + INACTIVE.format(", ".join(to or refused))}
    words = "OK" if len(to) == 1 or not refused else "OK, but not to these " + INACTIVE.format(", ".join(refused))
    return {"ErrorCode": 0, "Message": words, "MessageID": taken[kept[0]], "To": ", ".join(kept)}


def read_sendgrid(request: Request) -> list[Mail]:
    """Personalizations, each with recipients and arguments of its own."""
    found = request.json
    return [
        Mail(
            to["email"],
            {**found.get("headers", {}), **one.get("headers", {})}.get("Message-ID", ""),
            str({**found.get("custom_args", {}), **one.get("custom_args", {})}.get("digest", "")),
        )
        for one in found["personalizations"]
        for to in one["to"]
    ]


def answer_sendgrid(_request: Request, _taken: dict[str, str], _refused: list[str]) -> Answer:
    """Nothing but a code."""
    return Answer(202)


def read_resend(request: Request) -> list[Mail]:
    """An object for one mail, a list for a batch; metadata in a header of our own."""
    found = request.json
    return [
        Mail(
            address,
            one.get("headers", {}).get("Message-ID", ""),
            str(json.loads(one.get("headers", {}).get("X-Metadata", "{}")).get("digest", "")),
        )
        for one in (found if isinstance(found, list) else [found])
        for who in one["to"]
        for address in addresses(who)
    ]


def answer_resend(request: Request, taken: dict[str, str], _refused: list[str]) -> Answer:
    """An id, or a list of them in order."""
    if isinstance(request.json, list):
        return Answer(200, json.dumps({"data": [{"id": taken.get(m.recipient, "")} for m in read_resend(request)]}))
    return Answer(200, json.dumps({"id": next(iter(taken.values()), "")}))


def read_brevo(request: Request) -> list[Mail]:
    """One mail, or versions of it."""
    found = request.json
    versions = found.get("messageVersions", [found])
    return [
        Mail(to["email"], headers.get("Message-ID", ""), str(json.loads(custom).get("digest", "")))
        for one in versions
        for headers in [{**found.get("headers", {}), **one.get("headers", {})}]
        for custom in [headers.get("X-Mailin-custom", "{}")]
        for to in one["to"]
    ]


def answer_brevo(request: Request, taken: dict[str, str], _refused: list[str]) -> Answer:
    """An id, or a list of them in order."""
    if "messageVersions" in request.json:
        return Answer(201, json.dumps({"messageIds": [taken.get(m.recipient, "") for m in read_brevo(request)]}))
    return Answer(201, json.dumps({"messageId": next(iter(taken.values()), "")}))


def idempotency_key(request: Request) -> str:
    """The key that makes a repeat harmless, where the provider has one."""
    if key := request.headers.get("idempotency-key"):
        return key
    if request.path.endswith("/smtp/email"):
        headers = {name.lower(): value for name, value in request.json.get("headers", {}).items()}
        return str(headers.get("idempotencykey", ""))
    return ""


def _header(rows: list[dict[str, str]], name: str, value: str) -> str:
    return next((row[value] for row in rows if row[name].lower() == "message-id"), "")


# By the end of the path.
APIS: dict[str, Api] = {
    "/messages": Api(read_mailgun, answer_mailgun),
    "/email": Api(read_postmark, answer_postmark, refuses_one_by_one=True),
    "/email/batch": Api(read_postmark, answer_postmark, refuses_one_by_one=True),
    "/mail/send": Api(read_sendgrid, answer_sendgrid),
    "/emails": Api(read_resend, answer_resend),
    "/emails/batch": Api(read_resend, answer_resend),
    "/smtp/email": Api(read_brevo, answer_brevo),
}


def find_api(path: str) -> Api | None:
    """The API that a path belongs to: the one with the longest matching end."""
    ends = [end for end in APIS if path.rstrip("/").endswith(end)]
    return APIS[max(ends, key=len)] if ends else None
