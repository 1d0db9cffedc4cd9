# SPDX-License-Identifier: Apache-2.0
"""Small channels with odd timings, drawn from a seed, and the same reads in kernel and oracle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guardlane.memory.dram.channel import Channel, Controller, Int64s, Reads
from guardlane.memory.dram.geometry import Geometry
from guardlane.memory.dram.reference_channel import ReferenceChannel
from guardlane.memory.dram.timing import Timing


@dataclass
class Case:
    """A channel and reads for it; arrivals count where there are any."""

    timing: Timing
    geometry: Geometry
    controller: Controller
    lines: Int64s
    outstanding: int
    think: int
    arrivals: Int64s | None
    translation: Int64s


def drawn(seed: int, reads: int = 60) -> Case:
    """Draw a case: timings from one cycle up, one to four ranks, windows from one read up."""
    rng = np.random.default_rng(seed)

    def number(least: int, most: int) -> int:
        return int(rng.integers(least, most + 1))

    burst = number(1, 4)
    short = burst + number(0, 2)
    activates = number(1, 5)
    row_cycle = [number(1, 12) for _ in range(4)]  # tRP, tRAS, tRTP and what tRC has over them
    refresh = number(1, 40)
    timing = Timing(
        tCK=number(500, 1500), CL=number(1, 12), tRCD=number(1, 12), tRP=row_cycle[0],
        tRAS=row_cycle[1], tRC=sum(row_cycle[:2]) + row_cycle[3] % 4, tRTP=row_cycle[2],
        tRRD_S=activates, tRRD_L=activates + number(0, 4), tFAW=number(1, 40), tCCD_S=short,
        tCCD_L=short + number(0, 4), BL=burst, tRTRS=number(0, 3), tRFC=refresh,
        tREFI=2 * (refresh + sum(row_cycle) + row_cycle[0] + 4) + number(1, 200),
    )  # fmt: skip
    fields = list(rng.permutation(["row", "rank", "bank", "group", "column"]))
    geometry = Geometry(
        ranks=1 << number(0, 2), groups=1 << number(0, 2), banks=1 << number(0, 1),
        rows=1 << number(0, 3), columns=1 << number(0, 2), mapping="-".join(fields),
    )  # fmt: skip
    lines = rng.integers(0, geometry.size // 64, reads)
    arrivals = None
    if rng.random() < 0.4:
        gap = float(rng.choice([0.5, 3, 30, 1000]))
        arrivals = np.cumsum(rng.poisson(gap, reads)).astype(np.int64)
    return Case(
        timing,
        geometry,
        Controller(window=number(1, 9), before=number(0, 3), after=number(0, 3)),
        lines.astype(np.int64),
        outstanding=number(1, 20),
        think=number(0, 5),
        arrivals=arrivals,
        translation=rng.integers(0, 2, reads) * rng.integers(0, 30, reads),
    )


def compiled(case: Case) -> Reads:
    """What the compiled channel makes of a case."""
    channel = Channel(case.timing, case.geometry, case.controller)
    if case.arrivals is not None:
        return channel.open_loop(case.lines, case.arrivals, detail=True)
    return channel.closed_loop(
        case.lines, case.outstanding, case.think, translation=case.translation, detail=True
    )


def readable(case: Case) -> tuple[list[list[int]], list[list[int]]]:
    """What the oracle makes of it: arrival, end and stack of each read, and its commands."""
    oracle = ReferenceChannel(case.timing, case.geometry, case.controller)
    bank, row = (found.tolist() for found in case.geometry.split(case.lines))
    if case.arrivals is not None:
        reads = oracle.run(bank, row, case.arrivals.tolist(), [0] * len(bank), len(bank), 0)
    else:
        reads = oracle.run(
            bank, row, [0] * len(bank), case.translation.tolist(), case.outstanding, case.think
        )
    reads.sort(key=lambda read: read.number)
    return [[read.arrival, read.done, *read.stack.values()] for read in reads], oracle.log()
