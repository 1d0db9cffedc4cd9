# SPDX-License-Identifier: Apache-2.0
"""The routings by name, and the one way to a table that was checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from guardlane.noc.deadlock import check
from guardlane.noc.grid_routing import dimension_order, odd_even, west_first
from guardlane.noc.path_routing import shortest_path, up_down
from guardlane.noc.routing import RouteTable, RoutingError
from guardlane.noc.topology import Topology


def shortest_paths(topology: Topology) -> RouteTable:
    """Route along any shortest path, as the router likes."""
    return shortest_path(topology, adaptive=True)


ROUTINGS: Mapping[str, Callable[[Topology], RouteTable]] = MappingProxyType(
    {
        "dimension-order": dimension_order,
        "west-first": west_first,
        "odd-even": odd_even,
        "table": shortest_path,
        "table-adaptive": shortest_paths,
        "up-down": up_down,
    }
)


def route(topology: Topology, name: str) -> RouteTable:
    """Build the routing `name` for a network and check it; raises RoutingError, DeadlockError."""
    if name not in ROUTINGS:
        raise RoutingError(f"routing must be one of {', '.join(ROUTINGS)}, not {name!r}")
    table = ROUTINGS[name](topology)
    check(table)
    return table
