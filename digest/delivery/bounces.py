"""What a provider's raw event means for us: hard, soft or our own fault. Tables by provider; touches no row.

Anymail calls most failed deliveries "bounced", full mailboxes and blocked senders included, so the
provider's own words decide here, and then the status codes of the receiving server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from anymail.signals import AnymailTrackingEvent, EventType

from digest.delivery.models import Event

Kind = Event.Kind


class Finding(NamedTuple):
    """What an event tells. `ours`: it says something about our mail or our name, nothing about the reader."""

    kind: Event.Kind
    ours: bool = False


HARD = Finding(Kind.HARD_BOUNCE)
SOFT = Finding(Kind.SOFT_BOUNCE)
BLOCKED = Finding(Kind.SOFT_BOUNCE, ours=True)
LATER = Finding(Kind.DEFERRED)
# The provider did not even try: because this address is on its own list, or for reasons of ours.
LISTED = Finding(Kind.REJECTED)
DENIED = Finding(Kind.REJECTED, ours=True)
COMPLAINT = Finding(Kind.COMPLAINED)
LEAVING = Finding(Kind.UNSUBSCRIBED)
NOTHING = Finding(Kind.OTHER)

# Where the words below say nothing. A bounce that nobody explains is taken as a soft one.
GENERAL: dict[str, Finding] = {
    EventType.QUEUED: Finding(Kind.TAKEN),
    EventType.SENT: Finding(Kind.TAKEN),
    EventType.DELIVERED: Finding(Kind.DELIVERED),
    EventType.DEFERRED: LATER,
    EventType.BOUNCED: SOFT,
    EventType.REJECTED: DENIED,
    EventType.FAILED: DENIED,
    EventType.COMPLAINED: COMPLAINT,
    EventType.UNSUBSCRIBED: LEAVING,
}

Path = tuple[str, ...]
Table = tuple[Path, Mapping[str, Finding]]
# For each provider the places to look at in its event, in order: the first word that is known decides.
WORDS: dict[str, tuple[Table, ...]] = {
    "amazon_ses": (
        (("complaint", "complaintFeedbackType"), {"not-spam": NOTHING}),
        (("bounce", "bounceSubType"), {"contentrejected": BLOCKED, "attachmentrejected": BLOCKED}),
        (("bounce", "bounceType"), {"permanent": HARD, "transient": SOFT, "undetermined": SOFT}),
        (("subscription", "newTopicPreferences", "unsubscribeAll"), {"true": LEAVING}),
        (("eventType",), {"deliverydelay": LATER}),
    ),
    "brevo": (
        (
            ("event",),
            {
                "hard_bounce": HARD,
                "invalid_email": HARD,
                "soft_bounce": SOFT,
                "blocked": LISTED,
                "unsubscribed": LEAVING,
            },
        ),
    ),
    "mailersend": ((("data", "type"), {"hard_bounced": HARD, "soft_bounced": SOFT, "deferred": LATER}),),
    "mailgun": (
        (("event-data", "severity"), {"temporary": LATER}),
        (
            ("event-data", "reason"),
            {
                "suppress-bounce": HARD,
                "suppress-complaint": COMPLAINT,
                "suppress-unsubscribe": LEAVING,
                "old": SOFT,
                "espblock": BLOCKED,
            },
        ),
        (("event-data", "severity"), {"permanent": HARD}),
        # The form of before 2018, which old accounts still send.
        (("code",), {"605": HARD, "607": COMPLAINT}),
        (("reason",), {"hardfail": HARD, "old": SOFT}),
    ),
    "mailjet": (
        (
            ("error",),
            {
                "sender blocked": BLOCKED,
                "content blocked": BLOCKED,
                "policy issue": BLOCKED,
                "spam reporter": COMPLAINT,
                "preblocked": LISTED,
                "blacklisted": LISTED,
                "duplicate in campaign": DENIED,
                "quota exceeded": SOFT,
            },
        ),
        (("hard_bounce",), {"true": HARD}),
        (("error",), {"greylisted": LATER, "user unknown": HARD, "invalid domain": HARD, "typofix": HARD}),
    ),
    "mailtrap": ((("event",), {"bounce": HARD, "soft bounce": SOFT, "suspension": DENIED}),),
    "mandrill": (
        (
            ("reject", "reason"),
            {"hard-bounce": HARD, "soft-bounce": SOFT, "spam": COMPLAINT, "unsub": LEAVING, "custom": LISTED},
        ),
        (("event",), {"hard_bounce": HARD, "soft_bounce": SOFT}),
    ),
    "postal": ((("payload", "status"), {"hardfail": HARD, "softfail": LATER, "held": NOTHING}),),
    "postmark": (
        (
            ("Type",),
            {
                "hardbounce": HARD,
                "bademailaddress": HARD,
                "softbounce": SOFT,
                "dnserror": LATER,
                "blocked": BLOCKED,
                # Filed as spam by a filter; nobody pressed a button.
                "spamnotification": BLOCKED,
                "virusnotification": BLOCKED,
                "dmarcpolicy": BLOCKED,
                "manuallydeactivated": LISTED,
            },
        ),
        (("SuppressionReason",), {"hardbounce": HARD}),
    ),
    "resend": (
        (("data", "bounce", "type"), {"permanent": HARD, "transient": SOFT, "temporary": SOFT, "undetermined": SOFT}),
        (("type",), {"email.failed": DENIED, "email.suppressed": LISTED}),
    ),
    "sendgrid": (
        (
            ("reason",),
            {
                "bounced address": HARD,
                "invalid": HARD,
                "spam reporting address": COMPLAINT,
                "unsubscribed address": LEAVING,
            },
        ),
        (("bounce_classification",), {"reputation": BLOCKED, "content": BLOCKED, "mailbox unavailable": SOFT}),
        (("type",), {"bounce": HARD, "blocked": SOFT, "expired": SOFT}),
    ),
    "sparkpost": tuple(
        (
            ("msys", event_class, "bounce_class"),
            {
                **dict.fromkeys(("10", "30"), HARD),
                **dict.fromkeys(("1", "20", "21", "22", "23", "24", "40", "70"), SOFT),
                **dict.fromkeys(("50", "51", "52", "53", "54"), BLOCKED),
                "90": LEAVING,
            },
        )
        for event_class in ("message_event", "gen_event")
    ),
    "unisender_go": (
        (
            ("delivery_info", "delivery_status"),
            {
                **dict.fromkeys(("err_user_unknown", "err_user_inactive", "err_domain_inactive"), HARD),
                **dict.fromkeys(("err_spam_rejected", "err_blacklisted", "err_too_large"), BLOCKED),
                **dict.fromkeys(("err_mailbox_full", "err_unreachable", "err_mailbox_discarded"), SOFT),
                **dict.fromkeys(("err_spam_skipped", "err_skip_letter"), LISTED),
                "err_unsubscribed": LEAVING,
                "err_will_retry": LATER,
            },
        ),
        (("status",), {"hard_bounced": HARD, "soft_bounced": SOFT}),
    ),
}
# What happened well is not looked at for words of failure.
FINE = frozenset({EventType.DELIVERED, EventType.SENT, EventType.SUBSCRIBED, EventType.AUTORESPONDED})
# Where else a provider puts a status code or the receiving server's words.
EVIDENCE: dict[str, tuple[Path, ...]] = {
    "mailgun": (("event-data", "delivery-status", "enhanced-code"), ("code",)),
    "mailtrap": (("bounce_category",),),
    "mandrill": (("msg", "bounce_description"),),
    "sendgrid": (("status",), ("reason",)),
}

STATUS = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
# RFC 3463: these say that mailbox or domain does not exist, and these that it may work another day.
GONE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
PASSING = frozenset({"5.2.2", "5.2.3", "5.3.1", "5.3.4", "5.4.5", "5.4.6", "5.4.7"})
# Said of our name or our words, where no code says it.
REPUTATION = re.compile(
    r"\b(spam\w*|unsolicited|reputation|(block|black|deny)[- ]?list\w*|dnsbl|rbl|barracuda|dmarc|dkim|spf"
    r"|policy (violation|reasons?|restrictions?)|content (was )?(rejected|blocked)|message content"
    r"|rate[- ]limit\w*|too many (messages|connections)|relay(ing)? (access )?denied|s31[45]0)\b",
    re.IGNORECASE,
)


def classify(*, provider: str, event: AnymailTrackingEvent) -> Finding:
    """What one event, as Anymail's view of that provider parsed it, means."""
    finding = GENERAL.get(event.event_type, NOTHING)
    if event.event_type not in FINE:
        finding = _read_words(provider, event.esp_event, finding)
    if finding.kind in (Kind.HARD_BOUNCE, Kind.SOFT_BOUNCE):
        finding = _weigh(finding, " ".join(_read_evidence(provider, event)))
    return finding


