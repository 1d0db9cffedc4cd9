# SPDX-License-Identifier: Apache-2.0
"""How many servers, and how much memory for tables, a rate of requests takes.

Cores are counted: a server is loaded to a share of its cores, and each copy of a server holds all
that it serves. What dense layers hold is left out; it is small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from guardlane.cluster.machine import Cluster
from guardlane_workloads.recommender.dlrm.placement import Placement
from guardlane_workloads.recommender.dlrm.served import Served


@dataclass(frozen=True)
class Provision:
    """Main servers, servers of shards (all copies of all), and the bytes of tables in all."""

    main: int
    shard: int
    table_bytes: int


def provision(
    cluster: Cluster, placement: Placement, ran: Served, rate: float, utilisation: float
) -> Provision:
    """Count servers for `rate` requests a second, each loaded to `utilisation` of its cores."""
    busy = [shard.busy / ran.requests for shard in ran.answer.shards]
    main = _copies((ran.cpu - sum(busy)) * rate, sum(cluster.main.pool_cores), utilisation)
    held = placement.bytes_by_shard()
    if placement.is_singular:
        return Provision(main, 0, main * held[0])
    copies = [_copies(time * rate, cluster.shard.cores, utilisation) for time in busy]
    total = sum(copy * size for copy, size in zip(copies, held, strict=True))
    return Provision(main, sum(copies), total)


def _copies(picoseconds_a_second: float, cores: int, utilisation: float) -> int:
    return max(1, math.ceil(picoseconds_a_second / 1e12 / (cores * utilisation)))
