# SPDX-License-Identifier: Apache-2.0
"""Caches and TLBs meet what textbook ones meet, and huge pages do what they are for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from guardlane.errors import GuardlaneError
from guardlane.memory.hierarchy import PAGES, Hierarchy, Tlb
from guardlane.memory.reference_hierarchy import ReferenceHierarchy
from guardlane.memory.shape import CacheShape

COSTS = [1, 10, 100, 1000, 7]


def small(page: str | None, seed: int) -> Hierarchy:
    """Small caches and TLBs, so that everything is driven out."""
    rng = np.random.default_rng(seed)

    def shape(line: int) -> CacheShape:
        ways = int(rng.integers(1, 5))
        return CacheShape((ways << int(rng.integers(0, 4))) * line, ways, line)

    caches = (shape(64), shape(64), shape(64))
    if page is None:
        return Hierarchy(caches)
    upper = tuple(rng.integers(1, 5, 3).tolist())[: walk_levels(page) - 1]
    return Hierarchy(caches, Tlb(page, shape(1), shape(1), upper))


def walk_levels(page: str) -> int:
    """Tables of a walk."""
    return {"4KiB": 4, "2MiB": 3, "1GiB": 2}[page]


@pytest.mark.parametrize("page", [None, *PAGES])
@pytest.mark.parametrize("seed", range(6))
def test_loads_and_walks_are_those_of_the_oracle(page: str | None, seed: int) -> None:
    rng = np.random.default_rng(seed)
    span = int(rng.choice([1 << 8, 1 << 14, 1 << 22, 1 << 34]))
    near = rng.integers(0, 16, 1500)
    lines = np.where(rng.random(1500) < 0.5, near, rng.integers(0, span, 1500))
    model = small(page, seed)
    oracle = ReferenceHierarchy(model)
    counts, found = model.load(lines, COSTS, detail=True)
    assert found.tolist() == [oracle.load(line, COSTS) for line in lines.tolist()]
    assert list(counts.loads) == oracle.loads
    assert list(counts.table_reads) == oracle.table_reads
    hits = (counts.first_hits, counts.second_hits, counts.walks)
    assert hits == (oracle.first_hits, oracle.second_hits, oracle.walks)
    assert sum(counts.loads) == 1500


def server(page: str) -> Hierarchy:
    """Caches and TLBs of the size of a server's."""
    caches = (
        CacheShape(32 << 10, 8, 64), CacheShape(1 << 20, 16, 64), CacheShape(11 << 21, 11, 64)
    )  # fmt: skip
    entries = {"4KiB": (64, 1536), "2MiB": (32, 1536), "1GiB": (4, 16)}[page]
    first, second = (CacheShape(count, 12 if count == 1536 else 4, 1) for count in entries)
    return Hierarchy(caches, Tlb(page, first, second, (32, 4, 4)[: walk_levels(page) - 1]))


def test_the_larger_the_page_the_less_is_walked() -> None:
    lines = np.random.default_rng(1).integers(0, (8 << 30) // 64, 50_000)
    walks = {page: server(page).load(lines)[0].walks for page in PAGES}
    # 8 GiB are 2 Mi pages of 4 KiB, 4,096 of 2 MiB for 1,536 entries, and 8 of 1 GiB for 16.
    assert walks["4KiB"] > 49_900
    assert walks["2MiB"] / 50_000 == pytest.approx(1 - 1536 / 4096, abs=0.03)
    assert walks["1GiB"] == 8


def test_a_walk_alone_reads_every_table_and_the_next_only_the_last() -> None:
    model = server("4KiB")
    counts, took = model.load(np.array([0, 64 * 3, 1]), COSTS, detail=True)
    # Four entries from memory; then the last table's entry 3, in the line that the walk brought in.
    assert took.tolist() == [4 * 1000 + 7, 1 + 7, 0]
    assert counts.table_reads == (1, 0, 0, 4)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: Tlb("8KiB", CacheShape(4, 4, 1), CacheShape(4, 4, 1), ()), "page must be one of"),
        (lambda: Tlb("1GiB", CacheShape(4, 4, 1), CacheShape(4, 4, 1), ()), "must be 1, not 0"),
        (lambda: server("4KiB").load(np.array([-1])), "lines must be 0 to 2199023255551, not -1"),
        (lambda: server("4KiB").load(np.array([1 << 42])), "lines must be 0 to"),
        (lambda: Hierarchy((CacheShape(8, 8, 1),) * 3), "line of a cache here must be 64, not 1"),
    ],
)
def test_what_cannot_be_is_one_line(act: Any, said: str) -> None:
    with pytest.raises(GuardlaneError) as error:
        act()
    assert said in str(error.value)
