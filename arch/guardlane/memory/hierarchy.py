# SPDX-License-Identifier: Apache-2.0
"""Caches and TLBs on the way of a load: which level each line came from, and what its address cost.

Three data caches lie behind one another, each an exact LRU cache; a line that is brought in is
brought into all of them. An address is looked up in a first and a second TLB; after a miss of both,
page tables are walked: caches of partial translations say how far up the walk begins, and every
entry that is read is a load of eight bytes through the same data caches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.kernel import kernel, part
from guardlane.memory.cache import touch
from guardlane.memory.rows import LINE, Int64s, lines_of
from guardlane.memory.shape import CacheShape

PAGES = {"4KiB": 12, "2MiB": 21, "1GiB": 30}  # bits of an offset within a page
TABLE_BITS = 9  # a table of 512 entries of 8 bytes is a page of 4 KiB
TOP_BITS = 48  # of a virtual address: what the root table and those below it resolve
PER_LINE = 3  # bits: eight entries to a line

# Counts of `walk_and_load`.
LOADS_AT, TABLE_READS_AT, FIRST_HITS, SECOND_HITS, WALKS = 0, 4, 8, 9, 10
COUNTS = 11
MEMORY = 3  # the level behind the caches


@part
def level_of(first: Any, second: Any, third: Any, shapes: Any, line: Any) -> Any:
    """Load a line: the level that had it, 0 to 2 or MEMORY. All levels have it afterwards."""
    if touch(first, shapes[0, 0], shapes[0, 1], line):
        return 0
    if touch(second, shapes[1, 0], shapes[1, 1], line):
        return 1
    if touch(third, shapes[2, 0], shapes[2, 1], line):
        return 2
    return MEMORY


@part
def walk(
    caches: Any, shapes: Any, tops: Any, page: Any, levels: Any, costs: Any, counts: Any
) -> Any:
    """Walk the tables for a page: what the reads of entries take, in picoseconds."""
    begin = np.int64(1)
    while begin < levels and not touch(
        tops[begin - 1], shapes[4 + begin, 0], shapes[4 + begin, 1], page >> TABLE_BITS * begin
    ):
        begin += 1
    took = np.int64(0)
    for depth in range(begin):
        above = begin - 1 - depth  # tables above the last one, read from the top down
        table = np.int64(1) << (TOP_BITS - PER_LINE + above)  # lines apart from all data
        line = table + (page >> (TABLE_BITS * above + PER_LINE))
        level = level_of(caches[0], caches[1], caches[2], shapes, line)
        counts[TABLE_READS_AT + level] += 1
        took += costs[level]
    return took


@kernel
def walk_and_load(
    lines: Any, page_shift: Any, levels: Any, caches: Any, tlbs: Any, tops: Any, shapes: Any,
    costs: Any, counts: Any, translations: Any, loads: Any,
) -> None:  # fmt: skip
    """Load int64[n] lines one after another, or, if not `loads`, only translate their addresses.

    `costs` are picoseconds of a table read by level (0 to 3) and of a hit of the second TLB.
    `counts` int64[COUNTS] is added to, `translations` int64[n] gets the picoseconds of each line's
    translation, or is empty.
    """
    for number in range(len(lines)):
        line = lines[number]
        took = np.int64(0)
        if page_shift > 0:
            page = line >> (page_shift - 6)
            if touch(tlbs[0], shapes[3, 0], shapes[3, 1], page):
                counts[FIRST_HITS] += 1
            elif touch(tlbs[1], shapes[4, 0], shapes[4, 1], page):
                counts[SECOND_HITS] += 1
                took = costs[4]
            else:
                counts[WALKS] += 1
                took = costs[4] + walk(caches, shapes, tops, page, levels, costs, counts)
        if len(translations) > 0:
            translations[number] = took
        if loads:
            counts[LOADS_AT + level_of(caches[0], caches[1], caches[2], shapes, line)] += 1


@dataclass(frozen=True)
class Tlb:
    """Entries and ways of the first and second TLB for one size of pages; and of the walk caches.

    `upper` are the entries of the caches of partial translations, fully associative, from the table
    above the last one upwards: for pages of 4 KiB of directory entries first.
    """

    page: str
    first: CacheShape
    second: CacheShape
    upper: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.page not in PAGES:
            raise GuardlaneError(f"page must be one of {', '.join(PAGES)}, not {self.page!r}")
        if len(self.upper) != self.levels - 1:
            raise GuardlaneError(
                f"upper caches for pages of {self.page} must be {self.levels - 1}, "
                f"not {len(self.upper)}"
            )

    @property
    def shift(self) -> int:
        """Value of the bits of an offset within a page."""
        return PAGES[self.page]

    @property
    def levels(self) -> int:
        """Value of the tables that a walk from the root goes through."""
        return (TOP_BITS - self.shift) // TABLE_BITS


@dataclass(frozen=True)
class Counts:
    """What a trace met: loads and table reads by level (three caches, memory), and in the TLBs."""

    loads: tuple[int, int, int, int]
    table_reads: tuple[int, int, int, int]
    first_hits: int
    second_hits: int
    walks: int


@dataclass
class Hierarchy:
    """Three caches and, unless `tlb` is None, two TLBs, in use: a trace goes on from the last."""

    caches: tuple[CacheShape, CacheShape, CacheShape]
    tlb: Tlb | None = None
    words: tuple[Int64s, ...] = field(init=False)
    shapes: Int64s = field(init=False)

    def __post_init__(self) -> None:
        for shape in self.caches:
            if shape.line != LINE:
                raise GuardlaneError(f"line of a cache here must be {LINE}, not {shape.line}")
        nothing = CacheShape(1, 1, 1)
        tlbs = (nothing, nothing) if self.tlb is None else (self.tlb.first, self.tlb.second)
        upper = () if self.tlb is None else self.tlb.upper
        tops = [CacheShape(entries, entries, 1) for entries in upper]
        tops += [nothing] * (3 - len(tops))
        all_shapes = (*self.caches, *tlbs, *tops)
        self.shapes = np.array([[shape.mask, shape.ways] for shape in all_shapes], np.int64)
        self.words = tuple(shape.empty() for shape in all_shapes)

    def load(
        self,
        lines: Int64s,
        costs: npt.ArrayLike = (0, 0, 0, 0, 0),
        *,
        detail: bool = False,
        loads: bool = True,
    ) -> tuple[Counts, Int64s]:
        """Load int64[n] line numbers in order: what they met, and int64[n] translations.

        If not `loads`, addresses are translated, as for a flush, and no line of data is brought in.
        `costs` are picoseconds of a read of a page table's entry from each of the three caches and
        from memory, and of a look-up in the second TLB. Without `detail` the second result is
        empty. Raises GuardlaneError for a line that no virtual address has.
        """
        last = (1 << (TOP_BITS - 1 - 6)) - 1  # the upper half belongs to the system
        if len(lines) and not 0 <= int(lines.min()) <= int(lines.max()) <= last:
            worst = int(lines.min()) if lines.min() < 0 else int(lines.max())
            raise GuardlaneError(f"lines must be 0 to {last}, not {worst}")
        counts = np.zeros(COUNTS, np.int64)
        translations = np.zeros(len(lines) if detail else 0, np.int64)
        shift, levels = (0, 0) if self.tlb is None else (self.tlb.shift, self.tlb.levels)
        walk_and_load(
            lines, shift, levels, self.words[:3], self.words[3:5], self.words[5:], self.shapes,
            np.asarray(costs, np.int64), counts, translations, loads,
        )  # fmt: skip
        told = [int(count) for count in counts]
        found = Counts(
            loads=(told[0], told[1], told[2], told[3]),
            table_reads=(told[4], told[5], told[6], told[7]),
            first_hits=told[FIRST_HITS],
            second_hits=told[SECOND_HITS],
            walks=told[WALKS],
        )
        return found, translations

    def load_vectors(self, addresses: Int64s, vector_bytes: int) -> Counts:
        """Load vectors at int64[n] byte addresses, line by line."""
        return self.load(lines_of(addresses, vector_bytes)[0])[0]
