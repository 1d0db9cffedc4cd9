# SPDX-License-Identifier: Apache-2.0
"""Packets offered from outside arrive when the pipeline says, however time is let pass."""

from __future__ import annotations

from random import Random

import pytest

from guardlane.errors import GuardlaneError
from guardlane.noc.flit_network import Delivery, FlitNetwork, Packet
from guardlane.noc.grid_routing import dimension_order
from guardlane.noc.grids import mesh, torus
from guardlane.noc.router import Router
from tests.arch.noc.audit import check_books


@pytest.mark.parametrize(
    "router",
    [
        Router(),
        Router(routing_delay=0, credit_delay=2),
        Router(routing_delay=3, vc_alloc_delay=2, switch_alloc_delay=4, traversal=5),
    ],
)
def test_lookahead_is_the_least_latency_and_not_a_cycle_more(router: Router) -> None:
    network = FlitNetwork(dimension_order(mesh(3)), router)
    packet = Packet(4, 4)
    assert network.offer(packet, 10)
    due = 10 + network.lookahead()
    assert list(network.advance(due - 1)) == []
    assert network.in_flight() == 1
    assert list(network.advance(due)) == [Delivery(due, packet)]
    assert network.in_flight() == 0
    assert list(network.advance(due + 100)) == []


def test_what_was_offered_in_a_cycle_may_arrive_while_more_is_offered_in_it() -> None:
    network = FlitNetwork(dimension_order(mesh(3)))
    assert network.offer(Packet(0, 0, tag="first"), 0)
    assert [one.packet.tag for one in network.advance(7)] == ["first"]
    assert network.offer(Packet(0, 0, tag="second"), 7)  # 7 is not over
    assert [(one.cycle, one.packet.tag) for one in network.advance(50)] == [(14, "second")]


def test_every_packet_is_delivered_once_and_time_may_pass_in_any_steps() -> None:
    told = []
    for step in (1, 5, 60):
        random = Random(7)
        network = FlitNetwork(dimension_order(torus(4)), Router(vcs=4, depth=2), replies=True)
        arrived: list[Delivery] = []
        for cycle in range(0, 240, 60):
            for _ in range(40):
                packet = Packet(
                    random.randrange(16),
                    random.randrange(16),
                    random.randrange(1, 9),
                    tag=random.random(),
                    is_reply=random.random() < 0.5,
                )
                assert network.offer(packet, cycle)
            for now in range(cycle, cycle + 60, step):
                arrived += network.advance(now)
        for now in range(240, 2000, step):
            arrived += network.advance(now)
        check_books(network.state)
        assert network.in_flight() == 0
        assert len({one.packet for one in arrived}) == len(arrived) == 160
        assert [one.cycle for one in arrived] == sorted(one.cycle for one in arrived)
        told.append(arrived)
    assert told[0] == told[1] == told[2]


def test_a_source_that_is_full_refuses_and_takes_again_later() -> None:
    network = FlitNetwork(dimension_order(mesh(3)), depth=2)
    taken = [network.offer(Packet(0, 8, 4), 0) for _ in range(3)]
    assert taken == [True, True, False]
    assert not network.offer(Packet(0, 8, 4), 0)
    assert network.offer(Packet(1, 8, 4), 0)  # another source is not full
    assert network.offer(Packet(0, 8, 4), 1)  # one is being sent by now
    assert len(list(network.advance(300))) == 4


def test_what_cannot_be_offered_is_said() -> None:
    network = FlitNetwork(dimension_order(mesh(3)))
    with pytest.raises(
        GuardlaneError, match="destination of a packet must be a node of mesh 3x3, 0"
    ):
        network.offer(Packet(0, 9), 0)
    with pytest.raises(GuardlaneError, match="flits of a packet must be 1 to 65,535, not 0"):
        network.offer(Packet(0, 1, 0), 0)
    with pytest.raises(GuardlaneError, match="without replies has no VCs for a reply"):
        network.offer(Packet(0, 1, is_reply=True), 0)
    list(network.advance(100))
    with pytest.raises(GuardlaneError, match="cycle 99 is over: the network is at cycle 100"):
        network.offer(Packet(0, 1), 99)
    with pytest.raises(GuardlaneError, match="depth of a source must be 1 packet or more, not 0"):
        FlitNetwork(dimension_order(mesh(3)), depth=0)
