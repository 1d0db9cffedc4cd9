# SPDX-License-Identifier: Apache-2.0
"""A topology: routers with numbered ports, channels between them, and nodes that inject and eject.

A port number names an input and an output. Nodes are what traffic is from and to; their channels
take one cycle. Everything is arrays, so that a kernel can be built from it; networkx comes in and
goes out by `from_graph` and `to_graph`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError

Ints = npt.NDArray[np.int32]
MOST_ROUTERS = 1 << 16
MOST_NODES = 1 << 16  # a flit has 16 bits for its destination
MOST_LATENCY = 1 << 10  # cycles; a time wheel has a slot for each


class TopologyError(GuardlaneError):
    """A network that cannot be, with the router, node or channel at fault."""


class Channel(NamedTuple):
    """A channel from an output port to an input port; `latency` in cycles."""

    source_router: int
    source_port: int
    sink_router: int
    sink_port: int
    latency: int


class Grid(NamedTuple):
    """Routers on a grid: `lengths` of the dimensions, the first one's neighbours 1 apart.

    The channel up dimension d leaves by port `first_port + 2 * d`, the one down by the next; a
    flit from up there comes in by the former. `wraps`: each dimension is a ring.
    """

    lengths: tuple[int, ...]
    wraps: bool
    first_port: int

    def coordinates(self) -> Ints:
        """Value of the place of every router, int32[routers, dimensions]."""
        return np.stack(
            np.unravel_index(np.arange(np.prod(self.lengths)), self.lengths, order="F"), axis=1
        ).astype(np.int32)

    def port(self, dimension: int, down: bool) -> int:
        return self.first_port + 2 * dimension + down


@dataclass(frozen=True, eq=False)
class Topology:
    """Routers, nodes and channels as arrays.

    `labels[router]` is what messages call it. `ports[router]` counts its ports. Node n injects into
    and ejects from port `node_port[n]` of router `node_router[n]`. `channels` int32[channels, 5]
    has the columns of `Channel`. `grid` says how routers lie, where they lie on a grid.
    """

    name: str
    labels: tuple[str, ...]
    ports: Ints
    node_router: Ints
    node_port: Ints
    channels: Ints
    grid: Grid | None = None

    def __post_init__(self) -> None:
        _check_sizes(self)
        for side, router, port in (("output", 0, 1), ("input", 2, 3)):
            routers = np.concatenate([self.node_router, self.channels[:, router]])
            taken = np.concatenate([self.node_port, self.channels[:, port]])
            _check_ports(self, side, routers, taken)
        loops = np.flatnonzero(self.channels[:, 0] == self.channels[:, 2])
        if loops.size:
            router = self.labels[self.channels[loops[0], 0]]
            raise TopologyError(f"{self.name}: router {router} is joined to itself")

    @property
    def routers(self) -> int:
        """Value of the number of routers."""
        return len(self.labels)

    @property
    def nodes(self) -> int:
        """Value of the number of nodes."""
        return len(self.node_router)

    @property
    def most_ports(self) -> int:
        """Value of the ports of the router that has the most."""
        return int(self.ports.max())

    def by_output(self) -> Ints:
        """Value of the channel that leaves each port, int32[routers, most_ports], -1 for none."""
        found = np.full((self.routers, self.most_ports), -1, np.int32)
        found[self.channels[:, 0], self.channels[:, 1]] = np.arange(len(self.channels))
        return found

    def say(self, channel: int) -> str:
        """Value of a channel in words: from which router to which."""
        source, _, sink, _, _ = self.channels[channel]
        return f"{self.labels[source]} -> {self.labels[sink]}"

    @classmethod
    def from_graph(
        cls, graph: nx.Graph[Any] | nx.DiGraph[Any], name: str | None = None
    ) -> Topology:
        """Build a network whose routers are the nodes of `graph`, in its order.

        An edge is a channel, of an undirected graph two; its attribute `latency` is in cycles, 1
        without. A router's attribute `nodes` lists its nodes; where no router has it, each has
        one, in order. Ports are a router's nodes, then its neighbours, each in ascending order.
        """
        name = name or graph.name or "graph"
        if graph.is_multigraph():
            raise TopologyError(f"{name}: two routers are joined by one channel each way at most")
        number = {router: k for k, router in enumerate(graph)}
        places = _places(name, graph)
        held = [len(nodes) for nodes in places]
        directed = graph if graph.is_directed() else graph.to_directed()
        rows = sorted(
            (number[a], number[b], _latency(name, a, b, said))
            for a, b, said in directed.edges(data="latency", default=1)
        )
        source = np.array([row[0] for row in rows], np.int32)
        sink = np.array([row[1] for row in rows], np.int32)
        first = np.array(held, np.int32)
        channels = np.zeros((len(rows), 5), np.int32)
        channels[:, 0], channels[:, 2] = source, sink
        channels[:, 1] = first[source] + _rank(source, sink, len(number))
        channels[:, 3] = first[sink] + _rank(sink, source, len(number))
        channels[:, 4] = [row[2] for row in rows]
        degree = np.maximum(
            np.bincount(source, minlength=len(number)), np.bincount(sink, minlength=len(number))
        )
        node_router = np.zeros(sum(held), np.int32)
        node_port = np.zeros(sum(held), np.int32)
        for router, nodes in enumerate(places):
            node_router[nodes] = router
            node_port[nodes] = np.arange(len(nodes))
        return cls(
            name,
            tuple(str(router) for router in graph),
            (first + degree).astype(np.int32),
            node_router,
            node_port,
            channels,
        )

    def to_graph(self) -> nx.DiGraph[str]:
        """Value of the network as networkx, as `from_graph` takes it; ports are not kept."""
        graph: nx.DiGraph[str] = nx.DiGraph(name=self.name)
        for router, label in enumerate(self.labels):
            graph.add_node(label, nodes=np.flatnonzero(self.node_router == router).tolist())
        for source, _, sink, _, latency in self.channels.tolist():
            ends = self.labels[source], self.labels[sink]
            if graph.has_edge(*ends):
                raise TopologyError(
                    f"{self.name}: {ends[0]} -> {ends[1]} are two channels; a graph has one"
                )
            graph.add_edge(*ends, latency=latency)
        return graph


def _check_sizes(topology: Topology) -> None:
    name = topology.name
    for what, count, most in (
        ("routers", topology.routers, MOST_ROUTERS),
        ("nodes", topology.nodes, MOST_NODES),
    ):
        if not 1 <= count <= most:
            raise TopologyError(f"{name}: {what} must number 1 to {most:,}, not {count:,}")
    for channel, latency in enumerate(topology.channels[:, 4]):
        if not 1 <= latency <= MOST_LATENCY:
            raise TopologyError(
                f"{name}: latency of {topology.say(channel)} must be 1 to {MOST_LATENCY:,} cycles, "
                f"not {latency}"
            )


def _check_ports(topology: Topology, side: str, routers: Ints, ports: Ints) -> None:
    """Let no two things be at one port, and none at a port that a router does not have."""
    outside = (ports < 0) | (ports >= topology.ports[routers])
    if np.any(outside):
        router, port = routers[outside][0], ports[outside][0]
        raise TopologyError(
            f"{topology.name}: router {topology.labels[router]} has "
            f"{topology.ports[router]} ports, not {side} {port}"
        )
    place, uses = np.unique(routers * np.int64(topology.most_ports) + ports, return_counts=True)
    if np.any(uses > 1):
        router, port = divmod(int(place[uses > 1][0]), topology.most_ports)
        raise TopologyError(
            f"{topology.name}: {side} {port} of router {topology.labels[router]} is taken twice"
        )


def _places(name: str, graph: nx.Graph[Any]) -> list[list[int]]:
    """Value of the nodes of each router, ascending; checks that they are 0, 1, 2, ..."""
    said: list[Sequence[int] | None] = [one.get("nodes") for _, one in graph.nodes(data=True)]
    if all(nodes is None for nodes in said):
        return [[router] for router in range(len(said))]
    places = [sorted(nodes or ()) for nodes in said]
    for node, one in enumerate(sorted(node for nodes in places for node in nodes)):
        if node != one:
            what = "is at two routers" if one < node else f"is missing: there is a node {one}"
            raise TopologyError(f"{name}: node {min(one, node)} {what}")
    return places


def _latency(name: str, source: Hashable, sink: Hashable, said: Any) -> int:
    # 1 to MOST_LATENCY is looked at with the rest; an array of int32 must be able to hold it.
    if isinstance(said, bool) or not isinstance(said, int) or abs(said) >= 1 << 31:
        raise TopologyError(
            f"{name}: latency of {source} -> {sink} must be a whole number of cycles, not {said!r}"
        )
    return said


def _rank(group: Ints, key: Ints, groups: int) -> Ints:
    """Value of each entry's place among those of its group, by ascending key."""
    order = np.lexsort((key, group))
    starts = np.searchsorted(group[order], np.arange(groups))
    rank = np.empty(len(group), np.int32)
    rank[order] = np.arange(len(group)) - starts[group[order]]
    return rank
