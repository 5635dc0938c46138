"""Sparse rows: what they count is what sets count."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.rows import count_shared


@given(st.lists(st.frozensets(st.sampled_from(["robot", "model", "of", "world", "gripper"])), max_size=8))
def test_shared_words_are_counted_as_sets_do(texts: list[frozenset[str]]) -> None:
    shared, together = count_shared(texts)
    for one, first in enumerate(texts):
        for other, second in enumerate(texts):
            assert shared[one, other] == len(first & second)
            assert together[one, other] == len(first | second)
