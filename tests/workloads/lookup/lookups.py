# SPDX-License-Identifier: Apache-2.0
"""Small sets of tables and requests, and a chip that looks them up, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from guardlane.chip.engine import StreamChip
from guardlane.chip.machine import Core, Machine
from guardlane.units import Bytes
from guardlane_workloads.recommender.graph import SINK, lookup_graph, shards, vectors_of
from guardlane_workloads.recommender.indices import Bags
from guardlane_workloads.recommender.pooling import Pooling
from guardlane_workloads.recommender.rows import Floats, Format, Shard, Table
from guardlane_workloads.recommender.settings import LookupConfig
from guardlane_workloads.recommender.workload import Lookup

ROWS = (5, 900, 40, 1, 300)
REQUESTS = 6


def tables(dim: int = 12, row_format: Format = "fp32") -> list[Table]:
    return [Table(number, rows, dim, row_format) for number, rows in enumerate(ROWS)]


def requests(seed: int = 3) -> list[Bags]:
    """A bag of 0 to 24 indices of each table for each request; request 0 has an empty one."""
    generator = np.random.Generator(np.random.Philox(seed))
    found = []
    for number, rows in enumerate(ROWS):
        lengths = generator.integers(0, 25, REQUESTS)
        lengths[0] = number
        found.append(Bags(lengths, generator.integers(0, rows, lengths.sum()).astype(np.int32)))
    return found


@dataclass(frozen=True)
class Chip:
    """A chip for a set of tables and requests, and where its tables are."""

    chip: StreamChip
    shards: Sequence[Shard]

    def vectors(self, guard: str) -> Floats:
        result = self.chip.run(guard)
        assert result.outcome == "completed", result.detail
        return vectors_of(result.kept[SINK], self.shards)


def chip_of(own: Sequence[Table], bags: Sequence[Bags], pooling: Pooling, cores: int = 1) -> Chip:
    dealt = shards(own, cores, "balanced")
    machine = Machine(core=Core(memory=Bytes(1 << 18)))
    return Chip(StreamChip(lookup_graph(dealt, bags, pooling), machine), dealt)


def small(**settings: object) -> LookupConfig:
    """Settings of a run that takes no time: 20 requests to four tables, without flips."""
    given = {"requests": 20, "tables": 4, "rows": 200, "dim": 16, "mtbe": "inf", **settings}
    return LookupConfig.model_validate(given, strict=False)


def wrong_requests(config: LookupConfig) -> tuple[list[int], list[int]]:
    """The frames in which faults struck, and the requests that were answered wrongly."""
    record = Lookup().run(config)
    assert record.completed, record.metrics["detail"]
    struck = [int(event["frame"]) for event in record.fault_events]
    return struck, [k for k, wrong in enumerate(record.series["wrong_requests"]) if wrong]
