# SPDX-License-Identifier: Apache-2.0
"""The network as others use it: packets are offered, time is let pass, deliveries are fetched.

Time belongs to the caller, who may step by cycles or by thousands: what happens is the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import NamedTuple

import numpy as np

from guardlane.errors import GuardlaneError
from guardlane.noc import words as w
from guardlane.noc.elaborate import elaborate
from guardlane.noc.loop import advance
from guardlane.noc.packets import queue_packet, report_due
from guardlane.noc.router import Router
from guardlane.noc.routing import RouteTable
from guardlane.noc.state import State
from guardlane.noc.traffic import MOST_SIZE

INJECTION = 2  # cycles from a source to its router


class Packet(NamedTuple):
    """`flits` flits from a node to a node; `tag` comes back with the delivery."""

    source: int
    destination: int
    flits: int = 1
    tag: Hashable = None
    is_reply: bool = False


class Delivery(NamedTuple):
    """A packet, and the cycle in which its tail arrived."""

    cycle: int
    packet: Packet


class FlitNetwork:
    """A network at a cycle, to which packets are offered.

    `depth`: packets that may wait at a source, the one that is being sent not counted. With
    `replies` requests and replies have VCs of their own, so that neither waits for the other.
    """

    def __init__(
        self,
        table: RouteTable,
        router: Router | None = None,
        *,
        depth: int = 16,
        replies: bool = False,
    ) -> None:
        if depth < 1:
            raise GuardlaneError(f"depth of a source must be 1 packet or more, not {depth}")
        self._table, self._router, self._depth = table, router or Router(), depth
        state = elaborate(table, self._router, replies=replies)
        packets = len(state.unused)
        state.k[w.REPORTS] = 1
        self._state = state._replace(reports=np.zeros(2 * packets, np.int64))
        self._packets: dict[int, Packet] = {}
        self._arrived: list[Delivery] = []
        self._offered = 0
        self._replies = replies

    @property
    def state(self) -> State:
        """Value of the arrays of the network, for counts; the network goes on changing them."""
        return self._state

    @property
    def now(self) -> int:
        """Value of the cycle that is next to pass."""
        return int(self._state.k[w.NOW])

    def offer(self, packet: Packet, cycle: int) -> bool:
        """Put a packet into its source's queue at `cycle`; False if that is full.

        What was to arrive before `cycle` is kept for `advance`. Raises GuardlaneError for a node
        that is not there, a size of no flits, and a cycle that has passed.
        """
        self._check(packet, cycle)
        self._pass(cycle)
        s = self._state
        if s.n[packet.source * w.NODE_RECORD + w.QUEUED] >= self._depth or not s.k[w.FREE_PACKETS]:
            return False
        flags = (
            w.RECORDED
            | (w.IS_REPLY if packet.is_reply else 0)
            | ((packet.flits - 1) << w.SIZE_SHIFT)
            | (packet.destination << w.TO_SHIFT)
            | (packet.source << w.FROM_SHIFT)
        )
        queue_packet(s.k, s.n, s.p, s.unused, s.sources, cycle, flags, self._offered)
        self._packets[self._offered] = packet
        self._offered += 1
        return True

    def advance(self, cycle: int) -> Iterator[Delivery]:
        """Give what arrives up to and including `cycle`, in order of arrival; each packet once."""
        self._pass(cycle)
        s = self._state
        if self.now == cycle:
            report_due(s.k, s.fe, s.p, s.reports)
            self._fetch()
        arrived, self._arrived = self._arrived, []
        return iter(arrived)

    def lookahead(self) -> int:
        """Value of the least cycles between an offer and its delivery: one router, one flit."""
        router = self._router
        pipeline = router.routing_delay + router.vc_alloc_delay + router.switch_alloc_delay
        return INJECTION + pipeline + router.traversal + 1

    def in_flight(self) -> int:
        """Value of the packets taken and not yet given by `advance`."""
        return len(self._packets) + len(self._arrived)

    def _pass(self, until: int) -> None:
        """Let all cycles before `until` pass."""
        if until > self.now:
            advance(*self._state, until)
            self._fetch()

    def _fetch(self) -> None:
        k = self._state.k
        found = self._state.reports[: 2 * int(k[w.REPORTED])].reshape(-1, 2).tolist()
        k[w.REPORTED] = 0
        self._arrived += [Delivery(when, self._packets.pop(tag)) for tag, when in found]

    def _check(self, packet: Packet, cycle: int) -> None:
        nodes = self._table.topology.nodes
        for what, node in (("source", packet.source), ("destination", packet.destination)):
            if not 0 <= node < nodes:
                raise GuardlaneError(
                    f"{what} of a packet must be a node of {self._table.topology.name}, 0 to "
                    f"{nodes - 1}, not {node}"
                )
        if not 1 <= packet.flits <= MOST_SIZE:
            raise GuardlaneError(
                f"flits of a packet must be 1 to {MOST_SIZE:,}, not {packet.flits}"
            )
        if packet.is_reply and not self._replies:
            raise GuardlaneError("a network without replies has no VCs for a reply")
        if cycle < self.now:
            raise GuardlaneError(f"cycle {cycle} is over: the network is at cycle {self.now}")
