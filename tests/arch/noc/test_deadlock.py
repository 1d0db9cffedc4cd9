# SPDX-License-Identifier: Apache-2.0
"""Routings that can deadlock or lose packets are refused, with the circle or the place in words."""

from __future__ import annotations

import numpy as np
import pytest

from guardlane.noc.deadlock import DeadlockError, check, dependencies
from guardlane.noc.grid_routing import dimension_order, odd_even
from guardlane.noc.grids import mesh, ring, torus
from guardlane.noc.routing import INHERIT, KIND, PLAIN, RouteTable, RoutingError
from guardlane.noc.routings import route
from guardlane.noc.topology import Topology
from tests.arch.noc.walks import waits


@pytest.mark.parametrize("topology", [torus(4), torus(5), ring(4)])
def test_a_torus_without_datelines_is_refused_with_the_circle(topology: Topology) -> None:
    with pytest.raises(DeadlockError) as caught:
        check(dimension_order(topology, datelines=False))
    lines = str(caught.value).split("\n")
    assert lines[0].startswith(f"dimension-order without datelines on {topology.name} can deadlock")
    first = lines[1].strip().removesuffix(", which waits for")
    assert lines[-2].strip() == f"{first}, where it began"
    assert len(lines) == 1 + topology.grid.lengths[0] + 2 if topology.grid else False


def test_the_circle_is_said_in_words() -> None:
    with pytest.raises(DeadlockError) as caught:
        route(ring(4), "table")
    assert str(caught.value) == (
        "table on ring of 4 can deadlock; 4 channels wait in a circle:\n"
        "  (0) -> (1), which waits for\n"
        "  (1) -> (2), which waits for\n"
        "  (2) -> (3), which waits for\n"
        "  (3) -> (0), which waits for\n"
        "  (0) -> (1), where it began\n"
        "up-down cannot deadlock, in any network whose channels come in pairs"
    )


@pytest.mark.parametrize("topology", [mesh(3), ring(5), torus(4)])
def test_unrestricted_adaptive_routing_is_refused(topology: Topology) -> None:
    with pytest.raises(DeadlockError, match="table-adaptive on .* can deadlock"):
        route(topology, "table-adaptive")


def test_a_class_that_changes_where_it_should_stay_is_refused() -> None:
    """A dateline that is forgotten behind the first router closes the circle again."""
    table = dimension_order(ring(8))
    choices = table.choices.copy()
    choices[choices[:, KIND] == INHERIT, KIND] = PLAIN
    with pytest.raises(DeadlockError, match="in VC class 0"):
        check(RouteTable("spoilt", table.topology, 2, table.rows, table.routes, choices))


def test_a_table_that_loses_packets_is_refused() -> None:
    table = dimension_order(mesh(3))

    def spoilt(mask: int, goal: int = 2) -> RouteTable:
        choices = np.concatenate([table.choices, [[PLAIN, mask, 0]]])
        routes = table.routes.copy()
        routes[table.rows[1, 0], goal] = len(choices) - 1
        return RouteTable("spoilt", table.topology, 1, table.rows, routes, choices)

    check(spoilt(1))  # as it was
    with pytest.raises(
        RoutingError,
        match=r"router \(1,0\) does not know where to send a packet for node 2",
    ):
        check(spoilt(0))
    with pytest.raises(
        RoutingError, match=r"router \(1,0\) sends a packet for node 2 to port 3, which does not"
    ):
        check(spoilt(1 << 3))
    with pytest.raises(RoutingError, match="to port 4, which does not lead there"):
        check(spoilt(1 << 4))


def test_a_packet_from_a_node_has_no_class_to_inherit() -> None:
    table = dimension_order(ring(5))
    choices = table.choices.copy()
    choices[choices[:, KIND] == PLAIN, KIND] = INHERIT
    with pytest.raises(RoutingError, match="a packet from node 0 to 0 has no VC class to stay in"):
        check(RouteTable("spoilt", table.topology, 2, table.rows, table.routes, choices))


@pytest.mark.parametrize("most", [1, 100, 1000])
def test_destinations_may_be_followed_a_few_at_a_time(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guardlane.noc.deadlock.MOST_FOLLOWED", most)
    for table in (dimension_order(torus(4)), odd_even(mesh(4))):
        assert set(dependencies(table).edges) == waits(table)
