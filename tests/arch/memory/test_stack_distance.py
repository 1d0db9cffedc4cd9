# SPDX-License-Identifier: Apache-2.0
"""Stack distances are what a list in order of use says, and foretell the hits of every cache."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardlane.errors import GuardlaneError
from guardlane.memory.cache import count_accesses
from guardlane.memory.shape import CacheShape
from guardlane.memory.stack_distance import COLD, histogram, hits_by_size, stack_distances


def by_list(lines: list[int]) -> list[int]:
    """Distances by a list of lines in order of use, the latest first."""
    stack: list[int] = []
    found = []
    for line in lines:
        found.append(stack.index(line) if line in stack else COLD)
        if line in stack:
            stack.remove(line)
        stack.insert(0, line)
    return found


def trace(seed: int, length: int, distinct: int) -> npt.NDArray[np.int64]:
    """A trace of `length` references to `distinct` lines at odd strides."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, distinct, length) * int(rng.integers(1, 1 << 40))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 1 << 32), st.integers(0, 700), st.integers(1, 400))
def test_distances_are_positions_in_a_list_in_order_of_use(
    seed: int, length: int, distinct: int
) -> None:
    lines = trace(seed, length, distinct)
    assert stack_distances(lines).tolist() == by_list(lines.tolist())


@pytest.mark.parametrize("distinct", [1, 63, 64, 65, 511, 512, 513, 1500])
def test_a_loop_has_one_distance_also_where_words_and_tables_end(distinct: int) -> None:
    distances = stack_distances(np.tile(np.arange(distinct, dtype=np.int64), 5))
    assert (distances[:distinct] == COLD).all()
    assert (distances[distinct:] == distinct - 1).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32), st.integers(1, 64))
def test_hits_of_a_fully_associative_cache_are_the_distances_below_its_size(
    seed: int, size: int
) -> None:
    lines = trace(seed, 600, 80) % (1 << 50)
    distances = stack_distances(lines)
    hits = count_accesses(CacheShape(size, size, 1), lines).hits
    assert hits == np.count_nonzero((distances != COLD) & (distances < size))
    curve = hits_by_size(distances)
    assert hits == curve[min(size, len(curve) - 1)]


def test_a_larger_cache_never_hits_less_and_misses_only_first_references_in_the_end() -> None:
    lines = trace(7, 20_000, 3000)
    distances = stack_distances(lines)
    curve = hits_by_size(distances)
    assert (np.diff(curve) >= 0).all()
    assert curve[0] == 0
    assert curve[-1] == len(lines) - len(np.unique(lines))
    assert histogram(distances).sum() == curve[-1]


def test_a_trace_without_references_or_repeats_has_no_hits() -> None:
    assert stack_distances(np.zeros(0, np.int64)).tolist() == []
    assert hits_by_size(stack_distances(np.arange(9, dtype=np.int64))).tolist() == [0]


def test_a_line_below_zero_is_named() -> None:
    with pytest.raises(GuardlaneError, match="lines of a trace must be 0 or more, not -3"):
        stack_distances(np.array([1, -3], np.int64))
