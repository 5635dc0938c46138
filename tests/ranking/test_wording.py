"""Which texts a reader's keyword is found in."""

from __future__ import annotations

import pytest

from digest.ranking.wording import Wording


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("agent", "Many agents at once"),
        ("Agents", "An agent alone"),
        ("world model", "Of world-models and maps"),
        ("policy", "Policies that last"),
        ("policies", "A policy"),
        ("benchmarks", "One benchmark"),
        ("RAG", "RAGs compared"),
        ("loss", "Losses fall"),
        ("box", "Two boxes"),
        ("“agent”", "An agent"),
        ('"world model"', "A world model"),
        ("bias", "Bias in mice"),
        ("C++", "Written in C++ by hand"),
        ("智能体", "关于智能体的研究"),
    ],
)
def test_a_keyword_is_found_in_singular_and_plural(keyword: str, text: str) -> None:
    assert list(Wording(["Nothing of it", text]).find(keyword)) == [1]


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("agent", "Agentic coding"),
        ("art", "Start early"),
        ('"agent"', "Many agents"),
        ("bias", "A bia is none"),
        ("GPT-4", "GPT-40"),
        ("model", "Remodels"),
        ('""', "Anything"),
        ("physics", "A physic"),
    ],
)
def test_what_only_looks_like_a_keyword_is_not_found(keyword: str, text: str) -> None:
    assert not list(Wording([text]).find(keyword))
