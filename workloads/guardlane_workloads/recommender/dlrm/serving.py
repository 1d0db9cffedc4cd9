# SPDX-License-Identifier: Apache-2.0
"""Batches of a model, as work of a cluster: a round of calls for each net, dense layers around it.

The bottom layers of a net go beside its calls, its top layers after them, and the next net after
that. On one server, look-ups are the main server's own.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from guardlane.cluster.work import Work
from guardlane_workloads.recommender.dlrm.dense import dense_times
from guardlane_workloads.recommender.dlrm.placement import Placement
from guardlane_workloads.recommender.dlrm.requests import Asked, Batches
from guardlane_workloads.recommender.dlrm.row_times import RowTimes

Int64s = npt.NDArray[np.int64]


def cluster_work(
    placement: Placement, batches: Batches, asked: Asked, times: RowTimes, arrivals: Int64s
) -> Work:
    """Value of the work of all batches, each of which comes when its request does.

    `arrivals` is int64[requests] in ps. Rounds are nets, in their order.
    """
    nets, shards, count = len(placement.model.nets), placement.shards, len(batches)
    before, local = (np.zeros((nets, count), np.int64) for _ in range(2))
    beside = np.ones((nets, count), np.int64)
    lookup, sent, returned = (np.zeros((nets, shards, count), np.int64) for _ in range(3))
    above = np.zeros(count, np.int64)
    for net in range(nets):
        bottom, top = dense_times(placement.model, net, batches.items, times)
        before[net], above = above, top
        if placement.is_singular:
            before[net] += bottom
        else:
            beside[net] = np.maximum(bottom, 1)
    for place, call in enumerate(asked.calls):
        if placement.is_singular:
            before[call.net] += asked.picoseconds[:, place]
            local[call.net] += asked.picoseconds[:, place]
            continue
        lookup[call.net, call.shard] = asked.picoseconds[:, place]
        sent[call.net, call.shard] = asked.request_bytes[:, place]
        returned[call.net, call.shard] = asked.answer_bytes[:, place]
    return Work(
        arrivals=np.ascontiguousarray(arrivals[batches.request]),
        before=before,
        after=np.ascontiguousarray(above),
        lookup=lookup,
        sent=sent,
        returned=returned,
        beside=None if placement.is_singular else beside,
        group=batches.request,
        local=local if placement.is_singular else None,
    )
