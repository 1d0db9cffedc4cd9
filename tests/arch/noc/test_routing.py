# SPDX-License-Identifier: Apache-2.0
"""Routings: every packet arrives, by a shortest way where that is promised, and none deadlocks."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardlane.noc.deadlock import check, dependencies, find_circle
from guardlane.noc.grid_routing import dimension_order, odd_even, west_first
from guardlane.noc.grids import cmesh, grid, mesh, ring, torus
from guardlane.noc.path_routing import shortest_path, up_down
from guardlane.noc.routing import INHERIT, KIND, MASK, PLAIN, TOSS, RouteTable, RoutingError
from guardlane.noc.routings import ROUTINGS, route
from guardlane.noc.topology import Topology
from tests.arch.noc.walks import all_walks, cycles, waits, walks

SMALL = {
    "dimension-order": [mesh(4), mesh(3, 3), torus(4), torus(5), torus(2, 3), ring(6), cmesh(2)],
    "west-first": [mesh(4), cmesh(2), grid((5, 2))],
    "odd-even": [mesh(4), mesh(5), cmesh(2), grid((5, 2))],
    "table": [mesh(4), cmesh(2), ring(3), Topology.from_graph(nx.balanced_tree(2, 3))],
    "table-adaptive": [
        Topology.from_graph(nx.balanced_tree(2, 3)),
        Topology.from_graph(nx.complete_graph(5)),
    ],
    "up-down": [mesh(4), torus(4), ring(6), cmesh(2), Topology.from_graph(nx.petersen_graph())],
}
CASES = [(name, topology) for name, found in SMALL.items() for topology in found]
IDS = [f"{name} on {topology.name}" for name, topology in CASES]


def random_network(draw: st.DrawFn) -> Topology:
    """Draw a connected network with channels in pairs, latencies and uneven nodes."""
    routers = draw(st.integers(2, 7))
    graph = nx.random_labeled_tree(routers, seed=draw(st.integers(0, 10**6)))
    for a in range(routers):
        for b in range(a):
            if draw(st.booleans()):
                graph.add_edge(a, b)
    for edge in graph.edges:
        graph.edges[edge]["latency"] = draw(st.integers(1, 5))
    held = [draw(st.integers(0, 2)) for _ in range(routers)]
    held[0] = max(held[0], 1)
    first = np.cumsum([0, *held])
    for router in range(routers):
        graph.nodes[router]["nodes"] = list(range(first[router], first[router + 1]))
    return Topology.from_graph(graph, "random")


networks = st.composite(random_network)()


def shortest(topology: Topology) -> dict[int, dict[int, float]]:
    """Value of the cycles from router to router, by networkx."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(topology.routers))
    for a, _, b, _, latency in topology.channels.tolist():
        graph.add_edge(a, b, latency=latency)
    return dict(nx.all_pairs_dijkstra_path_length(graph, weight="latency"))


def assert_shortest(table: RouteTable) -> None:
    topology = table.topology
    far = shortest(topology)
    for source, goal, held in all_walks(table):
        ends = int(topology.node_router[source]), int(topology.node_router[goal])
        assert cycles(topology, held) == far[ends[0]][ends[1]]


def test_small_cases_cover_every_routing() -> None:
    assert set(SMALL) == set(ROUTINGS)


@pytest.mark.parametrize(("name", "topology"), CASES, ids=IDS)
def test_every_packet_arrives_and_its_channels_wait_in_no_circle(
    name: str, topology: Topology
) -> None:
    table = route(topology, name)
    arrived = {(source, goal) for source, goal, _ in all_walks(table)}
    assert len(arrived) == topology.nodes**2
    oracle: nx.DiGraph[tuple[int, int]] = nx.DiGraph(sorted(waits(table)))
    assert nx.is_directed_acyclic_graph(oracle)


@pytest.mark.parametrize(("name", "topology"), CASES, ids=IDS)
def test_what_waits_for_what_is_what_packets_do(name: str, topology: Topology) -> None:
    table = ROUTINGS[name](topology)
    assert set(dependencies(table).edges) == waits(table)


@pytest.mark.parametrize(
    ("name", "topology"),
    [case for case in CASES if case[0] != "up-down"],
    ids=[one for one in IDS if not one.startswith("up-down")],
)
def test_all_but_up_down_go_by_shortest_ways(name: str, topology: Topology) -> None:
    assert_shortest(ROUTINGS[name](topology))


