# SPDX-License-Identifier: Apache-2.0
"""Topologies: ports as BookSim2 numbers them, graphs in and out, and what is refused."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest

from guardlane.noc.grids import cmesh, grid, mesh, ring, torus
from guardlane.noc.topology import Channel, Topology, TopologyError


def joined(topology: Topology) -> dict[tuple[int, int], tuple[int, int]]:
    """Value of the (router, port) at the other end of each output."""
    return {(a, p): (b, q) for a, p, b, q, _ in topology.channels.tolist()}


def test_a_mesh_has_the_ports_of_booksim2() -> None:
    ends = joined(mesh(8))
    assert ends[9, 0] == (10, 1)  # up the first dimension; it comes in from below
    assert ends[9, 1] == (8, 0)
    assert ends[9, 2] == (17, 3)
    assert ends[9, 3] == (1, 2)
    assert (7, 0) not in ends  # the edge
    assert len(ends) == 2 * 2 * 8 * 7
    assert mesh(8).node_port.tolist() == [4] * 64
    assert mesh(8).ports.tolist() == [5] * 64


def test_a_torus_wraps_and_its_channels_take_two_cycles() -> None:
    ends = joined(torus(7))
    assert ends[6, 0] == (0, 1)
    assert ends[0, 3] == (42, 2)
    assert len(ends) == 4 * 49
    assert set(torus(7).channels[:, 4].tolist()) == {2}
    assert joined(torus(2, 1)) == {(0, 0): (1, 1), (0, 1): (1, 0), (1, 0): (0, 1), (1, 1): (0, 0)}


def test_a_ring_is_a_torus_of_one_dimension() -> None:
    assert joined(ring(5))[4, 0] == (0, 1)
    assert ring(5).ports.tolist() == [3] * 5


def test_a_concentrated_mesh_numbers_nodes_on_their_own_grid() -> None:
    topology = cmesh(4)
    assert topology.nodes == 64
    # node 10 is at (2, 1) of 8x8: router (1, 0), the third of its four
    assert (topology.node_router[10], topology.node_port[10]) == (1, 2)
    assert joined(topology)[0, 4] == (1, 5)
    assert set(topology.channels[:, 4].tolist()) == {2}
    assert set(cmesh(4, latency=1).channels[:, 4].tolist()) == {1}
    with pytest.raises(TopologyError, match="has 1, 4, 9 ... nodes a router, not 3"):
        cmesh(4, c=3)


@pytest.mark.parametrize("topology", [mesh(3, 3), torus(4), cmesh(3), grid((4, 2)), ring(6)])
def test_every_channel_has_one_back_through_the_same_ports(topology: Topology) -> None:
    ends = joined(topology)
    assert all(ends[far] == near for near, far in ends.items())
    places = topology.grid.coordinates() if topology.grid else np.zeros((0, 0))
    for (a, _), (b, _) in ends.items():
        apart = np.abs(places[a] - places[b])
        assert np.count_nonzero(apart) == 1


@pytest.mark.parametrize("topology", [mesh(4), cmesh(2), torus(5), ring(7)])
def test_a_grid_goes_through_networkx_and_keeps_its_channels(topology: Topology) -> None:
    again = Topology.from_graph(topology.to_graph())
    assert again.labels == topology.labels
    assert again.node_router.tolist() == topology.node_router.tolist()
    assert again.channels[:, [0, 2, 4]].tolist() == sorted(topology.channels[:, [0, 2, 4]].tolist())
    assert nx.utils.graphs_equal(again.to_graph(), topology.to_graph())


def test_a_graph_has_its_nodes_first_then_its_neighbours() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph(name="three")
    graph.add_node("a", nodes=[0, 2])
    graph.add_node("b", nodes=[1])
    graph.add_node("c")
    graph.add_edge("a", "c", latency=4)
    graph.add_edge("a", "b")
    graph.add_edge("c", "a")
    graph.add_edge("b", "c")
    topology = Topology.from_graph(graph)
    assert (topology.name, topology.labels, topology.nodes) == ("three", ("a", "b", "c"), 3)
    assert topology.node_router.tolist() == [0, 1, 0]
    assert topology.node_port.tolist() == [0, 0, 1]
    assert topology.ports.tolist() == [4, 2, 2]
    assert [Channel(*row) for row in topology.channels.tolist()] == [
        Channel(0, 2, 1, 1, 1),
        Channel(0, 3, 2, 0, 4),
        Channel(1, 1, 2, 1, 1),
        Channel(2, 0, 0, 2, 1),
    ]
    assert topology.by_output()[0].tolist() == [-1, -1, 0, 1]
    assert topology.say(1) == "a -> c"


def test_an_undirected_graph_has_channels_both_ways_and_a_node_a_router() -> None:
    topology = Topology.from_graph(nx.path_graph(3))
    assert topology.node_router.tolist() == [0, 1, 2]
    assert joined(topology) == {(0, 1): (1, 1), (1, 1): (0, 1), (1, 2): (2, 1), (2, 1): (1, 2)}


def graph_with(**edge: Any) -> nx.DiGraph[int]:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_edge(0, 1, **edge)
    return graph


def nodes_at(*nodes: list[int]) -> nx.Graph[int]:
    graph: nx.Graph[int] = nx.path_graph(len(nodes))
    for router, one in enumerate(nodes):
        graph.nodes[router]["nodes"] = one
    return graph


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (graph_with(latency=0), "graph: latency of 0 -> 1 must be 1 to 1,024 cycles, not 0"),
        (graph_with(latency=2000), "must be 1 to 1,024 cycles, not 2000"),
        (graph_with(latency=1 << 40), "must be a whole number of cycles, not 1099511627776"),
        (graph_with(latency="4"), "must be a whole number of cycles, not '4'"),
        (graph_with(latency=1.5), "must be a whole number of cycles, not 1.5"),
        (nx.MultiGraph([(0, 1), (0, 1)]), "graph: two routers are joined by one channel each way"),
        (nx.DiGraph([(0, 1), (1, 1)]), "graph: router 1 is joined to itself"),
        (nx.DiGraph(), "graph: routers must number 1 to 65,536, not 0"),
        (nodes_at([0], [2]), "graph: node 1 is missing: there is a node 2"),
        (nodes_at([0, 1], [1]), "graph: node 1 is at two routers"),
    ],
)
def test_a_graph_that_is_no_network_is_refused(graph: Any, message: str) -> None:
    with pytest.raises(TopologyError, match=message):
        Topology.from_graph(graph)


def test_a_channel_at_a_taken_or_missing_port_is_refused() -> None:
    good = mesh(2)

    def spoilt(row: int, column: int, value: int) -> Topology:
        channels = good.channels.copy()
        channels[row, column] = value
        return Topology(
            "spoilt", good.labels, good.ports, good.node_router, good.node_port, channels
        )

    with pytest.raises(TopologyError, match=r"spoilt: output 4 of router \(0,0\) is taken twice"):
        spoilt(0, 1, 4)
    with pytest.raises(TopologyError, match=r"router \(1,0\) has 5 ports, not input 7"):
        spoilt(0, 3, 7)


def test_a_grid_of_no_or_too_many_routers_is_refused() -> None:
    with pytest.raises(TopologyError, match="mesh 0x0: a dimension must be 1 router or more"):
        mesh(0)
    with pytest.raises(TopologyError, match="must number 65,536 or less, not 1,000,000"):
        mesh(1000)
    with pytest.raises(TopologyError, match="must number 65,536 or less"):
        mesh(10**12, 40)


def test_two_channels_between_two_routers_have_no_graph() -> None:
    with pytest.raises(TopologyError, match=r"\(0\) -> \(1\) are two channels; a graph has one"):
        torus(2, 1).to_graph()
