# SPDX-License-Identifier: Apache-2.0
"""Clusters that are reduced to stations of which theory knows the mean time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from guardlane.cluster import theory
from guardlane.cluster.answer import Answer
from guardlane.cluster.engine import Name
from guardlane.cluster.machine import Cluster
from guardlane.cluster.summary import serve
from guardlane.cluster.synthetic import Arrivals, Synthetic, Times

SERVICE = 10**9  # ps
NOTHING = Times(0)
JOINT = 0.999
# A cluster of which calls cost next to nothing: a few ps of the 10^9 that a service takes.
BARE: dict[str, Any] = {
    "calls": {
        "serialise": "0 ps",
        "serialise_byte": "0 ps",
        "deserialise": "0 ps",
        "deserialise_byte": "0 ps",
        "kernel": "0 ps",
        "kernel_byte": "0 ps",
        "service": "1 ps",
    },
    "link": "1 ps",
    "shard": {"cores": 1, "nic": {"bandwidth": "8 Tb/s", "message": "1 ps"}},
    "main": {"nic": {"bandwidth": "8 Tb/s", "message": "1 ps"}, "pools": "split"},
}


@dataclass(frozen=True)
class Cell:
    """A station, its load, what theory says of its mean time, in ps, and the run to compare."""

    name: str
    load: float
    mean: float
    cluster: Cluster
    source: Synthetic

    def run(self, confidence: float, engine: Name = "auto") -> Answer:
        """Serve the cell's requests, the first twentieth of which are not looked at."""
        warm_up = self.source.requests // 20
        return serve(
            self.cluster, self.source, warm_up=warm_up, engine=engine, confidence=confidence
        )


def cluster(cores: int, shards: int = 0, shard_cores: int = 1, after: int = 1) -> Cluster:
    """Value of a bare cluster with so many cores before its calls, at each shard, and after."""
    main = BARE["main"] | {"before_cores": cores, "after_cores": after}
    shard = BARE["shard"] | {"cores": shard_cores}
    return Cluster.of(**BARE | {"main": main, "shard": shard, "shards": shards})


def cells(requests: int, seed: int = 1) -> Iterator[Cell]:
    """Yield all cells, each with so many requests."""
    seeds = count(seed)  # one each, so that no two cells share their draws

    def source(rate: float, **times: Times) -> Synthetic:
        known: dict[str, Any] = {"before": NOTHING, "lookup": NOTHING, "after": NOTHING} | times
        shards = 0 if times.keys() <= {"before"} else ways
        return Synthetic(
            next(seeds), requests, Arrivals(rate * 1e12), shards, **known, sent=1, returned=1
        )

    drawn = Times(SERVICE, "exponential")
    ways = 0
    for servers in (1, 2, 4, 16):
        for load in (0.5, 0.8):
            rate = load * servers / SERVICE
            mean = theory.m_m_c(rate, SERVICE, servers)
            yield Cell(f"M/M/{servers}", load, mean, cluster(servers), source(rate, before=drawn))
    laws = {"M/D/1": (Times(SERVICE), 0.0)}
    laws["M/G/1, cv2 4"] = (Times(SERVICE, "lognormal", math.sqrt(math.log(5))), 4.0)
    for name, (law, variation) in laws.items():
        for load in (0.5, 0.8):
            rate = load / SERVICE
            mean = theory.m_g_1(rate, SERVICE, variation)
            yield Cell(name, load, mean, cluster(1), source(rate, before=law))
    ways = 2
    for load in (0.3, 0.5, 0.8):
        rate = load / SERVICE
        mean = theory.fork_join_2(rate, SERVICE)
        yield Cell("fork-join, 2", load, mean, cluster(1, 2), source(rate, lookup=drawn))
    ways = 1
    for load in (0.5, 0.8):
        rate = 2 * load / SERVICE
        mean = sum(theory.m_m_c(rate, SERVICE, servers) for servers in (2, 2, 4))
        jackson = cluster(2, 1, 2, 4)
        times = {"before": drawn, "lookup": drawn, "after": drawn}
        yield Cell("Jackson, 2-2-4 in a row", load, mean, jackson, source(rate, **times))


def joint(number: int) -> float:
    """Value of the confidence of each of so many cells, so that all hold at once at JOINT."""
    return 1 - (1 - JOINT) / number


def mm1(load: float, requests: int, seed: int = 1) -> tuple[Cluster, Synthetic]:
    """Value of an M/M/1 and requests for it."""
    drawn = Times(SERVICE, "exponential")
    source = Synthetic(
        seed, requests, Arrivals(load * 1e12 / SERVICE), 0, drawn, Times(0), Times(0)
    )
    return cluster(1), source
