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

from guardlane.noc.routing import BITS, INHERIT, KIND, MASK, OTHER, TOSS, RouteTable, RoutingError
from guardlane.noc.topology import Ints

Longs = npt.NDArray[np.int64]
MOST_FOLLOWED = 1 << 20  # packets at a time, which bounds the memory
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
    topology = table.topology
    channels = topology.by_output()
    options = _options(table)
    held = len(topology.channels) * table.classes
    waits = np.zeros((held, topology.most_ports * table.classes), np.bool_)
    many = max(1, MOST_FOLLOWED // max(held, topology.nodes))
    for first in range(0, topology.nodes, many):
        goals = np.arange(first, min(first + many, topology.nodes))
        for state, bit in _follow(table, channels, options, goals):
            waits[state, bit] = True
    return _as_graph(table, channels, waits)


def _follow(
    table: RouteTable, channels: Ints, options: Ints, goals: Longs
) -> Iterator[tuple[Longs, Longs]]:
    """Follow all packets to some destinations; give what they held and the bits they asked for."""
    classes = table.classes
    picked = np.full((len(table.topology.channels) * classes, len(goals)), -1, np.int32)
    state = -1 - np.repeat(np.arange(table.topology.nodes), len(goals))
    goal = np.tile(goals, table.topology.nodes)
    while len(state):
        router, bits = _asked(table, options, state, goal)
        after = []
        for column in bits.T:
            asks = np.flatnonzero(column >= 0)
            bit, at = column[asks], router[asks]
            channel = channels[at, bit // classes]
            _refuse_edges(table, goal[asks], at, channel, bit // classes)
            stays = (state[asks] >= 0) & (channel >= 0)
            yield state[asks[stays]], bit[stays]
            goes = channel >= 0
            after.append(((channel * np.int64(classes) + bit % classes)[goes], goal[asks[goes]]))
        state, goal = _new(after, picked, int(goals[0]))


def _options(table: RouteTable) -> Ints:
    """Value of the bits that each choice has set, int32[choices, most bits], -1 behind them."""
    sets = table.choices[:, MASK] | np.where(
        table.choices[:, KIND] == TOSS, table.choices[:, OTHER], 0
    )
    found = [[bit for bit in range(BITS) if one >> bit & 1] for one in sets.tolist()]
    options = np.full((len(found), max(1, *map(len, found))), -1, np.int32)
    for choice, bits in enumerate(found):
        options[choice, : len(bits)] = bits
    return options


def _asked(table: RouteTable, options: Ints, state: Longs, goal: Longs) -> tuple[Ints, Ints]:
    """Value of the router that each packet is at, and of the bits that it asks for."""
    router, port = _place(table, state)
    choice = table.routes[table.rows[router, port], goal]
    bits = options[choice]
    _refuse_lost(table, state, goal, router, bits)
    inherits = table.choices[choice, KIND] == INHERIT
    if np.any(inherits & (state < 0)):
        lost = int(np.argmax(inherits & (state < 0)))
        raise RoutingError(
            f"{table.name} on {table.topology.name}: a packet from node {-1 - state[lost]} to "
            f"{goal[lost]} has no VC class to stay in"
        )
    vc_class = np.where(inherits, state % table.classes, 0)
    return router, bits + np.where(bits >= 0, vc_class[:, None], 0).astype(np.int32)


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


def _refuse_lost(table: RouteTable, state: Longs, goal: Longs, router: Ints, bits: Ints) -> None:
    if np.all(bits[:, 0] >= 0):
        return
    lost = int(np.argmax(bits[:, 0] < 0))
    topology = table.topology
    came = ""
    if state[lost] >= 0:
        came = f" that came by {topology.say(int(state[lost]) // table.classes)}"
    raise RoutingError(
        f"{table.name} on {topology.name}: router {topology.labels[router[lost]]} does not know "
        f"where to send a packet for node {goal[lost]}{came}"
    )


def _refuse_edges(table: RouteTable, goal: Longs, router: Ints, channel: Ints, port: Ints) -> None:
    """Let no packet leave by a port that leads nowhere, or to a node that it is not for."""
    topology = table.topology
    right = (topology.node_router[goal] == router) & (topology.node_port[goal] == port)
    wrong = np.flatnonzero((channel < 0) & ~right)
    if len(wrong):
        raise RoutingError(
            f"{table.name} on {topology.name}: router {topology.labels[router[wrong[0]]]} sends a "
            f"packet for node {goal[wrong[0]]} to port {port[wrong[0]]}, which does not lead there"
        )


def _new(after: list[tuple[Longs, Longs]], picked: Ints, first: int) -> tuple[Longs, Longs]:
    """Value of the (state, destination) that come for the first time, each once.

    `picked` has for each of them the place among those that it came with, -1 before it comes.
    """
    state = np.concatenate([one[0] for one in after])
    goal = np.concatenate([one[1] for one in after])
    is_new = picked[state, goal - first] < 0
    state, goal = state[is_new], goal[is_new]
    places = np.arange(len(state), dtype=np.int32)
    picked[state, goal - first] = places  # of several that are alike, one stays
    once = picked[state, goal - first] == places
    return state[once], goal[once]


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
