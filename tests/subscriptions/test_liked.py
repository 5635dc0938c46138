"""Papers that readers bring along are found in every common form, and no text breaks the search for them."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.papers.identifiers import fold_title
from subscriptions.liked import match_papers
from subscriptions.models import Interest
from tests.factories import make_paper
from tests.subscriptions.people import filled_form

pytestmark = pytest.mark.django_db
TITLE = "Slow Grippers: A Survey"
BIBTEX = "@misc{a1, title={{Slow Grippers: A Survey}}, year={2026}}\n@misc{a2, title={Unknown}}"
RIS = "TY  - JOUR\nTI  - Slow Grippers: A Survey\nER  - \n"
CSV = 'Title,DOI\n"Something else",10.1000/182\n'
ZOTERO = json.dumps([{"title": "slow grippers, a survey"}, {"title": 3}, "x"])
STARTS = ["", "[", "{", "@misc{", "TY  - JOUR\n", "Title,DOI\n", 'title\t"', "\ufeff"]
PASTED = "https://arxiv.org/abs/2607.00001v3\nNo such thing"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_names_a_paper_a_row_and_its_first_line_none(mark: str) -> None:
    paper = make_paper(TITLE, title_key=fold_title(TITLE))
    names = ["Key", "Title", "Abstract Note", "DOI"]
    cells = [names, ["A1", TITLE, "One,\ntwo; \tthree.", ""], ["A2", "Else", "", "10.1/x"]]
    out = io.StringIO()
    csv.writer(out, delimiter=mark, quoting=csv.QUOTE_ALL).writerows(cells)
    found = match_papers(out.getvalue())
    assert [(item.shown, item.paper) for item in found] == [(TITLE, paper), ("10.1/x", None)]


@pytest.mark.parametrize("text", ["On titles, and their makers", "title", "Doi\nTitle"])
def test_plain_lines_are_no_table(text: str) -> None:
    assert [item.shown for item in match_papers(text)] == text.splitlines()


@pytest.mark.parametrize("text", [BIBTEX, RIS, CSV, ZOTERO, PASTED, "10.1000/182", "slow grippers: a survey"])
def test_each_form_finds_the_paper(text: str) -> None:
    paper = make_paper(TITLE, title_key=fold_title(TITLE), arxiv_id="2607.00001", doi="10.1000/182")
    assert [match.paper for match in match_papers(text) if match.paper] == [paper]


def test_signing_up_says_which_lines_matched_and_keeps_them(client: Client) -> None:
    paper = make_paper(TITLE, title_key=fold_title(TITLE))
    text = client.post("/subscribe/", filled_form(liked=BIBTEX)).content.decode()
    assert "1 of the 2 papers you named is known here" in text
    assert "Not listed here: Unknown" in text
    assert Interest.objects.get().paper == paper


def test_a_file_is_read_as_well(client: Client) -> None:
    make_paper(TITLE, title_key=fold_title(TITLE))
    file = SimpleUploadedFile("library.ris", RIS.encode())
    client.post("/subscribe/", filled_form(liked_file=file))
    assert Interest.objects.count() == 1


def test_a_huge_file_is_refused(client: Client) -> None:
    file = SimpleUploadedFile("library.bib", b"x" * 300_001)
    answer = client.post("/subscribe/", filled_form(liked_file=file))
    assert answer.status_code == 422
    assert b"too large" in answer.content


@settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=120), start=st.sampled_from(STARTS))
def test_any_text_is_read_without_trouble(text: str, start: str) -> None:
    assert all(match.paper is None for match in match_papers(start + text))
