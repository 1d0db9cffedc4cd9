# SPDX-License-Identifier: Apache-2.0
"""Embedding look-ups as a workload: indices in, pooled vectors and how far off they are out."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from guardlane.chip.result import ChipResult
from guardlane.errors import GuardlaneError
from guardlane.record import Record
from guardlane.stats import Metric
from guardlane.units import Bytes
from guardlane.window import Wanted
from guardlane.workload import Comparison, Progress
from guardlane_workloads.recommender.graph import SINK, lookup_graph, shards, vectors_of
from guardlane_workloads.recommender.indices import bags
from guardlane_workloads.recommender.quality import relative_errors, wrong
from guardlane_workloads.recommender.report import lookup_report
from guardlane_workloads.recommender.rows import Shard, Table, row_words
from guardlane_workloads.recommender.settings import LookupConfig
from guardlane_workloads.streams.common import Judgement, Prepared, StreamWorkload

MOST_ROW_BYTES = 1 << 30  # of one core
BESIDE_ROWS = 16_384  # bytes for text, smaller tables, state and stack
MEMORY_STEP = 65_536  # bytes; the memory of a core is a multiple


@dataclass(frozen=True, eq=False)
class Input:
    """What the judge needs: which core holds which tables, requests of a frame, work asked for."""

    cores: Sequence[Shard]
    requests_per_frame: int
    look_ups: int
    row_bytes: int


class Lookup(StreamWorkload[LookupConfig]):
    """SparseLengthsSum on one core, or on several that hold a part of the tables each."""

    name = "lookup"
    sentence = "Look embedding vectors up, and add them, on cores that make mistakes."
    Config = LookupConfig
    quality = (
        Metric("relative_error", "1", "relative error of the answers, mean of requests", "lower"),
        Metric("wrong_requests", "1", "share of requests whose answer is not exact", "lower"),
        Metric("cycles_per_look_up", "cycles", "cycles of the run for each look-up", "lower"),
        Metric("look_ups", "rows", "rows that the requests ask for"),
        Metric("bytes_gathered", "B", "size of the rows that the requests ask for"),
    )

    def run(self, config: LookupConfig, progress: Progress | None = None) -> Record:
        """Run once, on cores whose memory holds their tables."""
        return super().run(self.fitted(config), progress)

    def watch(
        self, config: LookupConfig, wanted: Wanted, progress: Progress | None = None
    ) -> tuple[Record, Mapping[str, bytes]]:
        """Run once, watched, on cores whose memory holds their tables."""
        return super().watch(self.fitted(config), wanted, progress)

    def fitted(self, config: LookupConfig) -> LookupConfig:
        """Value of `config` with memory for the largest shard, unless it asks for as much or more.

        Raises GuardlaneError when a shard is larger than a core may hold.
        """
        largest = max(self.shards(config), key=lambda shard: shard.size)
        if largest.size > MOST_ROW_BYTES:
            raise GuardlaneError(
                f"lookup: {len(largest.tables)} tables of {largest.size:,} bytes fall to one core, "
                f"which holds {MOST_ROW_BYTES:,}; take more cores, int8, or fewer or smaller tables"
            )
        needed = math.ceil((largest.size + BESIDE_ROWS) / MEMORY_STEP) * MEMORY_STEP
        core = config.machine.core
        if core.memory >= needed:
            return config
        grown = core.model_copy(update={"memory": Bytes(needed)})
        machine = config.machine.model_copy(update={"core": grown})
        return config.model_copy(update={"machine": machine})

    def shards(self, config: LookupConfig) -> list[Shard]:
        """Draw the tables and deal them out."""
        mixture, seed = config.mixture(), config.index_seed
        tables = [
            Table(number, mixture.table(number, seed).rows, config.dim, config.format)
            for number in range(config.tables)
        ]
        return shards(tables, config.cores, config.sharding)

    def prepare(self, config: LookupConfig) -> Prepared:
        """Draw the indices and build the graph."""
        mixture, seed = config.mixture(), config.index_seed
        drawn = [
            bags(mixture.table(number, seed), config.requests, seed, number)
            for number in range(config.tables)
        ]
        content = hashlib.sha256()
        for own in drawn:
            content.update(
                own.lengths.astype("<i8").tobytes() + own.indices.astype("<i4").tobytes()
            )
        cores = self.shards(config)
        look_ups = sum(len(own.indices) for own in drawn)
        facts = {
            "indices_sha256": content.hexdigest(),
            "row_bytes_by_core": [shard.size for shard in cores],
        }
        # Rows follow from the shape of their tables, which needs no reading of a gigabyte.
        content.update(f"{config.pooling} {cores}".encode())
        row_bytes = 4 * row_words(config.dim, config.format)
        return Prepared(
            lookup_graph(cores, drawn, config.pooling),
            content.hexdigest(),
            Input(cores, config.frame_size, look_ups, row_bytes),
            facts,
        )

    def judge(self, prepared: Prepared, result: ChipResult, golden: ChipResult) -> Judgement:
        """Compare every answer with the error-free one."""
        given: Input = prepared.input
        output, clean = (vectors_of(one.kept[SINK], given.cores) for one in (result, golden))
        errors, is_wrong = relative_errors(clean, output), wrong(clean, output)
        step = given.requests_per_frame
        out = io.BytesIO()
        np.save(out, output, allow_pickle=False)
        return Judgement(
            metrics={
                "relative_error": math.fsum(errors) / len(errors),
                "wrong_requests": sum(is_wrong) / len(is_wrong),
                "cycles_per_look_up": result.cycles / given.look_ups if given.look_ups else None,
                "look_ups": given.look_ups,
                "bytes_gathered": given.look_ups * given.row_bytes,
            },
            series={
                "relative_error": [
                    math.fsum(errors[first : first + step]) / len(errors[first : first + step])
                    for first in range(0, len(errors), step)
                ],
                "wrong_requests": [
                    sum(is_wrong[first : first + step]) for first in range(0, len(is_wrong), step)
                ],
            },
            files={"vectors.npy": out.getvalue()},
        )

    def report(self, comparison: Comparison, command: str) -> Mapping[str, bytes]:
        """Draw up the page of a comparison."""
        return lookup_report(comparison, command, self.Config, self.metrics)