@settings(max_examples=60, deadline=None)
@given(networks)
def test_up_down_never_turns_up_again_in_any_network(topology: Topology) -> None:
    table = up_down(topology)
    check(table)
    tree = shortest_hops(topology)
    for _, _, held in all_walks(table):
        up = []
        for channel, _ in held:
            source, _, sink, _, _ = topology.channels[channel].tolist()
            up.append((tree[sink], sink) < (tree[source], source))
        assert up == sorted(up, reverse=True)


def shortest_hops(topology: Topology) -> dict[int, int]:
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(topology.routers))
    graph.add_edges_from(topology.channels[:, [0, 2]].tolist())
    return dict(nx.single_source_shortest_path_length(graph, 0))


def random_grid(draw: st.DrawFn) -> Topology:
    """Draw a mesh or torus of one to three uneven dimensions, with one or more nodes a router."""
    lengths = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    while np.prod(lengths) > 24:
        lengths = lengths[:-1]
    side = draw(st.integers(1, 2)) if np.prod(lengths) <= 9 else 1
    return grid(lengths, wraps=draw(st.booleans()), side=side)


@settings(max_examples=80, deadline=None)
@given(st.composite(random_grid)())
def test_routings_by_coordinates_hold_on_any_grid(topology: Topology) -> None:
    assert topology.grid is not None
    names = ["dimension-order"]
    if len(topology.grid.lengths) == 2 and not topology.grid.wraps:
        names += ["west-first", "odd-even"]
    for name in names:
        table = route(topology, name)
        assert_shortest(table)
        assert {one[:2] for one in all_walks(table)} == set(np.ndindex((topology.nodes,) * 2))
        assert nx.is_directed_acyclic_graph(nx.DiGraph(sorted(waits(table))))


def test_a_packet_that_came_down_stays_down_though_up_is_shorter() -> None:
    graph: nx.Graph[int] = nx.Graph()
    for a, b, latency in ((0, 1, 9), (0, 2, 9), (1, 3, 1), (2, 3, 1), (2, 4, 1), (3, 4, 5)):
        graph.add_edge(a, b, latency=latency)
    topology = Topology.from_graph(graph)
    table = up_down(topology)

    def routers(source: int, goal: int) -> list[int]:
        (held,) = walks(table, source, goal)
        return [int(topology.channels[channel, 2]) for channel, _ in held]

    order = list(graph)
    one, three, four = (order.index(router) for router in (1, 3, 4))
    assert [order[router] for router in routers(one, four)] == [3, 4]  # 6 cycles, not 1 + 1 + 1
    assert [order[router] for router in routers(three, four)] == [2, 4]  # 2 cycles, from above


@settings(max_examples=60, deadline=None)
@given(networks)
def test_tables_are_shortest_in_any_network_and_judged_as_packets_go(topology: Topology) -> None:
    for adaptive in (False, True):
        table = shortest_path(topology, adaptive)
        assert_shortest(table)
        graph = dependencies(table)
        assert set(graph.edges) == waits(table)
        circle = find_circle(graph)
        assert bool(circle) == (not nx.is_directed_acyclic_graph(graph))
        for before, after in zip(circle, [*circle[1:], *circle[:1]], strict=True):
            assert graph.has_edge(before, after)
        assert len(set(circle)) == len(circle)


def test_a_table_on_a_mesh_is_dimension_order() -> None:
    assert [held for _, _, held in all_walks(shortest_path(mesh(4)))] == [
        held for _, _, held in all_walks(dimension_order(mesh(4)))
    ]


def test_west_first_and_odd_even_have_several_ways_and_dimension_order_one() -> None:
    def ways_between(table: RouteTable, source: int, goal: int) -> int:
        return len(list(walks(table, source, goal)))

    assert ways_between(west_first(mesh(4)), 0, 15) == 20  # all: 6 over 3
    assert ways_between(west_first(mesh(4)), 15, 0) == 1
    assert 1 < ways_between(odd_even(mesh(4)), 0, 15) < 20
    assert 1 < ways_between(odd_even(mesh(4)), 15, 0) < 20
    assert ways_between(dimension_order(mesh(4)), 0, 15) == 1
    assert west_first(mesh(4)).is_adaptive
    assert not west_first(grid((4, 1))).is_adaptive  # there is nothing to choose
    assert len(dimension_order(mesh(4)).choices) == 5
    assert not dimension_order(torus(4)).is_adaptive


