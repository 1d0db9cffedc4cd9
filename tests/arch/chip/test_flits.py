# SPDX-License-Identifier: Apache-2.0
"""A chip on routers: the same items, flits by the packing rule, cycles that move the right way."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from guardlane.chip.engine import StreamChip
from guardlane.chip.flits import FlitCarrier, Tiles, shape, zero_load
from guardlane.chip.machine import Flits, Machine, Network, Queue
from guardlane.chip.network import Delivery, Packet
from guardlane.chip.placement import partition, place
from guardlane.chip.result import ChipResult
from guardlane.errors import GuardlaneError
from guardlane.faults import Fault
from guardlane.noc.flit_network import FlitNetwork
from guardlane.noc.flit_network import Packet as FlitPacket
from guardlane.noc.grids import grid, mesh
from guardlane.stream import StreamGraph
from tests.arch.chip.small_graphs import chain, diamond

FINE = Queue(depth=16, working_set=4)
CHAIN = {queue: (queue, queue + 1) for queue in range(3)}


def run(
    graph: StreamGraph, guard: str = "commguard", queue: Queue = FINE, **flits: Any
) -> ChipResult:
    network = Network(kind="flit", flits=Flits(**flits))
    return StreamChip(graph, Machine(network=network, queue=queue)).run(guard)


@pytest.mark.parametrize("guard", ["reliable-queue", "commguard", "pass-through"])
@pytest.mark.parametrize("topology", ["mesh", "torus", "ring"])
def test_error_free_outputs_are_those_of_the_fixed_network(topology: str, guard: str) -> None:
    fixed = StreamChip(diamond(), Machine(queue=FINE)).run(guard)
    flit = run(diamond(), guard, topology=topology)
    assert flit.outcome == "completed"
    assert np.array_equal(flit.kept["out"], fixed.kept["out"])
    for name in ("pads", "headers"):
        assert flit.total(name) == fixed.total(name)


@pytest.mark.parametrize("hops", [0, 1, 2, 3])
@pytest.mark.parametrize("words", [1, 2, 7, 64])
def test_an_edge_alone_takes_the_closed_form(hops: int, words: int) -> None:
    flits = Flits()
    carrier = FlitCarrier(flits, {queue: (queue, queue + 1) for queue in range(15)})
    assert carrier.topology.nodes == 16
    carrier.nodes[1] = hops
    size = 1 + -(-words * flits.word // flits.width)
    assert carrier.packet_flits(Packet(0, True, words)) == size
    assert carrier.offer(Packet(0, True, words), 100)
    arrived = list(carrier.advance(1000))
    assert [one.cycle - 100 for one in arrived] == [zero_load(flits, hops, size)]
    assert zero_load(flits, hops, 1) >= carrier.lookahead()


@pytest.mark.parametrize(
    ("changed", "more"),
    [({"channel": 4}, 3), ({"routing_delay": 3}, 4), ({"traversal": 2}, 2)],
)
def test_each_step_of_the_way_counts(changed: dict[str, Any], more: int) -> None:
    """Over one channel, two routers: what a step takes more is felt once a channel or router."""
    arrivals = []
    for flits in (Flits(), Flits(**changed)):
        carrier = FlitCarrier(flits, {0: (0, 1)})
        assert carrier.offer(Packet(0, True, 0), 0)  # the end of a queue, a head alone
        arrivals.append(next(iter(carrier.advance(500))).cycle)
        assert arrivals[-1] == zero_load(flits, 1, 1)
    assert arrivals[1] - arrivals[0] == more


def test_flits_are_items_headers_and_ends_by_the_packing_rule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = Network(kind="flit", flits=Flits(width=42))  # a word a flit
    chip = StreamChip(chain(), Machine(network=network, queue=FINE))
    seen: list[FlitCarrier] = []
    build = FlitCarrier.of

    def kept(settings: Network, tiles: Tiles) -> FlitCarrier:
        seen.append(build(settings, tiles))
        return seen[-1]

    monkeypatch.setattr(FlitCarrier, "of", staticmethod(kept))
    result = chip.run("commguard")
    traffic = seen[-1].traffic
    # four queues of 300 items each, whose headers count one for the end
    assert result.total("headers") == 4 * 11
    assert traffic.words == 4 * 300 + result.total("headers")
    assert traffic.data_flits == traffic.data_packets + traffic.words
    assert seen[-1].in_flight() == 0


def test_contention_shows_in_cycles() -> None:
    """With all tiles in one line, queues share channels that a grid keeps apart."""
    ring = run(diamond(), topology="ring", width=8, placement="0,3,1,4,2,5").cycles
    apart = run(diamond(), topology="mesh", width=8).cycles
    assert ring > apart


def test_narrow_links_long_channels_and_far_tiles_cost_cycles() -> None:
    base = run(chain()).cycles
    assert run(chain(), width=8).cycles > base
    assert run(chain(), channel=20).cycles > base
    assert run(chain(), traversal=10).cycles > base
    near, far = "0,1,2,5,4", "0,8,2,6,4"  # five tiles on a mesh of nine
    assert run(chain(), channel=20, placement=far).cycles > (
        run(chain(), channel=20, placement=near).cycles
    )


def test_tiles_that_share_a_channel_wait_for_each_other() -> None:
    """Two queues over one channel take longer than each of them alone."""
    flits = Flits(width=42, topology="mesh")
    both = FlitCarrier(flits, {0: (0, 1), 1: (0, 1)})
    alone = FlitCarrier(flits, {0: (0, 1)})
    for carrier in (both, alone):
        for _ in range(8):
            assert carrier.offer(Packet(0, True, 16), 0)
    for _ in range(8):
        assert both.offer(Packet(1, True, 16), 0)
    last = [list(carrier.advance(5000))[-1].cycle for carrier in (both, alone)]
    assert last[0] >= 2 * last[1] - 40


def test_packets_of_a_queue_arrive_in_order() -> None:
    carrier = FlitCarrier(Flits(topology="torus", waiting=64), {0: (0, 5), 1: (3, 5)})
    for number in range(40):
        assert carrier.offer(Packet(number % 2, True, 1 + number), number)
    got = list(carrier.advance(20_000))
    for queue in (0, 1):  # both from one tile
        words = [one.packet.words for one in got if one.packet.queue == queue]
        assert words == sorted(words)
        assert len(words) == 20


def test_packets_wait_at_a_full_interface_and_none_is_lost() -> None:
    arrivals = []
    for waiting in (1, 64):
        carrier = FlitCarrier(Flits(waiting=waiting), {0: (0, 1)})
        for number in range(30):
            assert carrier.offer(Packet(0, True, 8), number)
        got = list(carrier.advance(10_000))
        assert len(got) == 30
        assert carrier.in_flight() == 0
        arrivals.append(got[-1].cycle)
    assert arrivals[0] >= arrivals[1]


def test_offers_out_of_order_and_steps_of_any_length_give_the_same_deliveries() -> None:
    found = []
    for step in (1, 7, 1000):
        carrier = FlitCarrier(Flits(), {0: (0, 1), 1: (1, 2), 2: (2, 0)})
        for cycle in (9, 3, 5, 3, 8, 4):
            assert carrier.offer(Packet(cycle % 3, True, cycle), cycle)
        got: list[Delivery] = []
        for now in range(0, 2000, step):
            got += carrier.advance(now)
        found.append(got)
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 6


def test_a_fault_has_the_same_outcome_with_any_quantum() -> None:
    network = Network(kind="flit")
    chip = StreamChip(diamond(), Machine(network=network, queue=FINE))
    fault = [Fault.parse("fork@300:extra-push.0")]
    one, *others = (
        chip.run("commguard", faults=fault, quantum=quantum) for quantum in (1, 7, 1000)
    )
    assert one.fault_events
    for other in others:
        assert one.statistics == other.statistics
        assert np.array_equal(one.kept["out"], other.kept["out"])


def test_the_partition_puts_a_chain_nearer_than_a_shuffle_does() -> None:
    order = [7, 2, 14, 5, 0, 11, 9, 3, 12, 6, 15, 1, 8, 13, 4, 10]
    tiles = {n: (order[n], order[n + 1]) for n in range(15)}
    where = mesh(4).grid
    assert where is not None
    at = where.coordinates()

    def hops(nodes: list[int]) -> int:
        return sum(int(abs(at[nodes[a]] - at[nodes[b]]).sum()) for a, b in tiles.values())

    found = partition(mesh(4), tiles, 16)
    assert sorted(found) == list(range(16))
    assert found == partition(mesh(4), tiles, 16)
    assert hops(found) < 0.7 * hops(list(range(16)))


@pytest.mark.parametrize("tiles", [5, 7, 9])
def test_an_odd_number_of_tiles_has_a_node_each(tiles: int) -> None:
    topology = mesh(3)
    found = partition(topology, {n: (n, n + 1) for n in range(tiles - 1)}, tiles)
    assert len(set(found)) == tiles
    assert set(found) <= set(range(topology.nodes))


def test_nodes_are_cut_across_their_longer_side() -> None:
    """Two groups that know only themselves come to lie one after the other, not side by side."""
    groups = [[n for n in range(16) if n % 2 == group] for group in (0, 1)]
    pairs = [pair for group in groups for pair in combinations(group, 2)]
    topology = grid((2, 8))
    assert topology.grid is not None
    where = topology.grid.coordinates()
    found = partition(topology, dict(enumerate(pairs)), 16)
    rows = [{int(where[found[tile]][1]) for tile in group} for group in groups]
    assert sorted(map(sorted, rows)) == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_data_goes_to_the_consumer_and_space_to_the_producer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[tuple[int, int, bool]] = []

    def offer(network: FlitNetwork, packet: FlitPacket, cycle: int) -> bool:
        sent.append((packet.source, packet.destination, packet.is_reply))
        return True

    carrier = FlitCarrier(Flits(placement="3,1"), {0: ("one", "two")})
    monkeypatch.setattr(FlitNetwork, "offer", offer)
    for forward in (True, False):
        assert carrier.offer(Packet(0, forward, 4), 0)
    assert not list(carrier.advance(10))
    assert sent == [(3, 1, False), (1, 3, True)]


def test_networks_are_the_smallest_that_hold_the_tiles() -> None:
    assert [shape(Flits(), tiles).nodes for tiles in (2, 4, 5, 10)] == [4, 4, 9, 16]
    assert shape(Flits(topology="ring"), 7).nodes == 7


@pytest.mark.parametrize(
    ("placement", "said"),
    [
        ("0,1", "placement must be order, partition, or 4 nodes with commas between them"),
        ("near", "not 'near'"),
        ("0,1,2,2", "node 2 is given twice; .* has 0 to 3"),
        ("0,1,2,4", "node 4 is not there; .* has 0 to 3"),
    ],
)
def test_placements_that_cannot_be_are_refused(placement: str, said: str) -> None:
    with pytest.raises(GuardlaneError, match=said):
        place(placement, mesh(2), CHAIN, 4)
