# SPDX-License-Identifier: Apache-2.0
"""Which node of a network each tile of a chip has: by hand, in order, or near what it talks to.

`partition` halves the tiles again and again so that few queues are cut (Kernighan and Lin, as
networkx has it), and halves the nodes along their longer side with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import networkx as nx

from guardlane.errors import GuardlaneError
from guardlane.noc.topology import Topology

SEED = 1  # of the halving; any would do, one has to be taken


def place(
    wanted: str, topology: Topology, tiles: Mapping[int, tuple[int, int]], count: int
) -> list[int]:
    """Value of the node of each of `count` tiles; `tiles[queue]` are its two.

    `wanted` is `order`, `partition`, or nodes with commas between them, tile by tile. Raises
    GuardlaneError for nodes that are not there or are given twice.
    """
    if wanted == "order":
        return list(range(count))
    if wanted == "partition":
        return partition(topology, tiles, count)
    nodes = [int(node) for node in wanted.split(",") if node.strip().isdigit()]
    if len(nodes) != count or len(nodes) != len(wanted.split(",")):
        raise GuardlaneError(
            f"placement must be order, partition, or {count} nodes with commas between them, "
            f"not {wanted!r}"
        )
    for node in nodes:
        if node >= topology.nodes or nodes.count(node) > 1:
            said = "is not there" if node >= topology.nodes else "is given twice"
            raise GuardlaneError(
                f"placement: node {node} {said}; {topology.name} has 0 to {topology.nodes - 1}"
            )
    return nodes


def partition(topology: Topology, tiles: Mapping[int, tuple[int, int]], count: int) -> list[int]:
    """Place tiles that talk to each other near each other, by halving both, the same each time."""
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(topology.nodes))  # tiles, and idle ones on the nodes left over
    for producer, consumer in sorted(tiles.values()):
        weight = graph.get_edge_data(producer, consumer, {"weight": 0})["weight"] + 1
        graph.add_edge(producer, consumer, weight=weight)
    places = [-1] * topology.nodes
    work = [(list(range(topology.nodes)), list(range(topology.nodes)))]
    while work:
        members, nodes = work.pop()
        if len(members) == 1:
            places[members[0]] = nodes[0]
            continue
        near, far = _halved_nodes(topology, nodes)
        one, two = _halved_tiles(graph, members, len(near))
        work += [(one, near), (two, far)]
    return places[:count]


def _halved_nodes(topology: Topology, nodes: Sequence[int]) -> tuple[list[int], list[int]]:
    """Cut nodes across their longer side; the first part is the larger by one, if one is."""
    where = _coordinates(topology)
    spans = [
        max(where[node][axis] for node in nodes) - min(where[node][axis] for node in nodes)
        for axis in range(len(where[nodes[0]]))
    ]
    axis = spans.index(max(spans))
    ordered = sorted(nodes, key=lambda node: (where[node][axis], where[node]))
    half = (len(ordered) + 1) // 2
    return ordered[:half], ordered[half:]


def _coordinates(topology: Topology) -> list[tuple[int, ...]]:
    if topology.grid is None:
        return [(node,) for node in range(topology.nodes)]
    where = topology.grid.coordinates().tolist()
    return [tuple(where[router]) for router in topology.node_router.tolist()]


def _halved_tiles(
    graph: nx.Graph[int], members: Sequence[int], first: int
) -> tuple[list[int], list[int]]:
    """Cut tiles into `first` and the others, few queues between them."""
    start = set(members[:first]), set(members[first:])
    one, two = nx.algorithms.community.kernighan_lin_bisection(
        graph.subgraph(members), partition=start, weight="weight", seed=SEED
    )
    if len(one) != first:
        one, two = two, one
    return sorted(one), sorted(two)
