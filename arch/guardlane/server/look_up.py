# SPDX-License-Identifier: Apache-2.0
"""What an embedding look-up takes on a server core, put together from its caches, TLBs and DRAM.

Three times are added, each of one resource that look-ups keep busy one after another: issuing the
micro-operations; waiting for lines, as many at once as there are fill buffers and as the look-ups
in the reorder buffer ask for; translating addresses, as many walks at once as there are walkers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from guardlane.errors import GuardlaneError
from guardlane.memory.dram.channel import Channel
from guardlane.memory.dram.geometry import LINE
from guardlane.memory.dram.timing import preset
from guardlane.memory.hierarchy import MEMORY
from guardlane.memory.rows import Int64s, lines_of, per_row
from guardlane.seeds import stream
from guardlane.server.core import CACHES, ServerCore

RowFormat = Literal["fp32", "fp16", "int8"]

MEASURED = 50_000  # look-ups; the share of a level is then good to a part in a hundred or so
DRAM_LINES = 20_000
SCALE_BIAS = 8  # bytes at the end of a row of bytes


@dataclass(frozen=True)
class LookUpTime:
    """Picoseconds of one look-up, by resource, and why: what it asks of caches and tables."""

    issue: int
    data: int
    translation: int
    lines: float  # a look-up
    parallel: float  # lines under way at once
    shares: tuple[float, float, float, float]  # of the lines, by level: three caches, memory
    walks: float  # a look-up

    @property
    def total(self) -> int:
        """Value of the sum."""
        return self.issue + self.data + self.translation


def uops(core: ServerCore, vector_bytes: int, row_format: RowFormat) -> int:
    """Value of the micro-operations of one look-up."""
    if row_format != "int8":
        size, each = (4, core.float_uops) if row_format == "fp32" else (2, core.half_uops)
        return core.look_up_uops + -(-vector_bytes // (size * core.simd_lanes)) * each
    if vector_bytes <= SCALE_BIAS:
        raise GuardlaneError(f"a row of bytes must be {SCALE_BIAS + 1} or more, not {vector_bytes}")
    registers = -(-(vector_bytes - SCALE_BIAS) // core.simd_lanes)
    return core.look_up_uops + registers * core.byte_uops


def random_table(
    core: ServerCore, vector_bytes: int, table_bytes: int, row_format: RowFormat, seed: int = 1
) -> LookUpTime:
    """Predict a look-up of rows drawn alike from a table that nothing else drives out.

    Raises GuardlaneError for a table without a row.
    """
    rows = table_bytes // vector_bytes
    if rows < 1:
        raise GuardlaneError(
            f"a table must have a row of {vector_bytes} bytes, not {table_bytes} bytes in all"
        )
    warm = lines_before(table_bytes // LINE + 1) * LINE // max(LINE, vector_bytes)
    drawn = stream(seed, "server", "rows").integers(0, rows, warm + MEASURED)
    addresses = drawn * vector_bytes
    return trace(core, addresses[warm:], vector_bytes, row_format, before=addresses[:warm])


def lines_before(table: int) -> int:
    """Value of how many random lines of a table of so many fill the caches, or bring it in.

    The more a table is larger than the caches, the less draws meet a line that is there.
    """
    held = CACHES[-1].size // LINE
    return 3 * held // 2 if table >= 2 * held else 4 * table


def trace(
    core: ServerCore,
    addresses: Int64s,
    vector_bytes: int,
    row_format: RowFormat,
    *,
    before: Int64s,
    flushed: int = 0,
) -> LookUpTime:
    """Predict a look-up of vectors at int64[n] addresses, after those at `before`.

    If so many bytes were `flushed` line by line, no line of a vector is in a cache, while page
    tables may be; the TLBs have been through all of the flushed pages.
    """
    hierarchy = core.hierarchy()
    hierarchy.load_vectors(before, vector_bytes)
    if flushed:
        every_page = np.arange(0, flushed // LINE, (1 << core.tlb.shift) // LINE)
        hierarchy.load(every_page, loads=False)
    costs = (*core.latencies, core.cycles(core.second_tlb))
    lines, _ = lines_of(addresses, vector_bytes)
    found = hierarchy.load(lines, costs, detail=True)
    loads = (0, 0, 0, len(lines)) if flushed else found.counts.loads
    count = len(addresses)
    operations = uops(core, vector_bytes, row_format)
    per_look_up = len(lines) / count
    parallel = lines_at_once(core, operations, per_look_up)
    shares = [load / len(lines) for load in loads]
    memory = loaded(core, in_a_channel(core, parallel * shares[MEMORY]))
    waits = sum(
        load * latency
        for load, latency in zip(loads, (*core.latencies[:MEMORY], memory), strict=True)
    )
    return LookUpTime(
        issue=core.cycles(operations) // core.issue_width,
        data=round(waits / parallel / count),
        translation=int(found.translations.sum()) // (core.walkers * count),
        lines=per_look_up,
        parallel=parallel,
        shares=(shares[0], shares[1], shares[2], shares[3]),
        walks=found.counts.walks / count,
    )


def lines_at_once(core: ServerCore, operations: int, lines: float) -> float:
    """Value of the lines under way at once, by look-ups of so many micro-operations and lines."""
    in_flight = max(1.0, core.reorder_buffer / operations)
    return min(float(core.fill_buffers), lines * in_flight)


def in_a_channel(core: ServerCore, lines: float) -> int:
    """Value of the reads under way in each channel, of so many lines that come from memory."""
    return max(1, round(lines / core.channels))


def from_levels(
    core: ServerCore, vector_bytes: int, row_format: RowFormat
) -> tuple[int, tuple[int, int, int, int]]:
    """Value of a look-up's issue, and of its wait with all lines from each level, picoseconds."""
    operations = uops(core, vector_bytes, row_format)
    lines = per_row(vector_bytes, LINE)
    parallel = lines_at_once(core, operations, lines)
    latencies = (*core.latencies[:MEMORY], loaded(core, in_a_channel(core, parallel)))
    first, second, third, memory = (round(lines * time / parallel) for time in latencies)
    return core.cycles(operations) // core.issue_width, (first, second, third, memory)


def loaded(core: ServerCore, outstanding: int) -> int:
    """Value of a load from memory with so many under way in a channel, in picoseconds.

    The DRAM model has what the channel adds to a load alone, which is what the core's `memory` is.
    """
    alone, busy = channel_latency(core.dram, 1), channel_latency(core.dram, outstanding)
    return int(core.memory) + busy - alone


@cache
def channel_latency(grade: str, outstanding: int) -> int:
    """Value of the mean latency of random lines in one channel, in picoseconds."""
    channel = Channel(preset(grade).timing)
    end = channel.geometry.size // LINE
    lines = stream(1, "server", "dram").integers(0, end, DRAM_LINES)
    reads = channel.closed_loop(lines, outstanding)
    return int(reads.stack.sum()) * reads.timing.tCK // DRAM_LINES


def repeated(
    core: ServerCore,
    vector_bytes: int,
    rows: int,
    look_ups: int,
    row_format: RowFormat,
    *,
    is_flushed: bool,
    seed: int = 1,
) -> LookUpTime:
    """Predict what a benchmark sees that looks the same few rows of a large table up repeatedly."""
    addresses = stream(seed, "server", "repeated").integers(0, rows, look_ups) * vector_bytes
    table = rows * vector_bytes if is_flushed else 0
    return trace(
        core, addresses, vector_bytes, row_format, before=np.tile(addresses, 2), flushed=table
    )
