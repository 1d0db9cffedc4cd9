# SPDX-License-Identifier: Apache-2.0
"""Requests served by a cluster with one placement: latencies of whole requests, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from guardlane.cluster.answer import QUANTILES, Answer
from guardlane.cluster.machine import Cluster
from guardlane.cluster.quantiles import LEAST_BATCHES, Bounds, design_effect, mean_bounds, ranks
from guardlane.cluster.run import Run
from guardlane.cluster.summary import summarise
from guardlane.cluster.synthetic import Times
from guardlane.errors import GuardlaneError
from guardlane.service import ServiceTable
from guardlane_workloads.recommender.dlrm.placement import Placement
from guardlane_workloads.recommender.dlrm.requests import Batches, LookUps, asked
from guardlane_workloads.recommender.dlrm.serving import cluster_work, ends_of_requests

CONFIDENCE = 0.95
PAUSE = 10**13  # ps between serial requests: all of one is over long before the next

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Served:
    """How `requests` fared; `latencies` int64[requests after the warm-up] in ps.

    Quantiles and mean are those of whole requests. The stack of `answer` is that of batches.
    `calls` is the mean of remote calls a request.
    """

    answer: Answer
    latencies: Int64s
    requests: int
    calls: float

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
    cluster: Cluster, placement: Placement, load: Load, core: ServiceTable, jitter: int
) -> Served:
    """Serve a load; raises GuardlaneError for work that the cluster cannot take.

    All requests count in the latencies of serial ones; else the first twentieth is left out.
    """
    batches, requests = load.batches, load.requests
    arrivals = load.arrivals
    if arrivals is None:
        arrivals = np.arange(requests, dtype=np.int64) * PAUSE
    own = cluster.model_copy(update={"shards": placement.shards})
    told = asked(placement, batches, load.look_ups, core, load.seed, load.skip_empty)
    work = cluster_work(placement, batches, told, core, arrivals)
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
    run = Run(own, work)
    ends: list[Int64s] = []
    run.go(lambda _, over: ends.append(over))
    answer = summarise(run, CONFIDENCE)
    latencies = ends_of_requests(batches, np.concatenate(ends)) - arrivals
    if load.arrivals is None and latencies.max() >= PAUSE:
        raise GuardlaneError(f"a serial request takes more than {PAUSE / 1e12:.0f} s")
    kept = latencies[skipped:]
    mean, quantiles = bounds(kept) if answer.is_stable else (None, {})
    whole = replace(answer, mean=mean, quantiles=quantiles)
    return Served(whole, kept, requests, float((work.sent > 0).sum()) / requests)


def bounds(latencies: Int64s) -> tuple[Bounds, Mapping[str, Bounds]]:
    """Value of the mean and the quantiles of latencies in the order of their requests."""
    count = len(latencies)
    size = max(1, count // (4 * LEAST_BATCHES))
    whole = latencies[: count // size * size].reshape(-1, size)
    batches = [int(total) for total in whole.sum(axis=1)]
    effect = design_effect(float(latencies.astype(np.float64).var(ddof=1)), batches, size)
    ordered = np.sort(latencies)
    found = {}
    for name, per_mille in QUANTILES.items():
        rank, low, high = ranks(count, per_mille, effect, CONFIDENCE)
        ends = [None if end is None else float(ordered[end - 1]) for end in (low, high)]
        found[name] = Bounds(float(ordered[rank - 1]), ends[0], ends[1])
    return mean_bounds(int(latencies.sum()), count, batches, size, CONFIDENCE), found
