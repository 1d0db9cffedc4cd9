# SPDX-License-Identifier: Apache-2.0
"""What the dense layers of a net take on a core, for each size of batch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from guardlane.service import ServiceTable
from guardlane_workloads.recommender.dlrm.model import EmbeddingTable, Model, Net
from guardlane_workloads.recommender.dlrm.row_times import RowTimes

Int64s = npt.NDArray[np.int64]


def dense_times(
    model: Model, net: int, items: Int64s, row_times: RowTimes
) -> tuple[Int64s, Int64s]:
    """Value of what the bottom and the top layers take, each int64[batches] in picoseconds.

    Where no widths are known, look-ups on one server are the measure: the mean of what a batch of
    so many items looks up in the tables of this net.
    """
    sizes, places = np.unique(items, return_inverse=True)
    own = model.nets[net]
    if own.sparse_share is None:
        times = [_by_widths(own, int(size), row_times.core) for size in sizes]
    else:
        rows = [
            (table, a_row)
            for table, a_row in zip(model.tables, row_times.alone(model), strict=True)
            if table.net == net
        ]
        times = [_by_share(own, _mean_look_up(rows, int(size), row_times.core)) for size in sizes]
    both: Int64s = np.array(times, np.int64).reshape(-1, 2)[places]
    return both[:, 0], both[:, 1]


def _by_widths(net: Net, items: int, core: ServiceTable) -> tuple[int, int]:
    bottom, top = (
        sum(core.layer(items, inputs, outputs) for inputs, outputs in pairwise(widths))
        for widths in (net.bottom, net.top)
    )
    return bottom, top


def _by_share(net: Net, sparse: int) -> tuple[int, int]:
    assert net.sparse_share is not None
    dense = round(sparse * (1 - net.sparse_share) / net.sparse_share)
    bottom = round(dense * net.bottom_share)
    return bottom, dense - bottom


def _mean_look_up(
    rows: Sequence[tuple[EmbeddingTable, int]], items: int, core: ServiceTable
) -> int:
    """Value of what a batch of `items` looks up on one core; `rows` has each table and its row."""
    return round(
        sum(
            table.look_ups(items) * a_row + table.bags(items) * core.bag_picoseconds
            for table, a_row in rows
        )
    )
