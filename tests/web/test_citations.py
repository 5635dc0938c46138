"""A paper for other programs: well formed whatever its source wrote."""

from __future__ import annotations

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.papers.models import Paper
from digest.web.citations import cite_key, write_bibtex, write_markdown, write_ris
from tests.web.fixtures import FRIDAY, make_paper

TEXTS = st.text(max_size=80)
QUIET = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def unsaved(**fields: object) -> Paper:
    return Paper(pk=7, **{"title": "A", "listed_on": FRIDAY, **fields})


@QUIET
@given(title=TEXTS, author=TEXTS, abstract=TEXTS)
def test_any_text_gives_exactly_one_bibtex_entry(title: str, author: str, abstract: str) -> None:
    library = parse_string(write_bibtex(unsaved(title=title, authors=[author], abstract=abstract)))
    assert len(library.entries) == 1
    assert not library.failed_blocks
    assert library.entries[0].key.endswith("2026p7")


@QUIET
@given(title=TEXTS, author=TEXTS, abstract=TEXTS)
def test_any_text_gives_exactly_one_ris_record(title: str, author: str, abstract: str) -> None:
    [record] = rispy.loads(write_ris(unsaved(title=title, authors=[author], abstract=abstract)))
    assert record["year"] == "2026"


def test_a_citation_names_what_is_known() -> None:
    paper = unsaved(title="Slow & Steady", authors=["Mara Quill"], arxiv_id="2607.00001", doi="10.1000/x")
    assert r"title = {Slow \& Steady}" in write_bibtex(paper)
    assert "eprint = {2607.00001}" in write_bibtex(paper)
    assert "DO  - 10.1000/x" in write_ris(paper)
    assert write_markdown(paper).startswith("# Slow & Steady\n\n- Authors: Mara Quill\n")
    assert cite_key(paper) == "quill2026p7"


@pytest.mark.django_db
@pytest.mark.parametrize(("form", "kind"), [("bib", "x-bibtex"), ("ris", "research-info"), ("md", "markdown")])
def test_each_form_is_offered_as_a_file(client: Client, form: str, kind: str) -> None:
    paper = make_paper("Slow Grippers")
    answer = client.get(f"/papers/{paper.pk}.{form}")
    assert kind in answer["Content-Type"]
    assert answer["Content-Disposition"].startswith("attachment")
    assert "Slow Grippers" in answer.content.decode()


@pytest.mark.django_db
def test_a_paper_as_json_tells_everything(client: Client) -> None:
    paper = make_paper("Slow Grippers", doi="10.1000/x")
    told = client.get(f"/papers/{paper.pk}.json").json()
    assert (told["title"], told["doi"], told["listed_on"]) == ("Slow Grippers", "10.1000/x", "2026-07-31")


@pytest.mark.django_db
def test_unknown_forms_and_hidden_papers_are_not_found(client: Client) -> None:
    hidden = make_paper(state=Paper.State.HIDDEN)
    for path in (f"{hidden.pk}.bib", "999999999999999999999999.json", f"{make_paper('B').pk}.exe"):
        assert client.get(f"/papers/{path}").status_code == 404


@pytest.mark.django_db
def test_formulas_can_be_typeset_and_read_without_script(client: Client) -> None:
    paper = make_paper("Sorting in $O(n^2)$", abstract='Costs $5 and <b>. Holds $"x"$.')
    text = client.get(paper.get_absolute_url()).content.decode()
    assert '<span class="formula" data-tex="O(n^2)">O(n²)</span>' in text
    assert 'data-tex="&quot;x&quot;"' in text
    assert "<b>" not in text
    assert "katex.min.js" in text


@pytest.mark.django_db
def test_pages_without_formulas_load_no_typesetter(client: Client) -> None:
    paper = make_paper("Plain", abstract="Plain words.")
    assert "katex" not in client.get(paper.get_absolute_url()).content.decode()
