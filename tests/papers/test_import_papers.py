"""The command: what it prints, and how it ends."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from digest.papers.models import Paper, Source

pytestmark = pytest.mark.django_db

PAYLOADS = Path(__file__).parents[1] / "payloads"
LISTING = str(PAYLOADS / "listing.txt")


def run(*args: str) -> tuple[list[str], str, str]:
    """Lines on standard output, text on standard error, and the error the command ended with."""
    out, err, failure = io.StringIO(), io.StringIO(), ""
    try:
        call_command("import_papers", *args, stdout=out, stderr=err)
    except CommandError as error:
        failure = str(error)
    return out.getvalue().splitlines(), err.getvalue(), failure


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_one_line_sums_up_and_a_second_run_changes_nothing() -> None:
    assert run("listing", LISTING) == (["2 new, 0 changed, 0 unchanged, 0 rejected"], "", "")
    assert run("listing", LISTING) == (["0 new, 0 changed, 2 unchanged, 0 rejected"], "", "")
    assert Source.objects.get().name == "Captured listing"


def test_the_same_file_by_name_or_by_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    for args in (("listing",), ("listing", "-")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(Path(LISTING).read_bytes())))
        assert run(*args)[2] == ""
    assert Paper.objects.count() == 2


def test_rejected_records_are_listed_with_their_place_and_reason() -> None:
    out, err, failure = run("huggingface", str(PAYLOADS / "daily.json"))
    assert out == ["2 new, 0 changed, 0 unchanged, 2 rejected"]
    assert "daily.json, item 3: “not-an-id” is not an arXiv id" in err
    assert failure == ""


def test_a_long_list_of_rejections_is_cut_with_its_number(tmp_path: Path) -> None:
    table = write(tmp_path / "a.csv", "title,votes\nGood,1\n" + "Bad,-1\n" * 25)
    out, err, _ = run("csv", table)
    assert out == ["1 new, 0 changed, 0 unchanged, 25 rejected"]
    assert err.count("line ") == 20
    assert "and 5 more rejected" in err


def test_a_bad_file_fails_the_command_and_the_others_stay(tmp_path: Path) -> None:
    out, err, failure = run("listing", str(tmp_path / "missing.txt"), LISTING, write(tmp_path / "b.txt", "hello"))
    assert out == ["2 new, 0 changed, 0 unchanged, 0 rejected"]
    assert "missing.txt: No such file or directory" in err
    assert "b.txt: The file is not a captured listing" in err
    assert failure == "2 of 3 could not be used; see above."


def test_a_terminal_shows_how_far_it_is_and_a_pipe_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = write(tmp_path / "many.csv", "title\n" + "".join(f"Paper {number}\n" for number in range(600)))
    run("csv", table)
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    run("csv", table)
    shown = capsys.readouterr().err
    assert "many.csv" in shown
    assert "500 papers" in shown


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "Is a directory" in run("csv", str(tmp_path))[1]


def test_a_table_without_rows_is_a_failure_too(tmp_path: Path) -> None:
    out, _, failure = run("csv", write(tmp_path / "a.csv", "title\n"))
    assert (out, failure) == (["0 new, 0 changed, 0 unchanged, 0 rejected"], "No papers found.")


def test_day_source_and_state_can_be_chosen() -> None:
    run("listing", LISTING, "--listed-on", "2026-08-03", "--source", "Reading group", "--pending")
    paper = Paper.objects.select_related("source").first()
    assert paper is not None
    assert paper.source is not None
    assert (str(paper.listed_on), paper.source.name, paper.state) == (
        "2026-08-03",
        "Reading group",
        Paper.State.PENDING,
    )


def test_a_day_that_is_none_is_named_and_nothing_is_read() -> None:
    assert (
        run("listing", LISTING, "--listed-on", "2026-02-30")[2]
        == "--listed-on: “2026-02-30” is not a day like 2026-08-03."
    )
    assert not Source.objects.exists()


def test_the_help_shows_examples_and_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("import_papers", "--help")
    shown = capsys.readouterr().out
    assert "manage.py import_papers huggingface lists/*.json.gz" in shown
    assert "a listing page captured as text" in shown


def test_a_database_without_tables_is_said_in_words() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE papers_importrun RENAME TO elsewhere")
    _, _, failure = run("listing", LISTING)
    assert failure.startswith("The database failed: ")
    assert "papers_importrun" in failure
    assert "manage.py migrate" in failure
