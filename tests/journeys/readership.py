"""A readership with one edition's worth of mail, made as the product makes it: every kind of mail, as it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from functools import cached_property
from pathlib import Path
from random import Random

from django.core import mail
from django.core.management import call_command

from digest.composing.book import open_book
from digest.composing.compose import compose_range
from digest.composing.models import Digest, Edition, Pick
from digest.composing.presentation import present_digest
from digest.composing.rows import read_rows
from digest.composing.schedule import open_due
from digest.delivery.ready import Printer
from digest.delivery.tryout import send_copy
from digest.papers.models import News, Paper, Topic
from digest.papers.samples import load_samples
from subscriptions.emails import build_message
from subscriptions.models import AddressChange, Interest, Notice, Subscriber
from tests.factories import NOW, make_digest, make_paper, make_subscriber

PAST = datetime(2026, 7, 27, 9, tzinfo=UTC)
INTRO = """\
A strong week for **world models**: three groups teach robots to imagine the next second before they move.

If you read one thing, take the first; its [notes](https://notes.example.org/?a=1&b=2) are a good way in. Also:

- a careful *negative* result on test-time scaling,
- the first open corpus of its kind.
"""
# What a week brings once a year.
ODD = (
    ("大規模言語モデルにおける長文脈理解の評価：日本語ベンチマークの構築", "長い文脈を扱う能力は向上している。" * 40),
    ("مدوّنة مفتوحة للنصوص العلمية العربية: البناء والتحليل", "نقدّم أول مدوّنة مفتوحة للنصوص العلمية. " * 30),
    ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3, ""),
    (
        r"A $\tilde{O}(d^{3/2}/k)$ bound & <b>no</b> \textbf{retraining} at 5\% of \$1, 2\,$\mu$s",
        "$x_{ij}$ " * 300,
    ),
    ("🧪 Emoji 👩\u200d🔬 in titles", "🧪🔬" * 900),
    ("Free Offers and Urgent Replies: a Survey of Unwanted Mail", "We read a million mails that promise money. " * 30),
)


@dataclass(frozen=True)
class SentMail:
    """A mail as it went out; mails of one look are set alike."""

    look: str
    name: str
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        parsed = message_from_bytes(self.raw, policy=modern)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def part(self, kind: str) -> str:
        """The "plain" or the "html" part, decoded."""
        body = self.message.get_body((kind,))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")


def make_mails(*, readers: int, files: Sequence[Path] = ()) -> list[SentMail]:
    """The mail of so many readers, over the project's samples or over papers from files; and every other kind."""
    load_papers(files)
    edition = make_edition()
    for number in range(readers):
        make_reader(number)
    open_due(now=NOW)
    compose_range(first_id=1, last_id=2**62, now=NOW)
    rows = read_rows(Digest.objects.filter(state="composed").order_by("id"))
    printer = Printer(open_book(rows), now=NOW)
    digests = [
        SentMail(
            row.subscriber.layout,
            f"digest {row.pk}",
            bytes(printer.write(row).message.content),  # type: ignore[union-attr]  # a ready one, for SMTP
        )
        for row in rows
    ]
    letter = present_digest(rows[0], open_book(rows[:1]))
    send_copy(letter, address="curator@example.org")
    test = SentMail("full", f"test of {edition}", mail.outbox[-1].message().as_bytes())
    return [*digests, test, *make_notices()]


def load_papers(files: Sequence[Path]) -> None:
    """Papers of the week before NOW, and some odd ones."""
    for path in files:
        kind = "listing" if ".txt" in path.suffixes else "huggingface"
        call_command("import_papers", kind, str(path), listed_on="2026-07-30", verbosity=0)
    if not files:
        load_samples(today=NOW.date(), now=NOW)
    for title, abstract in ODD:
        make_paper(title, abstract=abstract, authors=["A. Author"] * 7, votes=30, trend=5.0)


def make_edition() -> Edition:
    """An approved week with an intro, a note, a pick from the community, and news about four papers."""
    edition = Edition.objects.create(
        period="2026-W32", state="approved", approved_at=NOW - timedelta(hours=2), title="Robots that plan", intro=INTRO
    )
    week = Paper.objects.filter(listed_on__gte=date(2026, 7, 28)).order_by("-votes", "id")
    for place, (paper, section) in enumerate(zip(week[:3], ("curators", "curators", "community"), strict=True)):
        Pick.objects.create(
            edition=edition, paper=paper, position=place, section=section, note="Read §3." * (place < 1)
        )
    details = {News.Kind.REVISED: "v2", News.Kind.PUBLISHED: "Journal of Papers"}
    for paper, kind in zip(week[3:7], News.Kind, strict=True):
        detail = details.get(kind, "")
        News.objects.create(paper=paper, kind=kind, detail=detail, happened_at=NOW - timedelta(days=3))
    return edition


def make_reader(number: int) -> Subscriber:
    """A reader of some taste and some habits; the number decides which."""
    dice = Random(number)
    reader = make_subscriber(
        follows=tuple(dice.sample(list(Topic.objects.all()), dice.randint(0, 3))),
        layout=("full", "compact", "full", "full")[number % 4],
        cadence=("weekly", "weekly", "daily", "monthly")[dice.randrange(4)],
        timezone=dice.choice(["UTC", "Europe/Berlin", "Asia/Tokyo"]),
        date_language=("en", "en", "iso", "de", "ja")[dice.randrange(5)],
        paper_limit=(10, 10, 20, 1, 30, 5)[number % 6],
        rested_from=date(2026, 7, 6) if number % 10 == 2 else None,
    )
    papers = list(Paper.objects.order_by("id")[:200])
    add = Interest.objects.create
    for word in dice.sample(["robot", "diffusion", "language model", "benchmark", "<script>"], dice.randint(0, 2)):
        add(subscriber=reader, kind="keyword", text=word)
    for paper in dice.sample(papers, dice.randint(0, 3)):
        add(subscriber=reader, kind="paper", paper=paper)
    if authors := dice.choice(papers).authors:
        add(subscriber=reader, kind="author", text=authors[0])
    make_digest(reader, *dice.sample(papers, 8), period="2026-W30", slot_at=PAST, accepted_at=PAST, composed_at=PAST)
    return reader


def make_notices() -> Iterator[SentMail]:
    """One of each kind."""
    person = make_subscriber("ada@example.org")
    change = AddressChange.objects.create(subscriber=person, address="ada@new.example.org", mailbox_key="ada")
    for kind in Notice.Kind.values:
        moves = kind in ("address", "moving")
        notice = Notice.objects.create(subscriber=person, kind=kind, change=change if moves else None, due_at=NOW)
        yield SentMail("notice", kind, build_message(notice).message().as_bytes())
