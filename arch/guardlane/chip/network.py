# SPDX-License-Identifier: Apache-2.0
"""The network contract of a chip, and the simplest network that keeps it: a fixed latency.

What travels are announcements: `words` words of a queue became readable at the consumer's tile, or
as many slots became free for the producer. A network brings them in order per queue and direction.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import NamedTuple, Protocol


class Packet(NamedTuple):
    """One announcement: `words` of queue `queue`, forward (data) or backward (space)."""

    queue: int
    forward: bool
    words: int


class Delivery(NamedTuple):
    """A packet and the cycle in which it arrived."""

    cycle: int
    packet: Packet


class Network(Protocol):
    """What a researcher implements to bring an own network (entry point `guardlane.networks`).

    Built by `factory(latency, tiles)`, `tiles[queue] = (producer, consumer)`; where the factory has
    `of`, by `factory.of(settings, tiles)` with all settings of `machine.network`.
    """

    def offer(self, packet: Packet, cycle: int) -> bool:
        """Take a packet at `cycle`, or say False: it is then offered again a cycle later."""
        ...

    def advance(self, cycle: int) -> Iterable[Delivery]:
        """Give what arrives up to and including `cycle`, in order of arrival; each packet once."""
        ...

    def lookahead(self) -> int:
        """Value of the least cycles, 1 or more, between an offer and its delivery."""
        ...

    def in_flight(self) -> int:
        """Value of the packets taken and not yet delivered.

        A network in which packets meet has a method `horizon(cycle) -> int` besides: how far, up to
        `cycle`, time may pass until something arrives. No offer then comes from before it.
        """
        ...


class FixedLatency:
    """Every packet arrives `latency` cycles after it was offered; nothing is ever refused."""

    def __init__(self, latency: int, tiles: object = None) -> None:
        if latency < 1:
            raise ValueError(f"latency of the network must be 1 cycle or more, not {latency}")
        self._latency = latency
        self._coming: list[tuple[int, int, Packet]] = []
        self._offered = 0

    def offer(self, packet: Packet, cycle: int) -> bool:
        heappush(self._coming, (cycle + self._latency, self._offered, packet))
        self._offered += 1
        return True

    def advance(self, cycle: int) -> Iterable[Delivery]:
        while self._coming and self._coming[0][0] <= cycle:
            when, _, packet = heappop(self._coming)
            yield Delivery(when, packet)

    def lookahead(self) -> int:
        return self._latency

    def in_flight(self) -> int:
        return len(self._coming)
