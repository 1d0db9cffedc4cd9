# SPDX-License-Identifier: Apache-2.0
"""Popular rows priced without a trace are where exact caches, TLBs and walks have them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from guardlane.errors import GuardlaneError
from guardlane.memory.hierarchy import Hierarchy, Tlb
from guardlane.memory.residence import FOREVER, Blocks, Crowd, Demand, fill_time, reside
from guardlane.memory.rows import lines_of, per_row
from guardlane.memory.shape import CacheShape
from guardlane.memory.stack_distance import COLD, hits_by_size, stack_distances
from guardlane.service import Memory, ServiceTable

CACHES = (CacheShape(32 << 10, 8, 64), CacheShape(256 << 10, 16, 64), CacheShape(1 << 20, 16, 64))
TLBS = (CacheShape(16, 4, 1), CacheShape(128, 8, 1))
UPPER = (8, 4, 4)
PAGE = 4096


def memory(**changes: Any) -> Memory:
    """What the caches and TLBs above hold."""
    sizes: dict[str, Any] = {
        "cache_lines": tuple(shape.size // 64 for shape in CACHES),
        "tlb_entries": tuple(shape.size for shape in TLBS),
        "walk_entries": UPPER,
        "table_read": (0, 1, 2, 3),
        "second_tlb": 1,
        "vectors": (),
    }
    return Memory(**(sizes | changes))


def law(rows: int, alpha: float) -> npt.NDArray[np.float64]:
    """Popularities of rows, the most popular first."""
    weights = np.arange(1, rows + 1, dtype=np.float64) ** -alpha
    shares: npt.NDArray[np.float64] = weights / weights.sum()
    return shares


def demand(rows: int, used: int, row_bytes: int, alpha: float, rate: float) -> Demand:
    return Demand(rows, row_bytes, np.ones(used), law(used, alpha) * rate)


@pytest.mark.parametrize("alpha", [0.0, 0.9, 1.2])
def test_hits_of_every_size_are_those_of_the_stack_distances(alpha: float) -> None:
    shares = law(5000, alpha)
    lines = np.random.default_rng(1).choice(5000, 400_000, p=shares)
    distances = stack_distances(lines)[100_000:]
    distances = distances[distances != COLD]
    exact = np.append(hits_by_size(distances), np.full(5000, len(distances))) / len(distances)
    crowd = Crowd([Demand(5000, 64, np.ones(5000), shares)])
    data = Blocks(crowd, 64, crowd.rates)
    for size in (1, 50, 500, 2000, 4900):
        missing = float((crowd.rates * data.missing(fill_time([data], size))).sum())
        assert 1 - missing == pytest.approx(exact[size], abs=0.006), size
    assert fill_time([data], 5000) == FOREVER


@pytest.mark.parametrize("row_bytes", [16, 72, 128, 256])
def test_levels_second_tlb_and_table_reads_are_those_of_exact_ones(row_bytes: int) -> None:
    rng = np.random.default_rng(2)
    tables = [(40_000, 20_000, 0.9, 3.0), (60_000, 5_000, 0.4, 1.0), (3_000, 3_000, 1.1, 2.0)]
    demands = [demand(rows, used, row_bytes, a, rate) for rows, used, a, rate in tables]
    which = rng.choice(3, 400_000, p=np.array([3.0, 1.0, 2.0]) / 6)
    addresses = np.zeros(len(which), np.int64)
    for number, (rows, used, alpha, _) in enumerate(tables):
        own = np.flatnonzero(which == number)
        scattered = rng.permutation(rows)[:used]
        drawn = scattered[rng.choice(used, len(own), p=law(used, alpha))]
        addresses[own] = (number << 30) + drawn * row_bytes
    hierarchy = Hierarchy(CACHES, Tlb("4KiB", *TLBS, UPPER))
    hierarchy.load_vectors(addresses[:100_000], row_bytes)
    lines, _ = lines_of(addresses[100_000:], row_bytes)
    counts, look_ups = hierarchy.load(lines).counts, 300_000
    found = reside(demands, memory(), PAGE)
    rates = np.array([3.0, 1.0, 2.0]) / 6
    shares = rates @ np.array([one.shares for one in found])
    reads = rates @ np.array([one.reads for one in found])
    assert shares.tolist() == pytest.approx([n / len(lines) for n in counts.loads], abs=0.012)
    assert float(rates @ np.array([one.second for one in found])) == pytest.approx(
        (counts.second_hits + counts.walks) / look_ups, abs=0.03
    )
    assert reads.tolist() == pytest.approx([n / look_ups for n in counts.table_reads], abs=0.04)


@pytest.mark.parametrize("size", [1 << 20, 1 << 28, 1 << 36, 1 << 40])
@pytest.mark.parametrize("row_bytes", [64, 256])
def test_rows_all_alike_cost_what_the_frozen_grid_has_from_a_trace(
    row_bytes: int, size: int
) -> None:
    table = ServiceTable.shipped("xeon-gold-6138-fp32")
    assert table.memory is not None
    rows = size / row_bytes
    flat = Demand(rows, row_bytes, np.array([rows]), np.array([1.0]))
    (found,) = reside([flat], table.memory, table.page_bytes)
    priced = table.popular(row_bytes, found.shares, found.second, found.reads)
    assert priced == pytest.approx(table.look_up(row_bytes, size), rel=0.03)


def test_shares_add_up_and_what_fits_never_comes_from_memory() -> None:
    for used in (100, 20_000):
        (found,) = reside([demand(20_000, used, 64, 0.8, 1.0)], memory(), PAGE)
        assert sum(found.shares) == pytest.approx(1)
        assert min(found.shares + found.reads) >= 0
        assert 0 <= found.second <= 1
    (small,) = reside([demand(20_000, 100, 64, 0.8, 1.0)], memory(), PAGE)
    assert small.shares == (1, 0, 0, 0)
    assert small.reads == (0, 0, 0, 0)  # a hundred pages stay in the second TLB


def test_a_server_with_fewer_tables_keeps_more_of_each() -> None:
    one = demand(40_000, 20_000, 64, 0.9, 1.0)
    alone, shared = (reside([one] * count, memory(), PAGE)[0] for count in (1, 4))
    assert alone.shares[3] < shared.shares[3]
    assert sum(alone.reads) < sum(shared.reads)


def test_popular_rows_that_lie_apart_need_more_pages_than_those_that_fill_them() -> None:
    dense, sparse = (
        reside([demand(rows, 3000, 64, 0.9, 1.0)], memory(), PAGE)[0] for rows in (3000, 300_000)
    )
    assert dense.shares == pytest.approx(sparse.shares, abs=0.1)
    assert sum(dense.reads) < 0.1 < 0.6 < sum(sparse.reads)


def test_the_unit_of_rates_and_the_grouping_of_rows_change_nothing() -> None:
    own = law(1000, 0.0)
    rows = Demand(50_000, 64, np.ones(1000), own)
    grouped = Demand(50_000, 64, np.array([400.0, 600.0]), np.array([own[0], own[0]]) * 1e6)
    assert reside([rows], memory(), PAGE) == reside([grouped], memory(), PAGE)


def test_a_table_that_is_never_looked_up_takes_nothing() -> None:
    one = demand(40_000, 20_000, 64, 0.9, 1.0)
    idle = demand(40_000, 20_000, 64, 0.9, 0.0)
    assert reside([one, idle], memory(), PAGE)[0] == reside([one], memory(), PAGE)[0]
    assert reside([idle], memory(), PAGE)[0].shares == (0, 0, 0, 0)


@pytest.mark.parametrize(("row", "block"), [(16, 64), (72, 64), (100, 64), (128, 64), (72, 4096)])
def test_a_row_touches_as_many_blocks_as_its_bytes_lie_in(row: int, block: int) -> None:
    starts = np.arange(block) * row
    assert per_row(row, block) == np.mean((starts + row - 1) // block - starts // block + 1)


def test_more_popular_rows_than_there_are_and_rates_that_are_missing_are_one_line() -> None:
    with pytest.raises(GuardlaneError, match="a table of 10 rows cannot have 11 looked up"):
        demand(10, 11, 64, 0.9, 1.0)
    with pytest.raises(GuardlaneError, match="rates of a table must be 2, not 1"):
        Demand(10, 64, np.ones(2), np.ones(1))
