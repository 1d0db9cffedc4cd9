# SPDX-License-Identifier: Apache-2.0
"""BookSim2's network files: lines such as `router 0 node 0 node 1 router 1 10`.

The first thing of a line is joined to each that follows it. A number after a router is the latency
of the channel to it, in cycles; without one it is 1. The channel back is there too, with latency 1
unless another line says otherwise.
"""

from __future__ import annotations

import re
from pathlib import Path

import networkx as nx

from guardlane.noc.topology import (
    MOST_LATENCY,
    MOST_NODES,
    MOST_ROUTERS,
    Topology,
    TopologyError,
)
from guardlane.reading import read_text

MOST_BYTES = 16 << 20
KINDS = ("router", "node")


def read_anynet(path: Path) -> Topology:
    """Read a network from an anynet file of at most 16 MiB; errors are TopologyError, file:line."""
    return parse_anynet(read_text(path, MOST_BYTES), str(path))


def parse_anynet(text: str, name: str) -> Topology:
    """Build a network from the text of an anynet file, which messages call `name`."""
    home: dict[int, int] = {}  # router of a node
    latency: dict[tuple[int, int], int] = {}
    routers: set[int] = set()
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.split()
        if words:
            _read_line(words, f"{name}:{number}", home, latency, routers)
    for what, numbers in (("router", routers), ("node", set(home))):
        missing = next((k for k in range(len(numbers)) if k not in numbers), None)
        if missing is not None or not numbers:
            raise TopologyError(
                f"{name}: {what}s must be numbered 0, 1, 2 ...; {what} {missing or 0} is missing"
            )
    graph: nx.DiGraph[int] = nx.DiGraph(name=Path(name).stem)
    for router in range(len(routers)):
        graph.add_node(router, nodes=[])
    for node, router in sorted(home.items()):
        graph.nodes[router]["nodes"].append(node)
    for source, sink in sorted(latency):
        graph.add_edge(source, sink, latency=latency[source, sink])
        graph.add_edge(sink, source, latency=latency.get((sink, source), 1))
    return Topology.from_graph(graph)


def write_anynet(topology: Topology) -> str:
    """Write a network as an anynet file, whose channels come in pairs; ports are not kept."""
    latency = {(source, sink): cycles for source, _, sink, _, cycles in topology.channels.tolist()}
    if len(latency) < len(topology.channels):
        raise TopologyError(
            f"{topology.name}: an anynet file has one channel from router to router"
        )
    for source, sink in latency:
        if (sink, source) not in latency:
            ends = topology.labels[source], topology.labels[sink]
            raise TopologyError(
                f"{topology.name}: {ends[0]} -> {ends[1]} has no channel back; "
                "in an anynet file all have"
            )
    lines = []
    for router in range(topology.routers):
        words = [f"router {router}"]
        words += [f"node {n}" for n, at in enumerate(topology.node_router.tolist()) if at == router]
        words += [f"router {b} {cycles}" for (a, b), cycles in latency.items() if a == router]
        lines.append(" ".join(words))
    return "\n".join(lines) + "\n"


def _read_line(
    words: list[str],
    place: str,
    home: dict[int, int],
    latency: dict[tuple[int, int], int],
    routers: set[int],
) -> None:
    (kind, number, _), *joined = _things(words, place)
    if kind == "router":
        routers.add(number)
    for other_kind, other, cycles in joined:
        ends = {kind: number, other_kind: other}
        if kind == other_kind == "node":
            raise TopologyError(f"{place}: node {number} must be joined to a router, not to a node")
        if kind == other_kind:
            routers.add(other)
            if number == other:
                raise TopologyError(f"{place}: router {number} is joined to itself")
            if latency.setdefault((number, other), cycles) != cycles:
                raise TopologyError(
                    f"{place}: router {number} to router {other} takes {cycles} cycles here, "
                    f"{latency[number, other]} before"
                )
            continue
        if cycles != 1:
            raise TopologyError(f"{place}: the channel of a node takes 1 cycle, not {cycles}")
        routers.add(ends["router"])
        if home.setdefault(ends["node"], ends["router"]) != ends["router"]:
            raise TopologyError(
                f"{place}: node {ends['node']} is at router {home[ends['node']]} already, "
                f"not at {ends['router']}"
            )


def _things(words: list[str], place: str) -> list[tuple[str, int, int]]:
    """Value of what a line names: router or node, number, and the latency after it, else 1."""
    found: list[tuple[str, int, int]] = []
    rest = list(reversed(words))
    while rest:
        kind = rest.pop()
        if kind not in KINDS:
            raise TopologyError(f"{place}: router or node must stand here, not {kind!r:.40}")
        most = MOST_ROUTERS if kind == "router" else MOST_NODES
        number = _number(rest.pop() if rest else "", f"the number of a {kind}", most - 1, place)
        cycles = 1
        if found and rest and rest[-1] not in KINDS:
            cycles = _number(rest.pop(), "a latency", MOST_LATENCY, place)
        found.append((kind, number, cycles))
    return found


def _number(word: str, what: str, most: int, place: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", word) or int(word) > most:
        raise TopologyError(f"{place}: {what} must be 0 to {most:,}, not {word!r:.40}")
    return int(word)
