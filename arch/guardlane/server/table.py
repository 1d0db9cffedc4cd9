# SPDX-License-Identifier: Apache-2.0
"""Freezes what the model of a server core says into a service table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from guardlane.cite import Citation
from guardlane.config import explain
from guardlane.memory.dram.timing import preset
from guardlane.memory.hierarchy import PAGES
from guardlane.memory.rows import LINE
from guardlane.server.core import CACHES, CACHES_CITATION, GEMM, TLB_CITATION, ServerCore
from guardlane.server.look_up import RowFormat, from_levels, random_table
from guardlane.service import FromLevels, LookUp, Memory, Rate, ServiceTable

VECTORS = (16, 64, 128, 256, 512, 1024)  # bytes
TABLES = tuple(1 << bits for bits in range(14, 41, 2))  # 16 KiB to 1 TiB
Told = Callable[[int, int], None]


def freeze(
    core: ServerCore,
    row_format: RowFormat,
    vectors: Sequence[int] = VECTORS,
    tables: Sequence[int] = TABLES,
    told: Told | None = None,
) -> ServiceTable:
    """Predict every look-up of the grid (bytes, both rising), and put it down with its sources.

    `told` hears how many of how many are done.
    """
    look_ups: list[LookUp] = []
    for vector in vectors:
        for table in tables:
            if told is not None:
                told(len(look_ups), len(vectors) * len(tables))
            time = random_table(core, vector, table, row_format).total
            look_ups.append(LookUp(vector_bytes=vector, table_bytes=table, picoseconds=time))
    return ServiceTable(
        core=f"{core.name}, {row_format}",
        page_bytes=1 << PAGES[core.page],
        look_ups=tuple(look_ups),
        bag_picoseconds=core.cycles(core.bag),
        rates=tuple(Rate(rows=rows, mflops=mflops) for rows, mflops, _ in GEMM),
        layer_picoseconds=0,  # the rates are of whole calls
        sources=sources(core),
        memory=memory(core, row_format, vectors),
    )


def memory(core: ServerCore, row_format: RowFormat, vectors: Sequence[int]) -> Memory:
    """Value of what prices popular rows: capacities, and times by level."""
    tlb, shapes = core.tlb, CACHES
    table_read = [time // core.walkers for time in core.latencies]
    return Memory(
        cache_lines=(shapes[0].size // LINE, shapes[1].size // LINE, shapes[2].size // LINE),
        tlb_entries=(tlb.first.size, tlb.second.size),
        walk_entries=tlb.upper,
        table_read=(table_read[0], table_read[1], table_read[2], table_read[3]),
        second_tlb=core.cycles(core.second_tlb) // core.walkers,
        vectors=tuple(
            FromLevels(vector_bytes=vector, issue=issue, levels=levels)
            for vector in vectors
            for issue, levels in [from_levels(core, vector, row_format)]
        ),
    )


def sources(core: ServerCore) -> dict[str, Citation]:
    """Value of what every time rests on, by name."""
    found = {
        f"core.{one.name}": one.citation for one in explain(type(core)) if one.citation is not None
    }
    found |= {f"dram.{name}": cited for name, cited in preset(core.dram).citations.items()}
    found |= {f"gemm.{rows}": cited for rows, _, cited in GEMM}
    return found | {"tlb": TLB_CITATION, "caches": CACHES_CITATION}