def test_odd_even_obeys_the_turn_model() -> None:
    topology = mesh(5)
    places = topology.grid.coordinates() if topology.grid else None
    assert places is not None
    for (before, _), (after, _) in sorted(waits(odd_even(topology))):
        turn = topology.channels[before, 1], topology.channels[after, 1]
        column = places[topology.channels[before, 2], 0]
        if turn in ((0, 2), (0, 3)):
            assert column % 2 == 1  # from east
        if turn in ((2, 1), (3, 1)):
            assert column % 2 == 0  # to west


def test_rings_toss_a_coin_on_ties_and_keep_the_class_taken_on_entering() -> None:
    table = dimension_order(torus(4))

    def choice(router: int, port: int, goal: int) -> list[int]:
        row = table.rows[router, port]
        return [int(one) for one in table.choices[table.routes[row, goal]]]

    up, down = 1, 1 << 2  # two classes: a port has two bits
    assert choice(0, 4, 1) == [PLAIN, up, 0]
    assert choice(0, 4, 2) == [TOSS, up, down]
    assert choice(2, 4, 0) == [TOSS, up << 1, down << 1]  # above its destination: class 1
    assert choice(3, 4, 0) == [PLAIN, up << 1, 0]
    assert choice(0, 4, 3) == [PLAIN, down, 0]
    assert choice(1, 1, 2) == [INHERIT, up, 0]  # came in from below: goes on
    assert choice(1, 0, 0) == [INHERIT, down, 0]
    assert choice(5, 4, 5) == [PLAIN, 3 << 8, 0]  # out, in any VC
    assert not np.any(table.choices[:, KIND] == TOSS, where=table.choices[:, MASK] == 0)


@pytest.mark.parametrize(
    ("name", "topology", "message"),
    [
        ("west-first", torus(4), "west-first needs a mesh of two dimensions, not torus 4x4"),
        ("odd-even", mesh(3, 3), "odd-even needs a mesh of two dimensions, not mesh 3x3x3"),
        (
            "dimension-order",
            Topology.from_graph(nx.path_graph(3)),
            "dimension-order needs routers on a grid; graph has none",
        ),
        ("xy", mesh(2), "routing must be one of dimension-order, west-first, .* not 'xy'"),
        (
            "table",
            Topology.from_graph(nx.DiGraph([(0, 1)])),
            "table on graph: no path leads from router 1 to node 0",
        ),
        (
            "up-down",
            Topology.from_graph(nx.DiGraph([(0, 1), (1, 2), (2, 0)])),
            "up-down on graph: 0 -> 1 has no channel back",
        ),
        *(
            (name, mesh(100), "the table must have 33,554,432 entries or less, not [12]00,000,000")
            for name in ("dimension-order", "west-first", "odd-even", "table")
        ),
        ("dimension-order", torus(64), "33,554,432 entries or less, not 83,886,080"),
        (
            "table",
            Topology.from_graph(nx.star_graph(70)),
            "ports times VC classes must be 63 or less, not 71 x 1",
        ),
    ],
)
def test_a_routing_that_does_not_fit_is_refused(
    name: str, topology: Topology, message: str
) -> None:
    with pytest.raises(RoutingError, match=message):
        route(topology, name)


def test_the_root_of_up_down_is_a_router() -> None:
    with pytest.raises(RoutingError, match="root must be a router, 0 to 15, not 16"):
        up_down(mesh(4), root=16)


def test_vc_classes_share_out_the_vcs() -> None:
    table = dimension_order(torus(5))
    assert [table.vc_range(k, 8) for k in range(2)] == [range(4), range(4, 8)]
    assert [table.vc_range(k, 3) for k in range(2)] == [range(1), range(1, 3)]
    assert dimension_order(mesh(3)).vc_range(0, 3) == range(3)
    with pytest.raises(RoutingError, match="on torus 5x5 needs 2 VCs or more, not 1"):
        table.vc_range(0, 1)


def test_one_router_alone_and_nodes_at_one_router_need_no_channels() -> None:
    for topology in (mesh(1), cmesh(1)):
        for name in ("dimension-order", "table", "up-down", "odd-even"):
            table = route(topology, name)
            assert len(list(all_walks(table))) == topology.nodes**2


@pytest.mark.parametrize(
    ("topology", "most"), [(mesh(32), 3 << 20), (torus(32), 11 << 20)], ids=["mesh", "torus"]
)
def test_tables_of_1024_routers_stay_small(topology: Topology, most: int) -> None:
    table = dimension_order(topology)
    assert table.routes.nbytes + table.rows.nbytes < most
    assert table.routes.shape[1] == 1024
