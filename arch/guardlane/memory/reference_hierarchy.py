# SPDX-License-Identifier: Apache-2.0
"""The readable hierarchy: textbook caches one behind another, the oracle of the compiled one."""

from __future__ import annotations

from guardlane.memory.hierarchy import Hierarchy
from guardlane.memory.reference_cache import ReferenceCache
from guardlane.memory.shape import CacheShape

LINE = 64
ENTRY = 8  # bytes


class ReferenceHierarchy:
    """Caches and TLBs as lists, and page tables as arrays of entries in a memory of their own."""

    def __init__(self, model: Hierarchy) -> None:
        self.caches = [ReferenceCache(shape) for shape in model.caches]
        self.tlb = model.tlb
        self.tlbs: list[ReferenceCache] = []
        self.upper: list[ReferenceCache] = []
        if model.tlb is not None:
            self.tlbs = [ReferenceCache(shape) for shape in (model.tlb.first, model.tlb.second)]
            self.upper = [ReferenceCache(CacheShape(n, n, 1)) for n in model.tlb.upper]
        self.loads = [0, 0, 0, 0]
        self.table_reads = [0, 0, 0, 0]
        self.first_hits = self.second_hits = self.walks = 0

    def level(self, address: int) -> int:
        """Value of the cache that has a byte address, 3 for memory; it is in all afterwards."""
        for level, cache in enumerate(self.caches):
            if cache.access(address):
                return level
        return len(self.caches)

    def load(self, line: int, costs: list[int]) -> int:
        """Load a line; the picoseconds of its translation."""
        took = 0 if self.tlb is None else self.translate(line * LINE, costs)
        self.loads[self.level(line * LINE)] += 1
        return took

    def translate(self, address: int, costs: list[int]) -> int:
        """Translate a byte address; its picoseconds."""
        assert self.tlb is not None
        page_bits = self.tlb.shift
        page = address >> page_bits
        if self.tlbs[0].access(page):
            self.first_hits += 1
            return 0
        if self.tlbs[1].access(page):
            self.second_hits += 1
            return costs[4]
        self.walks += 1
        missing = [0]  # tables whose entry must be read, 0 is the last one
        for above, cache in enumerate(self.upper, start=1):
            if cache.access(page >> 9 * above):
                break
            missing.append(above)
        took = costs[4]
        for above in reversed(missing):
            entry = (page >> 9 * above) * ENTRY
            level = self.level((LINE << (45 + above)) + entry)
            self.table_reads[level] += 1
            took += costs[level]
        return took
