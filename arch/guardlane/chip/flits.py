# SPDX-License-Identifier: Apache-2.0
"""The flit network under a chip: announcements become packets of flits, from tile to tile.

A packet is one head flit, which says whose queue it is for, and the words that travel, packed into
flits of the network's width: items, headers and ends alike. Slots that become free, and the end of
a queue, are a head flit alone. Data and space have virtual channels of their own, one each, so that
packets of a queue stay in order.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from guardlane.chip.machine import Flits, Network
from guardlane.chip.network import Delivery, Packet
from guardlane.chip.placement import place
from guardlane.noc.flit_network import FlitNetwork
from guardlane.noc.flit_network import Packet as FlitPacket
from guardlane.noc.grids import mesh, ring, torus
from guardlane.noc.router import Router
from guardlane.noc.routings import route
from guardlane.noc.topology import Topology

Tiles = Mapping[int, tuple[Hashable, Hashable]]  # of each queue, its producer and its consumer


@dataclass
class Traffic:
    """What has been sent: packets and flits of data and of space, and words of data."""

    data_packets: int = 0
    data_flits: int = 0
    words: int = 0
    space_packets: int = 0


class FlitCarrier:
    """The network contract of a chip, kept by routers that move flits."""

    @classmethod
    def of(cls, settings: Network, tiles: Tiles) -> FlitCarrier:
        """Build the network of a machine for queues between `tiles`, numbered as they come."""
        return cls(settings.flits, tiles)

    def __init__(self, flits: Flits, tiles: Tiles) -> None:
        names = list(dict.fromkeys(name for pair in tiles.values() for name in pair))
        number = {name: place for place, name in enumerate(names)}
        self.flits = flits
        self.tiles = {queue: (number[one], number[two]) for queue, (one, two) in tiles.items()}
        self.topology = shape(flits, len(names))
        self.nodes = place(flits.placement, self.topology, self.tiles, len(names))
        table = route(self.topology, "dimension-order")
        router = Router(
            vcs=2 * table.classes,
            depth=flits.depth,
            routing_delay=flits.routing_delay,
            traversal=flits.traversal,
        )
        self.network = FlitNetwork(table, router, depth=flits.waiting, replies=True)
        self.traffic = Traffic()
        self._coming: list[tuple[int, int, Packet]] = []  # (cycle, number): not yet at an interface
        self._offered = 0
        self._now = 0
        self._arrived: list[Delivery] = []

    def packet_flits(self, packet: Packet) -> int:
        """Value of the flits of an announcement: its head, and its words packed."""
        if not packet.forward or not packet.words:
            return 1
        return 1 + -(-packet.words * self.flits.word // self.flits.width)

    def offer(self, packet: Packet, cycle: int) -> bool:
        """Take a packet; it waits at its tile until the interface has room."""
        heappush(self._coming, (cycle, self._offered, packet))
        self._offered += 1
        return True

    def horizon(self, cycle: int) -> int:
        """Let time pass up to `cycle`, or to the first arrival; value of how far it went.

        Nobody may have anything to offer before that arrival.
        """
        while self._now < cycle and not self._arrived:
            if not self.network.in_flight():
                leaves = self._coming[0][0] if self._coming else cycle
                self._now = max(self._now, min(cycle, leaves))
                if self._now == cycle:
                    break
            self._now += 1
            while self._coming and self._coming[0][0] < self._now:
                when, number, packet = heappop(self._coming)
                if not self._leave(packet, when):
                    heappush(self._coming, (when + 1, number, packet))
            for when, sent in self.network.advance(self._now):
                assert isinstance(sent.tag, Packet)
                self._arrived.append(Delivery(when, sent.tag))
        return self._now if self._arrived else cycle

    def advance(self, cycle: int) -> Iterable[Delivery]:
        """Give what arrives up to and including `cycle`, in order of arrival; each packet once.

        Who may answer to what arrives, in time, asks for the `horizon` first.
        """
        found: list[Delivery] = []
        while True:
            reached = self.horizon(cycle)
            found += self._arrived
            self._arrived = []
            if reached >= cycle:
                return found

    def _leave(self, packet: Packet, cycle: int) -> bool:
        """Put a packet into the queue of its tile's interface; False if that is full."""
        producer, consumer = (self.nodes[tile] for tile in self.tiles[packet.queue])
        ends = (producer, consumer) if packet.forward else (consumer, producer)
        flits = self.packet_flits(packet)
        if not self.network.offer(FlitPacket(*ends, flits, packet, not packet.forward), cycle):
            return False
        if packet.forward:
            self.traffic.data_packets += 1
            self.traffic.data_flits += flits
            self.traffic.words += packet.words
        else:
            self.traffic.space_packets += 1
        return True

    def lookahead(self) -> int:
        """Value of the least cycles between an offer and its delivery."""
        return self.network.lookahead()

    def in_flight(self) -> int:
        """Value of the packets taken and not yet delivered."""
        return len(self._coming) + self.network.in_flight() + len(self._arrived)


def shape(flits: Flits, tiles: int) -> Topology:
    """Value of the smallest network of its kind with a node for each of `tiles`.

    A ring, or a square mesh or torus. BookSim2's shapes have three routers a side or more.
    """
    if flits.topology == "ring":
        return ring(max(3, tiles), latency=flits.channel)
    side = 3 if flits.topology == "torus" else 2
    while side * side < tiles:
        side += 1
    make = mesh if flits.topology == "mesh" else torus
    return make(side, latency=flits.channel)


def zero_load(flits: Flits, hops: int, size: int) -> int:
    """Value of the cycles that a packet of `size` flits takes over `hops` routers' channels alone.

    Each router on the way routes, gives a VC and the switch, and lets cross; a channel adds what it
    takes; the first and the last are the interfaces'. Where crossing takes one
    cycle the body follows a flit a cycle; longer crossings go in batches, and a body takes longer.
    """
    router = flits.routing_delay + 1 + 1 + flits.traversal
    return 2 + router * (hops + 1) + flits.channel * hops + 1 + (size - 1)
