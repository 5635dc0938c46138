"""How what waits is cut into tasks."""

from __future__ import annotations

from itertools import pairwise

import pytest

from digest.delivery.reconcile import FEWEST, PARTS, RANGE, cut_ranges


@pytest.mark.parametrize("count", [0, 1, FEWEST, FEWEST + 1, 10_000, PARTS * RANGE, PARTS * RANGE + 1, 50_000])
def test_every_digest_is_in_one_range_and_no_range_is_too_large(count: int) -> None:
    ids = list(range(7, 7 + 3 * count, 3))
    ranges = list(cut_ranges(iter(ids)))
    held = [sum(first <= number <= last for number in ids) for first, last in ranges]
    assert sum(held) == count
    assert all(0 < size <= RANGE for size in held)
    assert all(before[1] < after[0] for before, after in pairwise(ranges))


def test_few_digests_are_shared_out_and_very_few_are_one_task() -> None:
    sizes = [last - first + 1 for first, last in cut_ranges(range(10_000))]
    assert sizes == [625, *[1_250] * (PARTS - 1), 625]
    assert len(list(cut_ranges(range(1_000)))) == 5
    assert len(list(cut_ranges(range(FEWEST)))) == 1
