# SPDX-License-Identifier: Apache-2.0
"""Clusters and work at random, of which no two things happen in the same picosecond but by chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.cluster.machine import Cluster
from guardlane.cluster.work import Work

US = 1_000_000
Int64s = npt.NDArray[np.int64]


def times(generator: np.random.Generator, mean: float, shape: tuple[int, ...]) -> Int64s:
    """Draw exponential times of this mean in ps, 1 ps or more."""
    return 1 + generator.exponential(mean, shape).astype(np.int64)


def random_work(
    generator: np.random.Generator,
    requests: int,
    shards: int,
    *,
    rounds: int = 1,
    gap: float = 300 * US,
    skipped: float = 0.2,
    has_beside: bool = True,
    has_kinds: bool = False,
    has_delays: bool = False,
) -> Work:
    """Draw work of exponential times and of messages of up to 20,000 bytes."""
    calls = (rounds, shards, requests)
    sent = generator.integers(100, 5_000, calls)
    sent[generator.random(calls) < skipped] = 0
    return Work(
        arrivals=np.cumsum(times(generator, gap, (requests,))),
        before=times(generator, 100 * US, (rounds, requests)),
        beside=times(generator, 200 * US, (rounds, requests)) if has_beside else None,
        after=times(generator, 200 * US, (requests,)),
        lookup=times(generator, 200 * US, calls),
        sent=sent,
        returned=generator.integers(100, 20_000, calls),
        kind=generator.integers(0, 4, requests) if has_kinds else None,
        delay_out=times(generator, 20 * US, calls) if has_delays else None,
        delay_back=times(generator, 20 * US, calls) if has_delays else None,
    )


def random_case(seed: int, requests: int, *, is_forward: bool) -> tuple[Cluster, Work]:
    """Draw a cluster and work for it; `is_forward` ones are such that passes can serve them."""
    generator = np.random.default_rng(seed)

    def one_of(*values: Any) -> Any:
        return values[generator.integers(len(values))]

    shards = int(generator.integers(0 if is_forward else 2, 11))
    rounds = 1 if is_forward else one_of(1, 2, 3)
    hedge = None if is_forward else one_of(None, None, int(generator.integers(200, 900)) * US)
    deadline = None if is_forward else one_of(None, int(generator.integers(900, 3_000)) * US)
    values: dict[str, Any] = {
        "shards": shards,
        "link": int(generator.integers(1, 50 * US)),
        "main": {
            "pools": "split" if is_forward else one_of("split", "shared", "shared"),
            "servers": 1 if is_forward else one_of(1, 2, 3),
            "cores": int(generator.integers(8, 24)),
            "before_cores": int(generator.integers(4, 9)),
            "beside_cores": int(generator.integers(2, 9)),
            "after_cores": int(generator.integers(4, 9)),
            "nic": {"bandwidth": one_of("10 Gb/s", "25 Gb/s", "50 Gb/s")},
        },
        "shard": {
            "cores": int(generator.integers(2, 9)),
            "nic": {
                "bandwidth": one_of("5 Gb/s", "25 Gb/s", "50 Gb/s"),
                "message": f"{generator.integers(1, 2_000)} ns",
            },
        },
        "calls": {"service": f"{generator.integers(1, 40)} us"},
        "order": "fifo" if is_forward else one_of("fifo", "priority"),
    }
    if hedge is not None:
        values |= {"hedge": hedge, "replicas": tuple(np.roll(range(shards), 1).tolist())}
    if deadline is not None:
        values["deadline"] = deadline
    for name in ("link", "hedge", "deadline"):
        if name in values:
            values[name] = f"{values[name]} ps"
    work = random_work(
        generator,
        requests,
        shards,
        rounds=rounds,
        gap=float(generator.integers(100, 500)) * US * rounds,
        skipped=one_of(0.0, 0.3, 0.8),
        has_beside=bool(one_of(True, False)),
        has_kinds=values["order"] == "priority",
        has_delays=not is_forward and bool(one_of(True, False)),
    )
    return Cluster.of(**values), work
