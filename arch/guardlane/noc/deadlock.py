# SPDX-License-Identifier: Apache-2.0
"""Whether a routing can deadlock: the channel dependency graph of what packets really do.

A packet that holds (channel, VC class) and may ask for another one makes the latter a thing the
former waits for. Without a circle of waiting some packet can always move (Dally, Seitz 1987).
"""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import numpy as np
import numpy.typing as npt

from guardlane.noc.routing import INHERIT, KIND, MASK, OTHER, TOSS, RouteTable, RoutingError
from guardlane.noc.topology import Ints

Longs = npt.NDArray[np.int64]
Held = tuple[int, int]  # a channel and a VC class


class DeadlockError(RoutingError):
    """A routing with packets that may wait for each other in a circle."""


def check(table: RouteTable) -> None:
    """Let a routing pass that delivers every packet and cannot deadlock.

    Raises RoutingError where a packet would be lost, DeadlockError with the circle in words. An
    adaptive routing needs all that it may ask for to be free of circles: then whatever a packet
    waits for frees up, and it needs no escape channels. (Routings that have circles and escape
    channels beside them can be free of deadlock too, after Duato; none is let through here.)
    """
    circle = find_circle(dependencies(table))
    if not circle:
        return
    topology = table.topology
    said = [_say(table, held) for held in circle]
    waits = "".join(f"\n  {one}, which waits for" for one in said)
    raise DeadlockError(
        f"{table.name} on {topology.name} can deadlock; {len(circle)} channels wait in a circle:"
        f"{waits}\n  {said[0]}, where it began\n"
        "up-down cannot deadlock, in any network whose channels come in pairs"
    )


def find_circle(graph: nx.DiGraph[Held]) -> list[Held]:
    """Find a circle, the shortest of those through one of its members; [] if there is none."""
    if nx.is_directed_acyclic_graph(graph):
        return []
    knot = min(
        (one for one in nx.strongly_connected_components(graph) if len(one) > 1),
        key=lambda one: (len(one), min(one)),
    )
    start = min(knot)
    part = graph.subgraph(knot)
    ways = nx.single_target_shortest_path(part, start)
    way = min((ways[after] for after in sorted(part.successors(start))), key=len)
    return [start, *way[:-1]]


