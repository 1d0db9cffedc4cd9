# SPDX-License-Identifier: Apache-2.0
"""Packets followed through a route table one by one: the slow oracle of the deadlock check."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from guardlane.noc.routing import BITS, INHERIT, TOSS, RouteTable
from guardlane.noc.topology import Topology

Held = tuple[int, int]


def ways(table: RouteTable, router: int, port: int, came: int | None, goal: int) -> Iterator[Held]:
    """Give the (output port, VC class) that a packet may ask for."""
    kind, mask, other = table.choices[table.routes[table.rows[router, port], goal]].tolist()
    if kind == INHERIT:
        assert came is not None
        mask <<= came
    if kind == TOSS:
        mask |= other
    for bit in range(BITS):
        if mask >> bit & 1:
            yield divmod(bit, table.classes)


def walks(table: RouteTable, source: int, goal: int) -> Iterator[list[Held]]:
    """Give every way of a packet from node to node, as the (channel, VC class) that it holds."""
    topology = table.topology
    leaves = {(a, p): k for k, (a, p, *_) in enumerate(topology.channels.tolist())}
    todo: list[tuple[int, int, list[Held]]] = [
        (int(topology.node_router[source]), int(topology.node_port[source]), [])
    ]
    while todo:
        router, port, held = todo.pop()
        assert len(held) <= len(leaves) * table.classes, "a packet goes round and round"
        asked = list(ways(table, router, port, held[-1][1] if held else None, goal))
        assert asked, "a packet is lost"
        for out, vc_class in asked:
            if (router, out) not in leaves:
                assert (router, out) == (topology.node_router[goal], topology.node_port[goal])
                yield held
                continue
            channel = leaves[router, out]
            _, _, sink, sink_port, _ = topology.channels[channel].tolist()
            todo.append((sink, sink_port, [*held, (channel, vc_class)]))


def all_walks(table: RouteTable) -> Iterator[tuple[int, int, list[Held]]]:
    """Give every way of every packet: source, destination, what it holds."""
    for source in range(table.topology.nodes):
        for goal in range(table.topology.nodes):
            for held in walks(table, source, goal):
                yield source, goal, held


def waits(table: RouteTable) -> set[tuple[Held, Held]]:
    """Value of the channel dependencies, from every way of every packet."""
    return {(before, after) for _, _, held in all_walks(table) for before, after in pairwise(held)}


def cycles(topology: Topology, held: list[Held]) -> int:
    """Value of the cycles that the channels of a way take."""
    return sum(int(topology.channels[channel, 4]) for channel, _ in held)
