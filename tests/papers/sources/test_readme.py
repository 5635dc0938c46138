"""The example in the sources' README is code that runs."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path
from typing import Any

from digest.papers.sources.base import Outline, Page, Query, Record, Rejection

README = Path(__file__).parents[3] / "digest" / "papers" / "sources" / "README.md"


def test_the_example_reads_its_payload_and_asks_page_by_page() -> None:
    (payload,) = re.findall(r"```json\n(.*?)```", README.read_text(), re.DOTALL)
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    names: dict[str, Any] = {"__name__": "society"}
    exec(code, names)
    outline, record, rejection = names["read_notices"](io.BytesIO(payload.encode()))
    assert outline == Outline(total=2)
    assert record == Record(
        "Tides in a Glass", 1, authors=("Ida Renn",), doi="10.5555/tides.1", published_on=date(2026, 8, 3)
    )
    assert isinstance(rejection, Rejection)
    visit, query = names["ASK_NOTICES"], Query("", date(2026, 8, 1), date(2026, 8, 3))
    assert visit.address(query, "") == "https://notices.example.org/2026-08-01/2026-08-03?start=0"
    assert visit.follow(query, "", Page(2, 2, Outline(total=3))) == "2"
    assert visit.follow(query, "2", Page(1, 3, Outline(total=3))) == ""
