"""Everything that is not SMTP: providers through Anymail, and Django's file and memory backends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import requests
from anymail.exceptions import AnymailError, AnymailRecipientsRefused, AnymailRequestsAPIError
from anymail.message import AnymailRecipientStatus
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from urllib3.exceptions import NameResolutionError, NewConnectionError

from digest.composing.models import Digest
from digest.delivery.transport.idempotency import mark_idempotent
from digest.delivery.transport.outcome import Answers, Leaving, Outcome, Parcel

S = Digest.State
SHUT_OUT = (401, 403)
# Too many requests, and "come back later": in both cases the provider says that it took nothing.
LATER = (429, 503)
CLIENT_ERROR = 400
SERVER_ERROR = 500
REFUSALS = ("rejected", "invalid", "failed")


class BackendLane:
    """A Django mail backend with its session held open."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend
        self._is_open = False

    def hand_over(self, parcel: Parcel, starting: Callable[[Parcel], None]) -> Answers:
        """Offer one message and sort whatever comes back."""
        message = parcel.message
        assert isinstance(message, EmailMultiAlternatives)
        failure = self._offer(message, lambda: starting(parcel))
        return [(parcel, failure or _read_results(message)[message.to[0]])]

    def collect(self) -> Answers:
        """Every answer is known at once."""
        return []

    finish = collect

    def awaited(self) -> None:
        """Nothing."""

    def hand_over_merged(self, message: EmailMultiAlternatives, leaving: Leaving) -> dict[str, Outcome]:
        """Offer one message for many; what befalls the request befalls them all."""
        failure = self._offer(message, leaving)
        return dict.fromkeys(message.to, failure) if failure else _read_results(message)

    def _offer(self, message: EmailMultiAlternatives, leaving: Leaving) -> Outcome | None:
        """None when the backend took it, in whole or in part."""
        mark_idempotent(message, getattr(self._backend, "esp_name", ""))
        try:
            if not self._is_open:
                self._backend.open()
                self._is_open = True
        except Exception as error:  # noqa: BLE001  # each backend has errors of its own
            return Outcome(S.RETRY, _words(error), peer_down=True)
        leaving()
        try:
            self._backend.send_messages([message])
        except AnymailRecipientsRefused as error:
            return None if message.anymail_status.recipients else Outcome(S.REFUSED, _words(error))  # type: ignore[attr-defined]
        except AnymailRequestsAPIError as error:
            return _sort_api_error(error)
        except AnymailError as error:
            # Our own request could not be built: nothing was sent, and trying again would not help.
            return Outcome(S.REFUSED, _words(error))
        except Exception as error:  # noqa: BLE001  # an answer can be wrong in ways that no backend foresaw
            return Outcome(S.UNKNOWN, _words(error), peer_down=True)
        return None

    def close(self) -> None:
        """End the held session."""
        if self._is_open:
            self._backend.close()
        self._is_open = False


def _sort_api_error(error: AnymailRequestsAPIError) -> Outcome:
    """No answer or a broken one leaves it open whether the mail was taken; a refusal does not."""
    if _never_connected(error):
        return Outcome(S.RETRY, _words(error), peer_down=True)
    status = getattr(error, "status_code", None)
    if status in SHUT_OUT:
        return Outcome(S.RETRY, _words(error), shut_out=True)
    if status in LATER:
        return Outcome(S.RETRY, _words(error), retry_after=_retry_after(error), peer_down=True)
    if status is not None and CLIENT_ERROR <= status < SERVER_ERROR:
        return Outcome(S.REFUSED, _words(error), whole_request=True)
    # Were it like this for everybody, everybody would become unknown: it counts as a peer that is down.
    return Outcome(S.UNKNOWN, _words(error), peer_down=True)


def _never_connected(error: AnymailRequestsAPIError) -> bool:
    """Whether the failure lies before the first byte of the request."""
    cause = error.__cause__
    if isinstance(cause, requests.ConnectTimeout):
        return True
    reason = (
        getattr(cause.args[0], "reason", None) if isinstance(cause, requests.ConnectionError) and cause.args else None
    )
    return isinstance(reason, NewConnectionError | NameResolutionError)


def _retry_after(error: AnymailRequestsAPIError) -> timedelta | None:
    seconds = str(error.response.headers.get("Retry-After", "")) if error.response is not None else ""
    return timedelta(seconds=int(seconds)) if seconds.isdigit() else None


def _read_results(message: EmailMultiAlternatives) -> dict[str, Outcome]:
    """Each recipient's result as Anymail writes it on the message; other backends write nothing and took it."""
    status = getattr(message, "anymail_status", None)
    if status is None:
        return dict.fromkeys(message.to, Outcome(S.ACCEPTED))
    return {address: _read_result(status.recipients.get(address)) for address in message.to}


def _read_result(result: AnymailRecipientStatus | None) -> Outcome:
    if result is None:
        return Outcome(S.UNKNOWN, "The provider's answer does not name this reader.")
    if result.status in REFUSALS:
        return Outcome(S.REFUSED, f"The provider says: {result.status}")
    return Outcome(S.ACCEPTED, provider_id=str(result.message_id or ""))


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]
