"""The front door, on the sample letters."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from digest.rendering.plain import render_digest_plainly
from digest.rendering.render import render_digest, render_notice
from digest.rendering.samples import NOTICES, sample_compact_digest, sample_digest, sample_notice, sample_small_digest

DIGESTS = {"digest": sample_digest, "small-digest": sample_small_digest, "compact-digest": sample_compact_digest}


@pytest.mark.parametrize("name", DIGESTS)
def test_a_sample_digest_looks_as_it_did_when_last_looked_at(
    name: str, check_golden: Callable[[str, str], None]
) -> None:
    mail = render_digest(DIGESTS[name]())
    check_golden(f"{name}.html", mail.html)
    check_golden(f"{name}.txt", f"Subject: {mail.subject}\n\n{mail.text}")


@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_looks_as_it_did_when_last_looked_at(name: str, check_golden: Callable[[str, str], None]) -> None:
    mail = render_notice(name, sample_notice())
    check_golden(f"{name}.html", mail.html)
    check_golden(f"{name}.txt", f"Subject: {mail.subject}\n\n{mail.text}")


@pytest.mark.parametrize("name", DIGESTS)
def test_the_compiled_way_and_the_plain_way_agree(name: str) -> None:
    assert render_digest(DIGESTS[name]()) == render_digest_plainly(DIGESTS[name]())


def test_a_compact_digest_names_every_paper_without_its_abstract() -> None:
    full, compact = render_digest(sample_digest()), render_digest(sample_compact_digest())
    assert compact.html.count("<h3") == full.html.count("<h3")
    assert "214 votes" in compact.html
    assert 'class="excerpt"' not in compact.html
    assert len(compact.text) < len(full.text) / 2
