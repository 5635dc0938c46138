"""Bringing in a list: checked line by line, nobody mailed, nobody brought back."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.choices import keywords_of
from subscriptions.models import Interest, Notice, Subscriber, Suppression
from subscriptions.suppression import suppress
from subscriptions.table import Rejected, Row, TableError, read_table
from tests.subscriptions.people import make_person, make_reader, make_topics

pytestmark = pytest.mark.django_db
State = Subscriber.State
HEADER = "email,topics,keywords,cadence,weekday,hour,timezone,status,consent_at,consent_source"


def run(tmp_path: Path, text: str | bytes, *options: str) -> str:
    """Run the command on a table; return its error lines, then what it printed."""
    table = tmp_path / "people.csv"
    table.write_bytes(text if isinstance(text, bytes) else text.encode())
    out, err = io.StringIO(), io.StringIO()
    call_command("add_subscribers", str(table), *options, stdout=out, stderr=err)
    return err.getvalue() + out.getvalue()


def test_a_full_line_becomes_an_active_subscriber_with_a_slot_after_consent(tmp_path: Path) -> None:
    make_topics()
    line = "Ada@Example.org,robotics; Computer Vision,diffusion;-survey,weekly,thu,08:00,Europe/Berlin,active"
    printed = run(tmp_path, f"{HEADER}\n{line},2026-08-03T08:00:00+02:00,congress list\n")
    person = Subscriber.objects.get()
    assert printed.endswith("1 added, 0 updated, 0 unchanged, 0 rejected\n")
    assert (person.email, person.state, person.weekday, person.hour) == ("Ada@example.org", State.ACTIVE, 3, 8)
    assert person.consent_at == datetime(2026, 8, 3, 6, tzinfo=UTC)
    assert person.consent_source == "congress list"
    assert person.next_due_at == datetime(2026, 8, 6, 6, tzinfo=UTC)
    assert person.interests.filter(kind=Interest.Kind.TOPIC).count() == 2
    assert [word.muted for word in keywords_of(person)] == [False, True]
    assert not Notice.objects.exists()


def test_one_column_is_enough_and_gives_the_defaults_not_confirmed(tmp_path: Path) -> None:
    run(tmp_path, "\ufeffEMAIL\nada@example.org\n\n")
    person = Subscriber.objects.get()
    assert (person.state, person.cadence, person.weekday, person.hour) == (State.PENDING, "weekly", 0, 8)
    assert (person.timezone, person.next_due_at) == ("UTC", None)


def test_active_without_consent_is_kept_as_not_confirmed_and_said(tmp_path: Path) -> None:
    printed = run(tmp_path, "status,Email\nactive,ada@example.org\n")
    assert Subscriber.objects.get().state == State.PENDING
    assert "1 said to be active without a consent_at" in printed
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("ada@,,,,,,,,,", "This address does not work"),
        ("a@example.org,astrology,,,,,,,,", "unknown topic “astrology”"),
        ("a@example.org,,,hourly,,,,,,", "unknown cadence “hourly”"),
        ("a@example.org,,,,someday,,,,,", "unknown weekday “someday”"),
        ("a@example.org,,,,7,,,,,", "unknown weekday “7”"),
        ("a@example.org,,,,,24,,,,", "unknown hour “24”"),
        ("a@example.org,,,,,8:30,,,,", "unknown hour “8:30”"),
        ("a@example.org,,,,,,Berlin,,,", "unknown time zone “Berlin”"),
        ("a@example.org,,,,,,,gone,,", "unknown status “gone”"),
        ("a@example.org,,,,,,,active,yesterday,", "unknown moment “yesterday”"),
        ("a@example.org,,,,,,,active,2026-13-01,", "unknown moment “2026-13-01”"),
        ("a@example.org,,,,,,,,,,extra", "11 cells under 10 columns"),
        ("GOOD@example.org,,,,,,,,,", "the same address as line 2"),
        ("stop@example.org,,,,,,,,,", "suppressed"),
        ("left@example.org,,,,,,,active,2026-01-01,", "has unsubscribed"),
    ],
)
def test_a_bad_line_is_named_and_the_good_ones_are_stored(tmp_path: Path, cells: str, reason: str) -> None:
    suppress(address="stop@example.org", scope=Suppression.Scope.DIGEST, reason=Suppression.Reason.BOUNCED)
    gone = make_person("left@example.org", state=State.LEFT)
    printed = run(tmp_path, f"{HEADER}\ngood@example.org,,,,,,,,,\n{cells}\n")
    assert printed.startswith("line 3: ")
    assert reason in printed
    assert printed.endswith("1 added, 0 updated, 0 unchanged, 1 rejected\n")
    gone.refresh_from_db()
    assert gone.state == State.LEFT


def test_a_second_run_changes_nothing_and_an_edited_line_updates(tmp_path: Path) -> None:
    make_topics()
    head, line = "email,topics,keywords,hour,consent_at", "ada@example.org,robotics,a;b"
    run(tmp_path, f"{head}\n{line},8,2026-08-03\n")
    assert "0 added, 0 updated, 1 unchanged" in run(tmp_path, f"{head}\n{line},8,2026-08-03\n")
    assert "0 added, 1 updated, 0 unchanged" in run(tmp_path, f"{head}\n{line},9,2026-08-03\n")
    person = Subscriber.objects.get()
    assert person.hour == 9
    assert person.next_due_at is not None
    assert person.next_due_at > datetime.now(UTC)


def test_columns_a_table_does_not_have_stay_as_they_are(tmp_path: Path) -> None:
    topics = make_topics()
    person = make_reader(hour=6, timezone="Asia/Tokyo")
    person.interests.create(kind="topic", topic=topics[0])
    assert "1 updated" in run(tmp_path, "email,keywords,hour\nada@example.org,new,\n")
    person.refresh_from_db()
    assert (person.hour, person.timezone, person.interests.count()) == (6, "Asia/Tokyo", 2)


def test_consent_makes_a_waiting_person_active(tmp_path: Path) -> None:
    person = make_person()
    assert "1 updated" in run(tmp_path, "email,consent_at\nada@example.org,2026-08-03\n")
    person.refresh_from_db()
    assert (person.state, person.consent_source) == (State.ACTIVE, "table people.csv")


def test_a_dry_run_says_the_same_and_stores_nothing(tmp_path: Path) -> None:
    person = make_reader()
    table = "email,hour\nada@example.org,5\nnew@example.org,5\nbad,5\n"
    printed = run(tmp_path, table, "--dry-run")
    person.refresh_from_db()
    assert (person.hour, Subscriber.objects.count()) == (8, 1)
    assert "nothing was stored" in printed
    assert printed.endswith("1 added, 1 updated, 0 unchanged, 1 rejected\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "first line must name the columns"),
        (b"name,hour\nAda,8\n", "“email” among them"),
        (b"email,colour\na@example.org,red\n", "Unknown column “colour”"),
        (b"email,email\na@example.org,x\n", "named twice"),
        (b"email\n\xff\xfe\n", "not UTF-8"),
        (b"email\n\0\n", "NUL"),
        (b'email\n"open\n', "not a CSV table"),
        (b"email\nbad\n", "Nothing usable"),
    ],
)
def test_a_table_that_is_no_good_stops_the_command(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(tmp_path, content)
    assert not Subscriber.objects.exists()


def test_a_missing_file_stops_the_command() -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("add_subscribers", "/nowhere/people.csv")


def test_statements_grow_with_batches_not_with_rows(tmp_path: Path) -> None:
    def count(rows: int, name: str) -> int:
        lines = "".join(f"{name}{number}@example.org,2026-08-03\n" for number in range(rows))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            run(tmp_path, "email,consent_at\n" + lines)
        return len(seen)

    few, many = count(10, "a"), count(900, "b")
    # SQLite takes at most 999 values in one statement, so inserts are cut; nothing else may grow.
    columns = len(Subscriber._meta.fields)
    assert many - few <= 900 * columns // 999 + 1


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=5), max_size=8))
def test_any_table_gives_rows_or_reasons(rows: list[list[str]]) -> None:
    text = "email,topics,hour,weekday,consent_at\n" + "\n".join(",".join(cells) for cells in rows)
    try:
        found = list(read_table(text.encode(errors="replace"), topics={}, origin="x"))
    except TableError as problem:
        found = [Rejected(1, str(problem))]
    assert all(isinstance(row, Row) or row.reason for row in found)
