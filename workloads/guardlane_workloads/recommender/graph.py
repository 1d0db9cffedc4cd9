# SPDX-License-Identifier: Apache-2.0
"""The graph of the look-ups: indices to the cores that hold the tables, vectors to one sink."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.stream import PerSteadyState, StreamGraph
from guardlane_workloads.recommender import kernels
from guardlane_workloads.recommender.indices import Bags
from guardlane_workloads.recommender.pooling import Pooling
from guardlane_workloads.recommender.rows import Floats, Shard, Table

SINK = "vectors"
Sharding = Literal["balanced", "round-robin"]


def shards(tables: Sequence[Table], cores: int, sharding: Sharding) -> list[Shard]:
    """Give each of `cores` cores whole tables: in turn, or the largest to the emptiest core.

    Raises GuardlaneError when a core would have none.
    """
    if cores > len(tables):
        raise GuardlaneError(
            f"lookup: {cores} cores need a table each, and there are {len(tables)}"
        )
    own: list[list[Table]] = [[] for _ in range(cores)]
    if sharding == "round-robin":
        for place, table in enumerate(tables):
            own[place % cores].append(table)
    else:
        for table in sorted(tables, key=lambda one: (-one.words, one.number)):
            min(own, key=lambda held: (sum(one.words for one in held), len(held))).append(table)
    return [Shard(tuple(sorted(held, key=lambda one: one.number))) for held in own]


def lookup_graph(cores: Sequence[Shard], bags: Sequence[Bags], pooling: Pooling) -> StreamGraph:
    """Build the graph; a steady state is one request, `bags[n]` holds the indices of table n.

    For each request the source of a core gives, table by table, a length and so many indices.
    """
    graph = StreamGraph("lookup")
    dim, row_format = cores[0].tables[0].dim, cores[0].tables[0].row_format
    is_fp32 = row_format == "fp32"
    for number, shard in enumerate(cores):
        own = [bags[table.number] for table in shard.tables]
        counts = np.add.reduce([one.lengths for one in own]) + len(own)
        graph.source(f"indices{number}", _interleaved(own), per_steady_state=counts)
        graph.filter(
            f"lookup{number}",
            work=kernels.look_up_fp32 if is_fp32 else kernels.look_up_int8,
            begin=kernels.begin,
            pops=[PerSteadyState.of(counts)],
            pushes=[dim],
            tables={
                "SHAPE": [dim, pooling == "mean"],
                "FIRST": shard.first_words(),
                "ROWS" if is_fp32 else "FUSED_ROWS": shard,
            },
        )
        graph.connect(f"indices{number}", f"lookup{number}")
    items = [dim * len(shard.tables) for shard in cores]
    graph.sink(SINK, pops=sum(items))
    if len(cores) == 1:
        graph.connect("lookup0", SINK)
        return graph
    padded = [*items, *[0] * (kernels.MOST_CORES - len(items))]
    join = kernels.join_of(len(cores))
    graph.filter("join", work=join, pops=items, pushes=[sum(items)], tables={"ITEMS": padded})
    for number in range(len(cores)):
        graph.connect(f"lookup{number}", "join", in_port=number)
    graph.connect("join", SINK)
    return graph


def _interleaved(own: Sequence[Bags]) -> npt.NDArray[np.int32]:
    """Value of the items of one core: request by request, table by table, length and indices."""
    parts = []
    for request in zip(*(one.split() for one in own), strict=True):
        for indices in request:
            parts += [np.array([len(indices)], np.int32), indices]
    return np.concatenate(parts)


def vectors_of(items: npt.NDArray[np.int32], cores: Sequence[Shard]) -> Floats:
    """Arrange the sink's items as float32[requests, tables, dim], tables by their number."""
    numbers = [table.number for shard in cores for table in shard.tables]
    dim = cores[0].tables[0].dim
    found = np.ascontiguousarray(items, np.int32).view(np.float32)
    return found.reshape(-1, len(numbers), dim)[:, np.argsort(numbers)]
