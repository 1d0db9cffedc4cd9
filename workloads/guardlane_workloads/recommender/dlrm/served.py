# SPDX-License-Identifier: Apache-2.0
"""Requests served by a cluster with one placement, and how they fared."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from guardlane.cluster.answer import Answer
from guardlane.cluster.machine import Cluster
from guardlane.cluster.summary import serve
from guardlane.cluster.synthetic import Times
from guardlane.errors import GuardlaneError
from guardlane_workloads.recommender.dlrm.placement import Placement
from guardlane_workloads.recommender.dlrm.requests import Batches, LookUps, asked
from guardlane_workloads.recommender.dlrm.row_times import RowTimes
from guardlane_workloads.recommender.dlrm.serving import cluster_work

CONFIDENCE = 0.95
PAUSE = 10**13  # ps between serial requests: all of one is over long before the next

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Served:
    """How `requests` fared, and the means of the calls and of the rows looked up of one."""

    answer: Answer
    requests: int
    calls: float
    look_ups: float

    @property
    def cpu(self) -> float:
        """Value of the core time that a request takes on all servers, in ps."""
        return sum(self.answer.cpu.values()) / self.requests


@dataclass(frozen=True, eq=False)
class Load:
    """Requests cut into batches, what they look up, and when each comes; None: one at a time."""

    batches: Batches
    look_ups: LookUps
    arrivals: Int64s | None
    seed: int
    skip_empty: bool = True

    @property
    def requests(self) -> int:
        """Value of the number of requests."""
        return int(self.batches.request[-1]) + 1


def served(
    cluster: Cluster, placement: Placement, load: Load, times: RowTimes, jitter: int
) -> Served:
    """Serve a load; raises GuardlaneError for work that the cluster cannot take.

    All requests count in the latencies of serial ones; else the first twentieth is left out.
    """
    batches, requests = load.batches, load.requests
    arrivals = load.arrivals
    if arrivals is None:
        arrivals = np.arange(requests, dtype=np.int64) * PAUSE
    own = cluster.model_copy(update={"shards": placement.shards})
    told = asked(placement, batches, load.look_ups, times, load.seed, load.skip_empty)
    work = cluster_work(placement, batches, told, times, arrivals)
    if jitter and placement.shards:
        delays = [
            np.stack(
                [
                    Times(jitter, "exponential").draw(
                        load.seed, f"{way} {net}", 0, len(batches), placement.shards
                    )
                    for net in range(work.rounds)
                ]
            )
            for way in ("out", "back")
        ]
        work = replace(work, delay_out=delays[0], delay_back=delays[1])
    skipped = 0 if load.arrivals is None else requests // 20
    answer = serve(own, work, warm_up=skipped, confidence=CONFIDENCE)
    if load.arrivals is None and answer.quantiles["p99_9"].value >= PAUSE:
        raise GuardlaneError(f"serial requests must take less than {PAUSE / 1e12:.0f} s each")
    return Served(
        answer,
        requests,
        calls=float((work.sent > 0).sum()) / requests,
        look_ups=float(told.look_ups.sum()) / requests,
    )
