# SPDX-License-Identifier: Apache-2.0
"""The compiled cache is the textbook's, reference for reference, for every shape and policy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardlane.errors import GuardlaneError
from guardlane.kernel import kernel
from guardlane.memory.cache import (
    HIT,
    LAST_ADDRESS,
    MISS,
    WRITE_BACK,
    WRITE_THROUGH,
    CacheCounts,
    count_accesses,
    read,
    touch,
    write,
)
from guardlane.memory.reference_cache import ReferenceCache
from guardlane.memory.shape import EMPTY, CacheShape

SHAPES = st.builds(
    lambda ways, sets, line: CacheShape((ways << sets) << line, ways, 1 << line),
    st.integers(1, 64),
    st.integers(0, 4),
    st.integers(0, 7),
)


def counted(
    shape: CacheShape, addresses: list[int], writes: list[bool], policy: int
) -> tuple[CacheCounts, CacheCounts]:
    """Counts of the compiled cache and of the oracle."""
    oracle = ReferenceCache(shape, allocates_on_write=policy == WRITE_BACK)
    for address, is_write in zip(addresses, writes, strict=True):
        oracle.access(address, is_write=is_write)
    found = count_accesses(
        shape, np.array(addresses, np.int64), np.array(writes, np.uint8), policy=policy
    )
    return found, CacheCounts(oracle.hits, oracle.misses, oracle.write_backs)


@settings(max_examples=200, deadline=None)
@given(SHAPES, st.sampled_from((WRITE_BACK, WRITE_THROUGH)), st.integers(0, 1 << 32))
def test_a_random_trace_meets_what_the_oracle_meets(
    shape: CacheShape, policy: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    lines = rng.integers(0, max(2, 2 * shape.ways * shape.sets), 400) * shape.line
    found, wanted = counted(shape, lines.tolist(), (rng.random(400) < 0.3).tolist(), policy)
    assert found == wanted


@pytest.mark.parametrize("policy", [WRITE_BACK, WRITE_THROUGH])
@pytest.mark.parametrize("ways", [1, 2, 3, 8, 12, 16, 63, 64])
def test_adversarial_traces_meet_what_the_oracle_meets(ways: int, policy: int) -> None:
    shape = CacheShape(ways * 4 * 64, ways, 64)
    stride = 4 * 64  # every line falls into one set
    one_too_many = [k % (ways + 1) * stride for k in range(5 * ways)]
    just_fitting = [k % ways * stride for k in range(5 * ways)]
    back_and_forth = [abs(ways - k % (2 * ways)) * stride for k in range(6 * ways)]
    for trace in (one_too_many, just_fitting, back_and_forth, one_too_many + just_fitting):
        for every in (1, 2, 3, 1000):
            found, wanted = counted(
                shape, trace, [k % every == 0 for k in range(len(trace))], policy
            )
            assert found == wanted


def test_a_loop_over_one_line_too_many_never_hits_and_one_that_fits_always_does() -> None:
    shape = CacheShape(8 * 64, 8, 64)
    for lines, hits in ((9, 0), (8, 9 * 8)):
        loop = np.tile(np.arange(lines, dtype=np.int64) * 64, 10)
        assert count_accesses(shape, loop).hits == hits


def test_every_access_is_a_hit_or_a_miss_and_no_more_lines_go_than_came() -> None:
    rng = np.random.default_rng(3)
    addresses = rng.integers(0, 1 << 16, 5000)
    writes = (rng.random(5000) < 0.5).astype(np.uint8)
    counts = count_accesses(CacheShape(4096, 4, 32), addresses, writes)
    assert counts.hits + counts.misses == 5000
    assert 0 < counts.write_backs <= counts.misses


def test_a_trace_cut_in_two_goes_on_from_the_state() -> None:
    rng = np.random.default_rng(4)
    addresses = rng.integers(0, 1 << 14, 2000)
    shape = CacheShape(2048, 4, 32)
    whole = count_accesses(shape, addresses)
    words = shape.empty()
    parts = [count_accesses(shape, part, words=words) for part in np.split(addresses, [700])]
    assert sum(part.hits for part in parts) == whole.hits


@kernel
def answers(lines: Any, writes: Any, words: Any, mask: Any, ways: Any, policy: Any) -> Any:
    """Answers of the parts, called in a kernel of another module: int64[n]."""
    told = np.zeros(len(lines), np.int64)
    for number in range(len(lines)):
        if writes[number]:
            told[number] = write(words, mask, ways, lines[number], policy)
        else:
            told[number] = read(words, mask, ways, lines[number])
    return told


@kernel
def touched(lines: Any, words: Any, mask: Any, ways: Any) -> Any:
    """Whether each line was there, by `touch`: bool[n]."""
    told = np.zeros(len(lines), np.bool_)
    for number in range(len(lines)):
        told[number] = touch(words, mask, ways, lines[number])
    return told


def test_the_parts_name_the_dirty_line_that_is_driven_out() -> None:
    shape = CacheShape(2 * 64, 2, 64)
    lines = np.array([5, 6, 5, 7, 8, 9], np.int64)
    writes = np.array([1, 0, 0, 0, 0, 0], np.uint8)
    told = answers(lines, writes, shape.empty(), shape.mask, shape.ways, WRITE_BACK)
    assert told.tolist() == [MISS, MISS, HIT, MISS, 5, MISS]
    told = answers(lines, writes, shape.empty(), shape.mask, shape.ways, WRITE_THROUGH)
    assert told.tolist() == [MISS, MISS, MISS, MISS, MISS, MISS]


def test_a_touch_says_whether_the_line_was_there_and_keeps_the_order_of_use() -> None:
    shape = CacheShape(2 * 64, 2, 64)
    words = shape.empty()
    lines = np.array([1, 2, 1, 1, 3, 2], np.int64)
    told = touched(lines, words, shape.mask, shape.ways)
    assert told.tolist() == [False, False, True, True, False, False]
    assert words.tolist() == [2 * 2, 3 * 2]


def test_addresses_at_the_end_of_the_range_are_lines_like_any_other() -> None:
    shape = CacheShape(4, 4, 1)
    ends = np.array([0, LAST_ADDRESS, 0, LAST_ADDRESS], np.int64)
    assert count_accesses(shape, ends, np.ones(4, np.uint8)) == CacheCounts(2, 2, 0)
    assert (shape.empty() == EMPTY).all()


def test_an_empty_trace_has_no_rate_to_divide_by() -> None:
    assert count_accesses(CacheShape(64, 1, 64), np.zeros(0, np.int64)).hit_rate == 0


@pytest.mark.parametrize(
    ("size", "ways", "line", "message"),
    [
        (4096, 0, 64, "ways of a cache must be 1 to 64, not 0"),
        (4096, 65, 64, "ways of a cache must be 1 to 64, not 65"),
        (4096, 4, 48, "line of a cache must be a power of two of 1 to 65536 bytes, not 48"),
        (4096, 4, 0, "not 0"),
        (4095, 4, 64, "must be 256 bytes times a power of two, not 4095"),
        (3 * 256, 4, 64, "must be 256 bytes times a power of two, not 768"),
        (4096, 3, 64, "size of a cache of 3 ways of 64-byte lines must be 192 bytes times a power"),
        (0, 4, 64, "not 0"),
    ],
)
def test_a_shape_that_cannot_be_names_the_number(
    size: int, ways: int, line: int, message: str
) -> None:
    with pytest.raises(GuardlaneError, match=message):
        CacheShape(size, ways, line)


def test_a_trace_that_does_not_fit_names_the_number() -> None:
    shape, trace = CacheShape(64, 1, 64), np.array([1, -5], np.int64)
    with pytest.raises(GuardlaneError, match="addresses of a trace must be 0 to .*, not -5"):
        count_accesses(shape, trace)
    with pytest.raises(GuardlaneError, match="is_write of a trace must have 1 entries, not 2"):
        count_accesses(shape, trace[:1], np.zeros(2, np.uint8))
    with pytest.raises(GuardlaneError, match="policy of a cache must be WRITE_BACK or .*, not 7"):
        count_accesses(shape, trace[:1], policy=7)
    with pytest.raises(GuardlaneError, match="state of a cache must be 1 words, not 2"):
        count_accesses(shape, trace[:1], words=np.zeros(2, np.int64))
