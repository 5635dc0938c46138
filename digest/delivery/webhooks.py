"""The providers' way in: checks the secret, lets Anymail's view check and parse, stores, answers. Acts on nothing."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType
from anymail.utils import get_anymail_setting, get_request_basic_auth
from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailersend import MailerSendTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.mailjet import MailjetTrackingWebhookView
from anymail.webhooks.mailtrap import MailtrapTrackingWebhookView
from anymail.webhooks.mandrill import MandrillCombinedWebhookView
from anymail.webhooks.postal import PostalTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView
from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from anymail.webhooks.unisender_go import UnisenderGoTrackingWebhookView
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from digest.delivery.intake import store_events

logger = logging.getLogger(__name__)

VIEWS: dict[str, Callable[[], Any]] = {
    "amazon_ses": AmazonSESTrackingWebhookView,
    "brevo": BrevoTrackingWebhookView,
    "mailersend": MailerSendTrackingWebhookView,
    "mailgun": MailgunTrackingWebhookView,
    "mailjet": MailjetTrackingWebhookView,
    "mailtrap": MailtrapTrackingWebhookView,
    "mandrill": MandrillCombinedWebhookView,
    "postal": PostalTrackingWebhookView,
    "postmark": PostmarkTrackingWebhookView,
    "resend": ResendTrackingWebhookView,
    "sendgrid": SendGridTrackingWebhookView,
    "sparkpost": SparkPostTrackingWebhookView,
    "unisender_go": UnisenderGoTrackingWebhookView,
}
# Where a provider sends several events at once: how to find them, and how its view reads one.
Batch = tuple[Callable[[HttpRequest], Any], Callable[[Any, Any], Any]]
BATCHES: dict[str, Batch] = {
    "mailjet": (lambda request: json.loads(request.body), lambda view, item: view.esp_to_anymail_event(item)),
    "mailtrap": (
        lambda request: json.loads(request.body)["events"],
        lambda view, item: view.esp_to_anymail_event(item),
    ),
    "mandrill": (
        lambda request: json.loads(request.POST["mandrill_events"]),
        lambda view, item: view.mandrill_tracking_to_anymail_event(item),
    ),
    "sendgrid": (lambda request: json.loads(request.body), lambda view, item: view.esp_to_anymail_event(item)),
    "sparkpost": (
        lambda request: json.loads(request.body),
        lambda view, item: view.esp_to_anymail_event(*view.unwrap_event(item)),
    ),
    "unisender_go": (
        lambda request: json.loads(request.body)["events_by_user"][0]["events"],
        lambda view, item: view.esp_to_anymail_event(item["event_data"]),
    ),
}


# GET and HEAD change nothing; some providers ask this way whether anyone is here.
@csrf_exempt
@require_http_methods(["POST", "GET", "HEAD"])
def receive(request: HttpRequest, provider: str) -> HttpResponse:
    """Take one call of a provider: 2xx once its events are stored, 4xx for what is not theirs, 5xx to call again."""
    if provider not in VIEWS:
        raise Http404
    if request.method != "POST":
        return HttpResponse()
    refusal = _refuse_unknown(request) or _refuse_large(request)
    if refusal:
        return refusal
    try:
        view = VIEWS[provider]()
    except ImproperlyConfigured as error:
        logger.error("Webhooks of %s cannot be taken: %s", provider, error)  # noqa: TRY400  # the text says it all
        return HttpResponse("This provider is not set up here; the log says what is missing.", status=503)
    return _take(view, request, provider)


def _refuse_unknown(request: HttpRequest) -> HttpResponse | None:
    """Providers' own signatures are optional, partial or without a date, so our secret is asked of all."""
    secrets = [secret for secret in _list_secrets() if secret]
    if not secrets or not all(":" in secret for secret in secrets):
        text = "Set ANYMAIL_WEBHOOK_SECRET to name:password, and put both into the webhook's address."
        return HttpResponse(text, status=503)
    offered = get_request_basic_auth(request) or ""
    if any([constant_time_compare(offered, secret) for secret in secrets]):  # noqa: C419  # each compared, always
        return None
    # Amazon's notifications show their secret only after being asked this way.
    return HttpResponse("Wrong or missing secret.", status=401, headers={"WWW-Authenticate": 'Basic realm="webhooks"'})


def _list_secrets() -> list[str]:
    secrets = get_anymail_setting("webhook_secret", default=[])
    return [secrets] if isinstance(secrets, str) else list(secrets)


def _refuse_large(request: HttpRequest) -> HttpResponse | None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if limit is None or (length.isdigit() and int(length) <= limit):
        return None
    return HttpResponse("Too large.", status=413)


def _take(view: Any, request: HttpRequest, provider: str) -> HttpResponse:
    try:
        view.setup(request)
        view.run_validators(request)
        events = _read_events(view, request, provider)
    except Exception as error:  # noqa: BLE001  # whatever a stranger's body does to a parser is a bad request
        # Not the error's text, which may quote the body and so a reader's address.
        logger.warning("A webhook call of %s was refused: %s.", provider, type(error).__name__)
        return HttpResponse("Not a valid webhook call.", status=400)
    try:
        store_events(provider=provider, events=events, now=now())
    except DatabaseError as error:
        logger.error("Events of %s could not be stored: %s.", provider, type(error).__name__)  # noqa: TRY400  # as above
        return HttpResponse("Try again later.", status=503, headers={"Retry-After": "60"})
    return HttpResponse()


def _read_events(view: Any, request: HttpRequest, provider: str) -> list[AnymailTrackingEvent]:
    """The events of a call. Anymail gives up on a batch with one odd event; then each is read by itself."""
    try:
        events = view.parse_events(request)
    except Exception:
        if provider not in BATCHES:
            raise
        events = _read_one_by_one(view, request, provider)
    return [event for event in events if isinstance(event, AnymailTrackingEvent)]


def _read_one_by_one(view: Any, request: HttpRequest, provider: str) -> list[AnymailTrackingEvent]:
    find_items, read = BATCHES[provider]
    events, good = [], 0
    for item in list(find_items(request)):
        try:
            events.append(read(view, item))
            good += 1
        except Exception as error:  # noqa: BLE001  # odd in whatever way: kept as it is, beside the good ones
            logger.warning("An event of %s could not be read: %s.", provider, type(error).__name__)
            events.append(AnymailTrackingEvent(event_type=EventType.UNKNOWN, esp_event=item))
    if not good:
        raise ValueError("Not one event could be read.")
    return events
