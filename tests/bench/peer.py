"""The same letters by django-newsletter, in a process of its own: `peer.py PORT COUNT FOLDER`.

FOLDER holds letter.txt and letter.html, inlined already. Prints letters, seconds and processor seconds.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command


def configure(port: int, folder: Path) -> None:
    """Settings as its own documentation has them, on SQLite in memory."""
    templates = folder / "newsletter" / "message"
    templates.mkdir(parents=True, exist_ok=True)
    greeting = "{{ subscription.name }} {{ site_url }}/{{ subscription.email }}"
    text, html = (folder / "letter.txt").read_text(), (folder / "letter.html").read_text()
    (templates / "message_subject.txt").write_text("{{ message.title }}")
    (templates / "message.txt").write_text(greeting + "{% verbatim %}" + text + "{% endverbatim %}")
    (templates / "message.html").write_text(greeting + "{% verbatim %}" + html + "{% endverbatim %}")
    apps = ["auth", "contenttypes", "sessions", "messages", "sites"]
    settings.configure(
        SECRET_KEY="bench",  # signs nothing that anybody keeps
        INSTALLED_APPS=[*(f"django.contrib.{name}" for name in apps), "sorl.thumbnail", "newsletter"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        ROOT_URLCONF="newsletter.urls",
        SITE_ID=1,
        USE_TZ=True,
        NEWSLETTER_THUMBNAIL="sorl-thumbnail",
        NEWSLETTER_USE_HTTPS=True,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [folder], "APP_DIRS": True}],
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
    )
    django.setup()
    call_command("migrate", verbosity=0)


def send(count: int) -> tuple[float, float]:
    """Submit one message to so many subscribers; seconds and processor seconds."""
    from django.utils.timezone import now
    from newsletter.models import Message, Newsletter, Submission, Subscription  # type: ignore[import-not-found]

    letters = Newsletter.objects.create(title="Papers", slug="papers", email="digest@paperboy.example", sender="Us")
    for number in range(count):
        Subscription.objects.create(
            newsletter=letters, name_field=f"R{number}", email_field=f"r{number}@example.org", subscribed=True
        )
    submission = Submission.from_message(Message.objects.create(newsletter=letters, title="Week 32", slug="w32"))
    submission.publish_date = now() - timedelta(days=1)
    submission.prepared = True
    submission.save()
    wall, cpu = time.perf_counter(), time.process_time()
    submission.submit()
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    configure(int(sys.argv[1]), Path(sys.argv[3]))
    seconds, processor = send(int(sys.argv[2]))
    sys.stdout.write(f"{sys.argv[2]} {seconds} {processor}\n")
