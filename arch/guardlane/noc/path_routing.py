# SPDX-License-Identifier: Apache-2.0
"""Routings for any network: a table of shortest paths, and up*/down* around a spanning tree."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from guardlane.noc.routing import PLAIN, Choice, RouteTable, RoutingError, refuse_wide, table_of
from guardlane.noc.topology import Ints, Topology

Distances = npt.NDArray[np.int32]
FAR = np.int32(1 << 30)  # cycles; no path


def shortest_path(topology: Topology, adaptive: bool = False) -> RouteTable:
    """Route along a shortest path in cycles of channels; of several, out of the lowest port.

    `adaptive` leaves the choice among all of them to the router. Whether either can deadlock
    depends on the network: see `guardlane.noc.deadlock`.
    """
    phases = np.zeros((1, len(topology.channels)), np.int32)
    name = "table-adaptive" if adaptive else "table"
    return _route(name, topology, phases, adaptive)


def up_down(topology: Topology, root: int = 0) -> RouteTable:
    """Route along the shortest path that goes up towards router `root` first, and then down.

    Up is to a router fewer hops from the root or, among those as far, of lower number (up*/down*
    of Autonet). No packet turns from down to up, so none can wait in a circle, in any network
    whose channels come in pairs.
    """
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(topology.routers))
    graph.add_edges_from(topology.channels[:, [0, 2]].tolist())
    if not 0 <= root < topology.routers:
        raise RoutingError(
            f"up-down on {topology.name}: root must be a router, 0 to {topology.routers - 1}, "
            f"not {root}"
        )
    for one, other in graph.edges:
        if not graph.has_edge(other, one):
            ends = topology.labels[one], topology.labels[other]
            raise RoutingError(
                f"up-down on {topology.name}: {ends[0]} -> {ends[1]} has no channel back"
            )
    hops = nx.single_source_shortest_path_length(graph, root)
    depth = np.array([hops.get(router, FAR) for router in range(topology.routers)])
    source, sink = topology.channels[:, 0], topology.channels[:, 2]
    goes_up = (depth[sink] < depth[source]) | ((depth[sink] == depth[source]) & (sink < source))
    phases = np.stack([np.where(goes_up, 0, 1), np.where(goes_up, -1, 1)]).astype(np.int32)
    return _route("up-down", topology, phases, adaptive=False)


def _route(name: str, topology: Topology, phases: Ints, adaptive: bool) -> RouteTable:
    """Tabulate shortest paths of packets that have a phase.

    A packet starts in phase 0; `phases[p, channel]` is its next phase if it takes a channel in p,
    -1 if it must not. The phase is known from the input port by which a packet comes, so a router
    has a row of the table a phase.
    """
    refuse_wide(name, topology, 1)
    far = _distances(topology, phases)
    count = len(phases)
    if np.any(far[: topology.routers] >= FAR):
        row, node = np.argwhere(far[: topology.routers] >= FAR)[0]
        raise RoutingError(
            f"{name} on {topology.name}: no path leads from router {topology.labels[row]} "
            f"to node {node}"
        )
    codes = np.zeros((count, topology.routers, topology.nodes), np.int64)
    for channel in range(len(topology.channels) - 1, -1, -1):  # the lowest port is put in last
        source, port, sink, _, latency = topology.channels[channel]
        for phase in range(count):
            onward = phases[phase, channel]
            if onward < 0:
                continue
            here = far[phase * topology.routers + source]
            good = (
                here == latency + far[onward * topology.routers + sink]
            )  # not FAR: nothing is 1 or more below it
            bit = 1 << int(port)
            old = codes[phase, source]
            codes[phase, source] = np.where(good, old | bit if adaptive else bit, old)
    meaning: dict[int, Choice] = {mask: (PLAIN, mask, 0) for mask in np.unique(codes).tolist()}
    rows = np.repeat(
        count * np.arange(topology.routers, dtype=np.int32)[:, None], topology.most_ports, axis=1
    )
    sink, port = topology.channels[:, 2], topology.channels[:, 3]
    rows[sink, port] += phases.max(axis=0)
    by_row = codes.transpose(1, 0, 2).reshape(-1, topology.nodes)
    return table_of(name, topology, 1, rows, by_row, meaning)


def _distances(topology: Topology, phases: Ints) -> Distances:
    """Value of the cycles from (phase, router) to each node, int32[phases * routers, nodes]."""
    states = len(phases) * topology.routers
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(states))
    for phase, nexts in enumerate(phases):
        for (source, _, sink, _, latency), onward in zip(
            topology.channels.tolist(), nexts.tolist(), strict=True
        ):
            if onward >= 0:
                ends = phase * topology.routers + source, onward * topology.routers + sink
                graph.add_edge(ends[1], ends[0], latency=latency)
    return _from_goals(graph, topology, len(phases))


def _from_goals(graph: nx.DiGraph[Any], topology: Topology, phases: int) -> Distances:
    """Value of `_distances`, by a search backwards from the routers that have nodes."""
    far = np.full((graph.number_of_nodes(), topology.nodes), FAR)
    for router in np.unique(topology.node_router).tolist():
        goals = {phase * topology.routers + router for phase in range(phases)}
        lengths = nx.multi_source_dijkstra_path_length(graph, goals, weight="latency")
        column = np.full(graph.number_of_nodes(), FAR)
        column[list(lengths)] = list(lengths.values())
        far[:, topology.node_router == router] = column[:, None]
    return far
