"""Everything that is not SMTP: providers through Anymail, and Django's file and memory backends."""

from __future__ import annotations

from datetime import timedelta

import requests
from anymail.exceptions import AnymailError, AnymailRecipientsRefused, AnymailRequestsAPIError
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from digest.composing.models import Digest
from digest.delivery.transport.outcome import Outcome

S = Digest.State
TOO_MANY = 429
CLIENT_ERROR = 400
SERVER_ERROR = 500


class BackendLane:
    """A Django mail backend with its session held open."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend
        self._is_open = False

    def hand_over(self, message: EmailMultiAlternatives) -> Outcome:
        """Offer one message and sort whatever comes back."""
        try:
            if not self._is_open:
                self._backend.open()
                self._is_open = True
            self._backend.send_messages([message])
        except AnymailRecipientsRefused as error:
            return Outcome(S.REFUSED, _words(error))
        except AnymailRequestsAPIError as error:
            return _sort_api_error(error)
        except AnymailError as error:
            # Our own request could not be built: nothing was sent, and trying again would not help.
            return Outcome(S.REFUSED, _words(error))
        except (OSError, ValueError) as error:
            return Outcome(S.UNKNOWN, _words(error))
        return _read_status(message)

    def close(self) -> None:
        """End the held session."""
        if self._is_open:
            self._backend.close()
        self._is_open = False


def _sort_api_error(error: AnymailRequestsAPIError) -> Outcome:
    """No answer or a broken one leaves it open whether the mail was taken; a refusal does not."""
    if isinstance(error.__cause__, requests.ConnectTimeout):
        return Outcome(S.RETRY, _words(error))
    status = getattr(error, "status_code", None)
    if status == TOO_MANY:
        return Outcome(S.RETRY, _words(error), retry_after=_retry_after(error))
    if status is not None and CLIENT_ERROR <= status < SERVER_ERROR:
        return Outcome(S.REFUSED, _words(error))
    return Outcome(S.UNKNOWN, _words(error))


def _retry_after(error: AnymailRequestsAPIError) -> timedelta | None:
    seconds = str(error.response.headers.get("Retry-After", "")) if error.response is not None else ""
    return timedelta(seconds=int(seconds)) if seconds.isdigit() else None


def _read_status(message: EmailMultiAlternatives) -> Outcome:
    """Anymail writes each recipient's result on the message; other backends write nothing and took it."""
    status = getattr(message, "anymail_status", None)
    if status is None:
        return Outcome(S.ACCEPTED)
    results = list(status.recipients.values())
    if results and results[0].status in ("rejected", "invalid", "failed"):
        return Outcome(S.REFUSED, f"The provider says: {results[0].status}")
    return Outcome(S.ACCEPTED, provider_id=str((results and results[0].message_id) or status.message_id or ""))


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]