def dependencies(table: RouteTable) -> nx.DiGraph[Held]:
    """Follow packets from every node to every node; value of what waits for what.

    All ways that a packet may take are followed, by (channel, VC class, destination), each once.
    Raises RoutingError where a packet comes to a router that does not know where to send it.
    """
    classes, ports = table.classes, table.topology.most_ports
    channels = table.topology.by_output()
    held = len(table.topology.channels) * classes
    seen = np.zeros((held, table.topology.nodes), np.bool_)
    waits = np.zeros((held, ports * classes), np.bool_)
    front = _injected(table)
    while len(front[0]):
        state, goal = front
        after = []
        router, mask = _asked(table, state, goal)
        _refuse_lost(table, state, goal, router, mask)
        for bit in range(ports * classes):
            takes = np.flatnonzero(mask >> bit & 1)
            channel = channels[router[takes], bit // classes]
            _refuse_edges(table, goal[takes], router[takes], channel, bit // classes)
            takes, channel = takes[channel >= 0], channel[channel >= 0]
            inside = takes[state[takes] >= 0]
            waits[state[inside], bit] = True
            after.append((channel * np.int64(classes) + bit % classes, goal[takes]))
        front = _new(after, seen)
    return _as_graph(table, channels, waits)


def _injected(table: RouteTable) -> tuple[Longs, Longs]:
    """Value of one packet from each node to each: -1 - node for what it holds, and where to."""
    nodes = np.arange(table.topology.nodes)
    return -1 - np.repeat(nodes, len(nodes)), np.tile(nodes, len(nodes))


def _asked(table: RouteTable, state: Longs, goal: Longs) -> tuple[Ints, Longs]:
    """Value of the router that each packet is at, and the set that it asks for."""
    topology = table.topology
    router, port = _place(table, state)
    choice = table.choices[table.routes[table.rows[router, port], goal]]
    mask = choice[:, MASK].copy()
    inherits = choice[:, KIND] == INHERIT
    injected = inherits & (state < 0)
    if np.any(injected):
        node = -1 - int(state[injected][0])
        raise RoutingError(
            f"{table.name} on {topology.name}: a packet from node {node} to "
            f"{goal[injected][0]} has no VC class to stay in"
        )
    mask[inherits] <<= state[inherits] % table.classes
    tosses = choice[:, KIND] == TOSS
    mask[tosses] |= choice[tosses, OTHER]
    return router, mask


def _place(table: RouteTable, state: Longs) -> tuple[Ints, Ints]:
    """Value of the router and the input port at which packets are that hold `state`."""
    topology = table.topology
    node = np.maximum(-1 - state, 0)
    channel = np.maximum(state, 0) // table.classes
    inject = state < 0
    if not len(topology.channels):
        return topology.node_router[node], topology.node_port[node]
    router = np.where(inject, topology.node_router[node], topology.channels[channel, 2])
    port = np.where(inject, topology.node_port[node], topology.channels[channel, 3])
    return router, port


def _refuse_lost(table: RouteTable, state: Longs, goal: Longs, router: Ints, mask: Longs) -> None:
    if np.all(mask != 0):
        return
    lost = int(np.flatnonzero(mask == 0)[0])
    topology = table.topology
    came = ""
    if state[lost] >= 0:
        came = f" that came by {topology.say(int(state[lost]) // table.classes)}"
    raise RoutingError(
        f"{table.name} on {topology.name}: router {topology.labels[router[lost]]} does not know "
        f"where to send a packet for node {goal[lost]}{came}"
    )


def _refuse_edges(table: RouteTable, goal: Longs, router: Ints, channel: Ints, port: int) -> None:
    """Let no packet leave by a port that leads nowhere, or to a node that it is not for."""
    topology = table.topology
    right = (topology.node_router[goal] == router) & (topology.node_port[goal] == port)
    wrong = np.flatnonzero((channel < 0) & ~right)
    if len(wrong):
        raise RoutingError(
            f"{table.name} on {topology.name}: router {topology.labels[router[wrong[0]]]} sends a "
            f"packet for node {goal[wrong[0]]} to port {port}, which does not lead there"
        )


def _new(after: list[tuple[Longs, Longs]], seen: npt.NDArray[np.bool_]) -> tuple[Longs, Longs]:
    """Value of the (state, destination) that were not seen before, marked as seen."""
    state = np.concatenate([one[0] for one in after])
    goal = np.concatenate([one[1] for one in after])
    flat = np.unique(state * np.int64(seen.shape[1]) + goal)
    flat = flat[~seen.ravel()[flat]]
    seen.ravel()[flat] = True
    return flat // seen.shape[1], flat % seen.shape[1]


def _as_graph(table: RouteTable, channels: Ints, waits: npt.NDArray[np.bool_]) -> nx.DiGraph[Held]:
    graph: nx.DiGraph[Held] = nx.DiGraph()
    graph.add_edges_from(_edges(table, channels, waits))
    return graph


def _edges(
    table: RouteTable, channels: Ints, waits: npt.NDArray[np.bool_]
) -> Iterator[tuple[Held, Held]]:
    classes = table.classes
    for state, bit in np.argwhere(waits).tolist():
        channel, vc_class = divmod(state, classes)
        router = table.topology.channels[channel, 2]
        onward = int(channels[router, bit // classes])
        yield (channel, vc_class), (onward, bit % classes)


def _say(table: RouteTable, held: Held) -> str:
    channel, vc_class = held
    said = table.topology.say(channel)
    return said if table.classes == 1 else f"{said} in VC class {vc_class}"
