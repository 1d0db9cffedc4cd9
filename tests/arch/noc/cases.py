# SPDX-License-Identifier: Apache-2.0
"""Random small networks, routers and packets, each from a seed."""

from __future__ import annotations

from random import Random

import numpy as np

from guardlane.noc.grids import cmesh, mesh, ring, torus
from guardlane.noc.router import Router
from guardlane.noc.routing import RouteTable
from guardlane.noc.routings import ROUTINGS
from guardlane.noc.traces.trace import Trace, independent

NETWORKS = (
    (mesh(3), ("dimension-order", "west-first", "odd-even", "up-down", "table-adaptive")),
    (mesh(4), ("dimension-order", "odd-even")),
    (torus(3), ("dimension-order",)),
    (torus(5, 1), ("dimension-order",)),
    (ring(5), ("up-down",)),
    (cmesh(2, 2, 4), ("dimension-order", "up-down")),
)


def network(random: Random) -> RouteTable:
    """Draw a topology and a routing that cannot deadlock on it."""
    topology, routings = random.choice(NETWORKS)
    return ROUTINGS[random.choice(routings)](topology)


def router(random: Random, table: RouteTable) -> Router:
    """Draw a router that fits."""
    return Router(
        vcs=random.choice([2, 4, 6] if table.topology.most_ports < 8 else [2, 4]),
        depth=random.choice([1, 2, 3, 5]),
        routing_delay=random.choice([0, 1, 2, 3]),
        vc_alloc_delay=random.choice([1, 1, 2, 3]),
        switch_alloc_delay=random.choice([1, 1, 2]),
        traversal=random.choice([1, 1, 2, 3]),
        credit_delay=random.choice([0, 1, 3]),
        input_speedup=random.choice([1, 2]),
        wait_for_tail_credit=random.random() < 0.5,
        allocator=random.choice(["islip", "separable-input-first"]),
    )


def packets(random: Random, nodes: int) -> Trace:
    """Draw packets between any nodes, few or many, soon or spread out."""
    count, span = random.choice([20, 150]), random.choice([10, 60, 300])
    return independent(
        "drawn",
        nodes,
        np.sort(np.array([random.randrange(span) for _ in range(count)], np.int64)),
        np.array([random.randrange(nodes) for _ in range(count)], np.int32),
        np.array([random.randrange(nodes) for _ in range(count)], np.int32),
        np.array([random.choice([1, 1, 2, 5]) for _ in range(count)], np.int32),
    )
