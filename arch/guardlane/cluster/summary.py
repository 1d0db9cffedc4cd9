# SPDX-License-Identifier: Apache-2.0
"""From work to answer: `serve(cluster, work)` runs it and says what it says."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from guardlane.cluster import collect
from guardlane.cluster.answer import QUANTILES, Answer
from guardlane.cluster.engine import Name
from guardlane.cluster.loads import shard_loads, stations
from guardlane.cluster.machine import Cluster
from guardlane.cluster.quantiles import Bounds, design_effect, mean_bounds, ranks
from guardlane.cluster.run import Run
from guardlane.cluster.work import Source, Work
from guardlane.errors import GuardlaneError

Int64s = npt.NDArray[np.int64]
NEAR = 200  # the stack near a quantile is that of 1 in so many requests on either side of it


def serve(
    cluster: Cluster,
    source: Source | Work,
    *,
    warm_up: int = 0,
    engine: Name = "auto",
    confidence: float = 0.95,
) -> Answer:
    """Serve a work, or the pieces of a source, and say how it went.

    The first `warm_up` requests are served, and left out of latencies and stacks. Raises
    GuardlaneError for work that does not fit the cluster, for an engine that cannot serve it, and
    when a run breaks Little's law, which is checked each time.
    """
    run = Run(cluster, source, warm_up, engine)
    run.go()
    return summarise(run, confidence)


def summarise(run: Run, confidence: float = 0.95) -> Answer:
    """Value of the answer of a run that is over; raises GuardlaneError as `serve` does."""
    if not 0 < confidence < 1:
        raise GuardlaneError(f"confidence must be more than 0 and less than 1, not {confidence}")
    run.check()
    requests = int(run.numbers[collect.SEEN])
    count = requests - run.warm_up
    if count < 1:
        raise GuardlaneError(
            f"warm_up must be less than the {requests} requests, not {run.warm_up}"
        )
    shards = shard_loads(run)
    places = stations(run, shards)
    overloaded = tuple(place for place in places if place.load >= 1)
    span = run.last - (run.first or 0)
    parts = {
        name: int(run.rows[:, column].sum()) for column, name in enumerate(collect.PARTS, start=1)
    }
    mean, quantiles, stack = None, {}, {}
    if not overloaded:
        mean, quantiles, stack = _latencies(run, count, parts, confidence)
    return Answer(
        engine=run.service.choice.engine,
        reason=run.service.choice.reason,
        requests=requests,
        warm_up=run.warm_up,
        span=span,
        total=sum(parts.values()),
        overloaded=overloaded,
        stations=places,
        mean=mean,
        quantiles=quantiles,
        stack=stack,
        parts=parts,
        cpu=run.cpu(),
        shards=shards,
        in_system=run.total / span if span else math.inf,
        extra=run.service.engine.extra,
    )


def _latencies(
    run: Run, count: int, parts: dict[str, int], confidence: float
) -> tuple[Bounds, dict[str, Bounds], dict[str, dict[str, float]]]:
    """Value of the mean, the quantiles, and the stacks of a stable run."""
    size = int(run.numbers[collect.BATCH])
    batches = [int(one) for one in run.batches[: count // size]]
    total = sum(parts.values())
    used = np.flatnonzero(run.rows[:, collect.COUNT])
    counts = run.rows[used, collect.COUNT]
    middles = [low + (width - 1) / 2 for low, width in map(collect.least_of, used.tolist())]
    variance = math.fsum(
        int(number) * (middle - total / count) ** 2
        for number, middle in zip(counts, middles, strict=True)
    ) / max(1, count - 1)
    effect = design_effect(variance, batches, size)
    below = np.cumsum(counts)
    kept = None
    if run.kept is not None:
        kept = np.sort(np.concatenate(run.kept)[run.warm_up :])
    quantiles, stack = {}, {"mean": {name: time / count for name, time in parts.items()}}
    for name, per_mille in QUANTILES.items():
        rank, low, high = ranks(count, per_mille, effect, confidence)
        ends = [None if one is None else _at(one, kept, below, used) for one in (rank, low, high)]
        found = ends[0]
        if found is None:
            raise AssertionError("the rank of a quantile is in the sample")
        quantiles[name] = Bounds(
            found[0],
            None if ends[1] is None else ends[1][0],
            None if ends[2] is None else ends[2][0],
            max(end[1] for end in ends if end is not None),
        )
        near = min(count // NEAR, count - rank)
        first = int(np.searchsorted(below, max(1, rank - near)))
        last = int(np.searchsorted(below, rank + near)) + 1
        rows = run.rows[used[first:last]].sum(axis=0)
        stack[name] = {
            part: int(time) / int(rows[collect.COUNT])
            for part, time in zip(collect.PARTS, rows[1:], strict=True)
        }
    return mean_bounds(total, count, batches, size, confidence), quantiles, stack


def _at(rank: int, kept: Int64s | None, below: Int64s, used: Int64s) -> tuple[float, float]:
    """Value of the latency of a rank, from 1, and the most by which it is off."""
    if kept is not None:
        return float(kept[rank - 1]), 0.0
    low, width = collect.least_of(int(used[np.searchsorted(below, rank)]))
    return low + (width - 1) / 2, (width - 1) / 2