def is_our_fault(diagnostic: str) -> bool:
    """Whether a refusal was about our reputation or our content, from status codes and words.

    A code outside x.7 is believed over words: servers link to their spam policy on any occasion.
    """
    codes = _find_codes(diagnostic)
    if any(code.split(".")[1] == "7" for code in codes):
        return True
    if any(code.startswith(("5.1.", "5.2.")) for code in codes):
        return False
    return bool(REPUTATION.search(diagnostic))


def _read_words(provider: str, raw: Any, otherwise: Finding) -> Finding:
    for path, table in WORDS.get(provider, ()):
        finding = table.get(_read(raw, path).lower())
        if finding is not None:
            return finding
    return otherwise


def _weigh(finding: Finding, diagnostic: str) -> Finding:
    """Correct the provider's word by the receiving server's: both mislabel full, missing and blocked mailboxes."""
    if finding.ours or is_our_fault(diagnostic):
        return finding._replace(ours=True)
    codes = _find_codes(diagnostic)
    if codes & GONE:
        return HARD
    if codes & PASSING or (codes and all(code.startswith("4") for code in codes)):
        return SOFT
    return finding


def _find_codes(text: str) -> set[str]:
    return {".".join(found) for found in STATUS.findall(text)}


def _read_evidence(provider: str, event: AnymailTrackingEvent) -> Iterator[str]:
    yield str(event.mta_response or "")
    yield str(event.description or "")
    for path in EVIDENCE.get(provider, ()):
        yield _read(event.esp_event, path)
    if provider == "amazon_ses":
        for entry in event.esp_event.get("bounce", {}).get("bouncedRecipients", ()):
            if entry.get("emailAddress") == event.recipient:
                yield str(entry.get("status", ""))


def _read(raw: Any, path: Path) -> str:
    """The text at a path of nested mappings; empty where it leads nowhere."""
    for name in path:
        raw = raw.get(name) if hasattr(raw, "get") else None
    return "" if raw is None else str(raw)
