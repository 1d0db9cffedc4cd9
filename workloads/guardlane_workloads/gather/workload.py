# SPDX-License-Identifier: Apache-2.0
"""A gather as a workload: random rows in a closed loop, bandwidth and a stacked latency out."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from guardlane.config import config_hash, resolved
from guardlane.errors import GuardlaneError
from guardlane.memory.dram.channel import Channel, Controller, Int64s
from guardlane.memory.dram.geometry import Geometry
from guardlane.memory.dram.timing import preset
from guardlane.memory.rows import Tables, lines_of
from guardlane.reading import read_bounded
from guardlane.record import Outcome, Record, versions
from guardlane.seeds import stream
from guardlane.server.core import ServerCore
from guardlane.stats import Metric, Statistic
from guardlane.workload import Progress
from guardlane_workloads.gather.settings import MOST_VECTORS, GatherConfig

MOST_LINES = 100_000_000
MOST_TRACE = 8 * MOST_VECTORS + 4096  # bytes


class Gather:
    """Rows of a table, read through one DRAM channel as fast as it gives them."""

    name = "gather"
    sentence = "Read random rows from a DRAM channel, so many lines at a time."
    Config = GatherConfig
    metrics: Sequence[Metric] = (
        Metric("bandwidth_gb_s", "GB/s", "bytes of all lines read over the time it took", "higher"),
        Metric("mean_latency_ns", "ns", "mean time from asking for a line to its data", "lower"),
        Metric("queue_ns", "ns", "of it: until the first command of the read"),
        Metric("bank_ns", "ns", "of it: precharge, activate and CAS latency, as though alone"),
        Metric("bus_ns", "ns", "of it: the burst, and waits for buses and other banks' activates"),
        Metric("refresh_ns", "ns", "of it: while the rank was refreshed, before the first command"),
        Metric("on_chip_ns", "ns", "of it: the controller and the chip"),
        Metric("translation_ns", "ns", "of it: until the address was known"),
        Metric("vector_ns", "ns", "time of the run over vectors read", "lower"),
        Metric("row_hit_rate", "1", "share of reads that found their row open", "higher"),
        Metric("lines", "lines", "lines of 64 bytes read"),
    )
    statistics: Sequence[Statistic] = (
        Statistic("activates", "commands", "rows opened"),
        Statistic("refreshes", "commands", "refreshes of a rank"),
        Statistic("walks", "walks", "lines whose address no TLB had"),
    )

    def run(self, config: GatherConfig, progress: Progress | None = None) -> Record:
        """Run once; raises GuardlaneError for tables that do not fit or rows that are not there."""
        timing = preset(config.dram).timing
        geometry = Geometry(ranks=config.ranks, mapping=config.mapping)
        tables = table_of(config, geometry)
        rows = rows_of(config, tables.rows[0])
        digest = hashlib.sha256(rows.astype("<i8").tobytes()).hexdigest()
        addresses = tables.addresses(np.zeros(len(rows), np.int64), rows)
        lines, _ = lines_of(addresses, config.vector_bytes)
        if len(lines) > MOST_LINES:
            raise GuardlaneError(
                f"gather: must read {MOST_LINES:,} lines or fewer, not {len(lines):,}"
            )
        on_chip = -(-int(config.on_chip) // timing.tCK)
        controller = Controller(config.window, before=config.controller, after=on_chip)
        channel = Channel(timing, geometry, controller)
        translation, walks = translated(config, lines, timing.tCK)
        reads = channel.closed_loop(lines, config.outstanding, translation=translation)
        stack = {f"{name}_ns": value for name, value in reads.mean_stack.items()}
        return Record(
            workload=self.name,
            config={**resolved(config), "rows_sha256": digest},
            config_hash=config_hash(config, digest),
            outcome=Outcome.COMPLETED,
            metrics={
                "bandwidth_gb_s": reads.bandwidth,
                "mean_latency_ns": reads.mean_latency,
                **stack,
                "stack": stack,
                "vector_ns": reads.picoseconds / (1000 * len(rows)),
                "row_hit_rate": 1 - channel.activates / len(lines),
                "lines": len(lines),
            },
            statistics={
                "dram.activates": channel.activates,
                "dram.refreshes": channel.refreshes,
                "tlb.walks": walks,
            },
            versions=versions(),
        )


def table_of(config: GatherConfig, geometry: Geometry) -> Tables:
    """Value of one table that fills what the tables may take; a GuardlaneError if nothing fits."""
    size = geometry.size if config.tables is None else int(config.tables)
    if not config.vector_bytes <= size <= geometry.size:
        raise GuardlaneError(
            f"gather: tables must be {config.vector_bytes} to {geometry.size} bytes, not {size}: "
            f"a channel of {config.ranks} ranks has no more"
        )
    return Tables.lay_out([size // config.vector_bytes], config.vector_bytes)


def rows_of(config: GatherConfig, rows: int) -> Int64s:
    """Value of the rows to read, int64[n]: drawn alike from all `rows`, or those of the trace."""
    if config.trace is None:
        return stream(config.seed, "gather", "rows").integers(0, rows, int(config.vectors))
    return read_rows(config.trace)


def translated(config: GatherConfig, lines: Int64s, period: int) -> tuple[Int64s | None, int]:
    """Value of the cycles of `period` picoseconds that each line waits for its address; and walks.

    The caches hold page tables and what else has been read; data come from DRAM all the same.
    """
    if config.page == "none":
        return None, 0
    core = ServerCore(page=config.page)
    costs = (*core.latencies, core.cycles(core.second_tlb))
    counts, took = core.hierarchy().load(lines, costs, detail=True)
    return -(-took // period), counts.walks


def read_rows(path: Path) -> Int64s:
    """Read a trace of rows, a .npy file of int64[n]; a GuardlaneError names it."""
    content = read_bounded(path, MOST_TRACE)
    try:
        found = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, OSError, SyntaxError, TypeError, KeyError, MemoryError):
        raise GuardlaneError(f"{path}: is no .npy file of numbers") from None
    if not isinstance(found, np.ndarray) or found.ndim != 1 or found.dtype.kind not in "iu":
        raise GuardlaneError(f"{path}: must be whole numbers of one dimension")
    if not 1 <= len(found) <= MOST_VECTORS:
        raise GuardlaneError(f"{path}: must be 1 to {MOST_VECTORS:,} rows, not {len(found):,}")
    return found.astype(np.int64)
