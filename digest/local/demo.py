"""What a first look needs: a curator's log-in and a reader whose weekly digest is due right now."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from pathlib import Path

from django.contrib.auth import get_user_model
from django.db import transaction

from digest.papers.models import Topic
from subscriptions.addresses import address_columns, address_key
from subscriptions.models import Cadence, Interest, Subscriber

CURATOR = "curator"
READER = "reader@example.org"
TOPICS_FOLLOWED = 3


def ensure_curator(*, password_file: Path) -> str:
    """Make the development superuser once and return its password, or a word on one that was changed."""
    if not password_file.exists():
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_hex(6))
    password = password_file.read_text().strip()
    users = get_user_model().objects
    curator = users.filter(username=CURATOR).first() or users.create_superuser(CURATOR, password=password)
    return password if curator.check_password(password) else "the password you chose"


def ensure_reader(*, now: datetime) -> None:
    """Make the demonstration reader once: follows a few topics, weekly, on this weekday at this hour."""
    if Subscriber.objects.filter(email_key=address_key(READER)).exists():
        return
    with transaction.atomic():
        reader = Subscriber.objects.create(
            **address_columns(READER),
            state=Subscriber.State.ACTIVE,
            cadence=Cadence.WEEKLY,
            weekday=now.weekday(),
            hour=now.hour,
            timezone="UTC",
            next_due_at=now,
            confirmed_at=now,
            consent_at=now,
            consent_source="demo",
            # Who comes after a slot starts with the next one: this reader was here before.
            created_at=now - timedelta(days=7),
        )
        Interest.objects.bulk_create(
            Interest(subscriber=reader, kind=Interest.Kind.TOPIC, topic=topic)
            for topic in Topic.objects.filter(is_active=True)[:TOPICS_FOLLOWED]
        )
