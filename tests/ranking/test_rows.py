"""Sparse rows: what they count is what sets count."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.rows import count_shared

common = st.frozensets(st.sampled_from(["robot", "model", "of", "world", "gripper"]))
rare = st.frozensets(st.integers(0, 200).map(str), max_size=4)


@given(st.lists(st.builds(frozenset.union, common, rare), max_size=30))
def test_shared_words_are_counted_as_sets_do(texts: list[frozenset[str]]) -> None:
    shared, together = count_shared(texts)
    for one, first in enumerate(texts):
        for other, second in enumerate(texts):
            assert shared[one, other] == len(first & second)
            assert together[one, other] == len(first | second)
