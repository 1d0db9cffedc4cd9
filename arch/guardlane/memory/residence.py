# SPDX-License-Identifier: Apache-2.0
"""Where rows come from when some are more popular than others: hit rates without a trace.

Che's approximation (2002): in an LRU cache under independent references, whatever was referenced
within the last T references is there, and T is what fills the cache. Here for blocks (lines, pages,
lines of page tables) that hold several rows, popular ones scattered among others. A walk of page
tables is asked for by what the TLBs miss, and its reads fill the data caches as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.memory.hierarchy import PER_LINE, TABLE_BITS
from guardlane.memory.rows import LINE, per_row
from guardlane.service import Memory

Floats = npt.NDArray[np.float64]

FOREVER = 1e300  # references: all that is ever looked up is there
HALVINGS = 30  # of an interval of a factor of two, so to a part in 10^9
DIGITS = 9  # of what is told, lest the last bit of an exponential show


@dataclass(frozen=True, eq=False)
class Demand:
    """What is asked of one table: `counts[n]` of its rows are looked up `rates[n]` times each.

    Both are float64[groups]; rates have any one unit. Rows beyond the counts are never looked up.
    Popular rows lie anywhere among all `rows`.
    """

    rows: float
    row_bytes: int
    counts: Floats
    rates: Floats

    def __post_init__(self) -> None:
        if len(self.counts) != len(self.rates):
            raise GuardlaneError(
                f"rates of a table must be {len(self.counts)}, not {len(self.rates)}"
            )
        if self.rows <= 0 or self.counts.sum() > self.rows * (1 + 1e-9):
            raise GuardlaneError(
                f"a table of {self.rows:g} rows cannot have {self.counts.sum():g} looked up"
            )


@dataclass(frozen=True)
class Residence:
    """What a look-up of one table meets, the mean.

    `shares` of its lines come from each cache and from memory, `second` look-ups go past the first
    TLB, and `reads` entries of page tables come from each level.
    """

    shares: tuple[float, float, float, float]
    second: float
    reads: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Crowd:
    """All tables of one server, their groups side by side, rates adding up to 1."""

    demands: Sequence[Demand]

    @cached_property
    def counts(self) -> Floats:
        """Value of the rows of each group, float64[groups]."""
        return np.concatenate([one.counts for one in self.demands])

    @cached_property
    def rates(self) -> Floats:
        """Value of the look-ups of a row of each group, over all look-ups."""
        rates = np.concatenate([one.rates for one in self.demands])
        total = float((rates * self.counts).sum())
        return rates / total if total > 0 else rates

    @cached_property
    def starts(self) -> npt.NDArray[np.int64]:
        """Value of the first group of each table."""
        sizes = [len(one.counts) for one in self.demands]
        return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)

    def by_table(self, values: Floats) -> Floats:
        """Add values of groups up, float64[tables]."""
        added: Floats = np.add.reduceat(values, self.starts)
        return added

    @cached_property
    def table(self) -> npt.NDArray[np.int64]:
        """Value of each group's table."""
        return np.repeat(np.arange(len(self.demands)), [len(one.counts) for one in self.demands])


@dataclass(frozen=True, eq=False)
class Blocks:
    """Blocks of `size` bytes of rows, which rows ask for `rates[group]` times each.

    A page, its entry and the line of eight entries are blocks of other sizes of the same rows.
    """

    crowd: Crowd
    size: int
    rates: Floats

    @cached_property
    def sharing(self) -> tuple[Floats, Floats]:
        """Value of the blocks of each table, and of the rows that one block holds a part of."""
        held, blocks = [], []
        for one in self.crowd.demands:
            touched = per_row(one.row_bytes, self.size)
            rows = max(1.0, min(one.rows, touched * self.size / one.row_bytes))
            held.append(rows)
            blocks.append(one.rows * touched / rows)
        return np.array(blocks), np.array(held)

    def _after(self, time: float) -> tuple[Floats, Floats]:
        """Value of the chances after `time` that a group's row, and any row of a table, is idle."""
        own = np.exp(-self.rates * time)
        rows = np.array([one.rows for one in self.crowd.demands])
        busy = self.crowd.by_table(self.crowd.counts * (1 - own)) / rows
        return own, np.maximum(0.0, 1 - busy)

    def occupied(self, time: float) -> float:
        """Value of the blocks that were asked for within `time`."""
        blocks, held = self.sharing
        return float((blocks * (1 - self._after(time)[1] ** held)).sum())

    def missing(self, time: float) -> Floats:
        """Value of the chance that a group's row finds its block not asked for within `time`."""
        own, idle = self._after(time)
        missed: Floats = own * (idle ** (self.sharing[1] - 1))[self.crowd.table]
        return missed


def fill_time(blocks: Sequence[Blocks], capacity: int) -> float:
    """Find the time within which `capacity` of all kinds of blocks are asked for, or FOREVER."""

    def occupied(time: float) -> float:
        return sum(kind.occupied(time) for kind in blocks)

    if occupied(FOREVER) <= capacity:
        return FOREVER
    low = capacity / 16  # references; a look-up asks for less than 16 blocks of a line
    while occupied(low) > capacity:
        low /= 2
    while occupied(2 * low) <= capacity:
        low *= 2
    high = 2 * low
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if occupied(middle) <= capacity else (low, middle)
    return low


def reside(demands: Sequence[Demand], memory: Memory, page_bytes: int) -> list[Residence]:
    """Work out where the look-ups of each of one server's tables come from, in a steady state."""
    crowd = Crowd(demands)
    pages = Blocks(crowd, page_bytes, crowd.rates)
    past_first, walked = (
        pages.missing(fill_time([pages], entries)) for entries in memory.tlb_entries
    )
    data = Blocks(crowd, LINE, crowd.rates)
    asked = crowd.rates * walked
    reads = [Blocks(crowd, page_bytes << PER_LINE, asked)]
    covered = page_bytes
    for entries in memory.walk_entries:
        covered <<= TABLE_BITS
        above = Blocks(crowd, covered, asked)
        asked = asked * above.missing(fill_time([above], entries))
        reads.append(Blocks(crowd, covered << PER_LINE, asked))
    times = [fill_time([data, *reads], lines) for lines in memory.cache_lines]
    total = crowd.by_table(crowd.counts * crowd.rates)

    def a_look_up(rates: Floats) -> Floats:
        """Value of what is asked for at such rates, a look-up of each table."""
        found: Floats = crowd.by_table(crowd.counts * rates) / np.where(total > 0, total, 1)
        return found

    def by_level(kind: Blocks) -> Floats:
        """Value of what comes from each level, float64[4, tables], a look-up."""
        beyond = [a_look_up(kind.rates * kind.missing(time)) for time in times]
        return -np.diff(np.stack([a_look_up(kind.rates), *beyond, np.zeros(len(total))]), axis=0)

    def told(values: Floats) -> Floats:
        """Value of what is told: rounded, and no zero below zero."""
        return values.round(DIGITS) + 0.0

    lines, second = told(by_level(data)), told(a_look_up(crowd.rates * past_first))
    tables = told(np.sum([by_level(kind) for kind in reads], axis=0))
    return [
        Residence(tuple(lines[:, n].tolist()), float(second[n]), tuple(tables[:, n].tolist()))
        for n in range(len(demands))
    ]
