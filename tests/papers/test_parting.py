"""Who told what about a paper, and undoing a merge."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.papers.ingest import import_records
from digest.papers.models import Paper, Source, SourceRecord
from digest.papers.parting import LastRecordError, part_record
from digest.papers.sources.base import Record
from digest.papers.telling import find_winners, key_of, read_record, write_record
from tests.papers.makers import NOW, TODAY, take

pytestmark = pytest.mark.django_db


def tell(name: str, *records: Record) -> None:
    source, _ = Source.objects.get_or_create(name=name, defaults={"kind": "json"})
    import_records(source=source, origin="test", records=records, listed_on=TODAY, now=NOW)


TEXT = st.text(alphabet="abc é;", max_size=8)


@example(Record("T", votes=0))
@given(
    st.builds(
        Record,
        title=st.just("T"),
        abstract=TEXT,
        authors=st.lists(TEXT.filter(bool), max_size=3).map(tuple),
        votes=st.none() | st.integers(0, 99),
        published_on=st.none() | st.just(date(2026, 1, 2)),
        withdrawn_at=st.none() | st.just(datetime(2026, 1, 2, 3, tzinfo=UTC)),
        artifacts=st.just(()) | st.just(({"kind": "model", "name": "m", "url": "https://example.org/m"},)),
    )
)
def test_a_record_survives_being_written_down(record: Record) -> None:
    assert read_record(write_record(record)) == record


@pytest.mark.parametrize("days", [(1, 5, 3), (5, 1, 3), (3, 1, 5)])
def test_of_several_tellings_that_of_the_latest_day_is_kept_whatever_came_first(days: tuple[int, ...]) -> None:
    for day in days:
        tell("one", Record("T", abstract=f"Day {day}.", arxiv_id="2503.01234", listed_on=date(2026, 7, day)))
    kept = SourceRecord.objects.get()
    assert (kept.told_on, kept.told["abstract"]) == (date(2026, 7, 5), "Day 5.")


def test_of_two_tellings_in_one_file_that_of_the_latest_day_is_kept() -> None:
    tell("one", *(Record("T", arxiv_id="2503.01234", listed_on=date(2026, 7, day)) for day in (5, 1)))
    assert SourceRecord.objects.get().told_on == date(2026, 7, 5)


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"doi": "10.5555/a", "arxiv_id": "2503.01234"}, "doi:10.5555/a"),
        ({"arxiv_id": "2503.01234"}, "arxiv:2503.01234"),
        ({"other_ids": ("pmid:7", "s2:8")}, "pmid:7"),
        ({"authors": ("Álvarez, Tomé",), "published_on": date(2025, 3, 7)}, "title:a title|alvarez|2025"),
    ],
)
def test_a_records_key_is_its_strongest_name(values: dict[str, object], key: str) -> None:
    assert key_of(Record("A title!", **values)) == key  # type: ignore[arg-type]  # names are the Record's own


def test_each_source_keeps_its_record_and_fields_have_winners() -> None:
    tell("one", Record("Title", doi="10.5555/a", abstract="Short.", listed_on=date(2026, 8, 1)))
    tell("two", Record("Title", doi="10.5555/a", venue="Letters", listed_on=date(2026, 8, 2)))
    tell("one", Record("Title", doi="10.5555/a", abstract="Longer.", listed_on=date(2026, 8, 1)))
    rows = list(SourceRecord.objects.filter(paper=Paper.objects.get()))
    assert [(row.source.name, row.told.get("abstract")) for row in rows] == [("one", "Longer."), ("two", None)]
    winners = find_winners(rows)
    assert (winners["abstract"].source.name, winners["venue"].source.name) == ("one", "two")


def test_other_ids_join_papers_that_share_nothing_else() -> None:
    tell("one", Record("Preprint title", doi="10.5555/pre", other_ids=("pmid:7", "doi:10.5555/print")))
    tell("two", Record("Quite another title", other_ids=("pmid:7",)))
    tell("three", Record("Printed title", doi="10.5555/print"))
    assert Paper.objects.count() == 1


def test_a_wrong_merge_is_undone_and_stays_undone() -> None:
    one = Record("Same title", abstract="About rivers.", votes=3)
    two = Record("Same title", venue="Letters", votes=9, doi="10.5555/b")
    tell("one", one)
    tell("two", two)
    paper = Paper.objects.get()
    Paper.objects.update(reader_votes=2, votes=11)
    new = part_record(SourceRecord.objects.get(source__name="two").pk, now=NOW)
    paper.refresh_from_db()
    assert (paper.abstract, paper.venue, paper.doi, paper.votes) == ("About rivers.", "", None, 5)
    assert (new.abstract, new.venue, new.doi, new.votes) == ("", "Letters", "10.5555/b", 9)
    before = list(Paper.objects.order_by("pk").values_list("doi", "abstract", "venue"))
    tell("two", two)
    tell("one", one)
    assert list(Paper.objects.order_by("pk").values_list("doi", "abstract", "venue")) == before


def test_what_a_curator_typed_stays_when_records_are_parted() -> None:
    tell("one", Record("Same title", abstract="From one."))
    tell("two", Record("Same title", abstract="From two."))
    paper = Paper.objects.get()
    Paper.objects.update(abstract="Typed", told_on={**paper.told_on, "abstract": "9999-12-31"})
    part_record(SourceRecord.objects.get(source__name="two").pk, now=NOW)
    paper.refresh_from_db()
    assert paper.abstract == "Typed"


def test_the_only_record_cannot_be_taken_out() -> None:
    take(Record("Alone"))
    with pytest.raises(LastRecordError):
        part_record(SourceRecord.objects.get().pk, now=NOW)
    assert Paper.objects.count() == 1
