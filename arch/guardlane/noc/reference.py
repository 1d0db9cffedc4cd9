# SPDX-License-Identifier: Apache-2.0
"""The network once more, slow and readable: objects and one rule a line. The kernel's oracle.

A cycle: what is due arrives, nodes send, every router decides on the state the cycle began with,
then every router does what it decided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from guardlane.noc.reference_parts import (
    Flit,
    InputVC,
    OutputVC,
    Pointers,
    Request,
    Source,
    Stage,
    allocate,
    earn,
    first_from,
    spend,
)
from guardlane.noc.router import Router
from guardlane.noc.routing import INHERIT, KIND, MASK, RouteTable


class ReferenceNetwork:
    """A network at a cycle, to which packets are offered and which is stepped."""

    def __init__(self, table: RouteTable, router: Router, *, replies: bool = False) -> None:
        self.table, self.router, self.replies = table, router, replies
        topology = table.topology
        self.ports = topology.most_ports
        self.now = 0
        self.channels = {
            (int(c[0]), int(c[1])): (int(c[2]), int(c[3]), int(c[4])) for c in topology.channels
        }
        self.upstream = {(b, q): (a, p, d) for (a, p), (b, q, d) in self.channels.items()}
        self.node_at = {
            (int(r), int(p)): node
            for node, (r, p) in enumerate(
                zip(topology.node_router, topology.node_port, strict=True)
            )
        }
        self.at_node = {node: place for place, node in self.node_at.items()}
        self.routers = [RouterModel(number, self) for number in range(topology.routers)]
        self.sources = [Source(router) for _ in range(topology.nodes)]
        self.due: defaultdict[int, list[Callable[[], None]]] = defaultdict(list)
        self.arrived: dict[int, tuple[int, int]] = {}  # packet: cycle, hops
        self.in_flight = 0

    def step(self) -> None:
        """Let one cycle pass."""
        for happen in self.due.pop(self.now, ()):
            happen()
        for node, source in enumerate(self.sources):
            flit, vc = source.send(self.now, self.vcs_of_kind)
            if flit is not None:
                self._put_in(node, flit, vc)
        for router in self.routers:
            router.decide()
        for router in self.routers:
            router.act()
        self.now += 1

    def _put_in(self, node: int, flit: Flit, vc: int) -> None:
        self.in_flight += 1
        router, port = self.at_node[node]
        self.after(2, lambda: self.routers[router].accept(self.slot(port, vc), flit))

    def after(self, cycles: int, happen: Callable[[], None]) -> None:
        """Let something happen so many cycles from now."""
        self.due[self.now + cycles].append(happen)

    def slot(self, port: int, vc: int) -> int:
        """Value of the number of a VC among those of all ports."""
        return port * self.router.vcs + vc

    def vcs_of_kind(self, is_reply: bool) -> list[int]:
        """Value of the VCs for requests, or for replies."""
        vcs = list(range(self.router.vcs))
        half = (len(vcs) + 1) // 2
        return vcs if not self.replies else vcs[half:] if is_reply else vcs[:half]

    def candidates(self, router: int, slot: int, flit: Flit) -> list[int]:
        """Value of the output slots a head may ask for, by the route table."""
        port, vc = divmod(slot, self.router.vcs)
        row = self.table.rows[router, port]
        choice = self.table.choices[self.table.routes[row, flit.destination]]
        mask, classes = int(choice[MASK]), self.table.classes
        own = self.vcs_of_kind(flit.is_reply)
        if choice[KIND] == INHERIT:
            mask <<= next(
                c for c in range(classes) if own.index(vc) in self.table.vc_range(c, len(own))
            )
        return [
            self.slot(out, own[index])
            for out in range(self.ports)
            for vc_class in range(classes)
            if mask >> (out * classes + vc_class) & 1
            for index in self.table.vc_range(vc_class, len(own))
        ]

    def leave(self, router: int, slot: int, flit: Flit, cycles: int) -> None:
        """Send a flit from an output VC, `cycles` from now, to what is at the other end."""
        port, vc = divmod(slot, self.router.vcs)
        cycles += 1
        if (router, port) in self.node_at:
            self.after(cycles + 1, lambda: self.take_out(router, slot, flit))
        else:
            sink, into, latency = self.channels[router, port]
            self.after(
                cycles + latency, lambda: self.routers[sink].accept(self.slot(into, vc), flit)
            )

    def take_out(self, router: int, slot: int, flit: Flit) -> None:
        """Take a flit out at a node."""
        assert self.node_at[router, slot // self.router.vcs] == flit.destination
        self.in_flight -= 1
        self.after(2 + self.router.credit_delay, lambda: self.routers[router].credit(slot))
        if flit.is_tail:
            self.arrived[flit.packet] = (self.now, flit.hops)

    def give_back(self, router: int, slot: int) -> None:
        """Send a credit for a place in an input buffer to whoever fills it."""
        port, vc = divmod(slot, self.router.vcs)
        if (router, port) in self.node_at:
            source = self.sources[self.node_at[router, port]]
            self.after(2, lambda: source.credit(vc))
        else:
            above, out, latency = self.upstream[router, port]
            cycles = latency + 1 + self.router.credit_delay
            self.after(cycles, lambda: self.routers[above].credit(self.slot(out, vc)))


class RouterModel:
    """One router."""

    def __init__(self, number: int, network: ReferenceNetwork) -> None:
        self.number, self.network, self.router = number, network, network.router
        slots = network.ports * self.router.vcs
        self.inputs = [InputVC() for _ in range(slots)]
        self.outputs = [OutputVC(self.router.depth) for _ in range(slots)]
        self.vc_pointers, self.switch_pointers = Pointers(), Pointers()
        speedup = self.router.input_speedup
        self.routing = Stage(self.router.routing_delay)
        self.crossing = Stage(self.router.traversal)
        self.sent = [-1] * network.ports  # when a flit left each output last
        self.vc_from = [lane % speedup for lane in range(network.ports * speedup)]

    def accept(self, slot: int, flit: Flit) -> None:
        """Put an arriving flit into its buffer."""
        vc = self.inputs[slot]
        vc.flits.append(flit)
        assert len(vc.flits) <= self.router.depth
        if vc.stage == "idle":
            vc.stage, vc.acts_from = "routing", self._routed(self.network.now)

    def credit(self, slot: int) -> None:
        earn(self.outputs[slot], self.router)

    def _routed(self, cycle: int) -> int:
        """Value of when a head that is there from `cycle` on may ask for a VC."""
        return self.routing.start(cycle) + self.router.routing_delay

    def decide(self) -> None:
        """Run both allocators on the state the cycle began with."""
        now = self.network.now
        for slot, vc in enumerate(self.inputs):
            if vc.stage == "routing" and vc.acts_from <= now:
                vc.stage = "asking"
                vc.candidates = self.network.candidates(self.number, slot, vc.flits[0])
        self._decide_vcs(now)
        self._decide_switch(now)
        for vc in self.inputs:  # a VC that was granted cycles ago may have been taken since
            if vc.stage == "asking" and vc.decided and vc.decided[0] == now:
                granted = vc.decided[1]
                if granted is not None and not self.outputs[granted].is_free:
                    vc.decided = (now, None)

    def _bidders(self, stage: str, now: int) -> Mapping[int, InputVC]:
        return {
            slot: vc
            for slot, vc in enumerate(self.inputs)
            if vc.stage == stage and vc.flits and vc.acts_from <= now and vc.decided is None
        }

    def _decide_vcs(self, now: int) -> None:
        bidders = self._bidders("asking", now)
        requests = [
            (i, o) for i, vc in bidders.items() for o in vc.candidates if self.outputs[o].is_free
        ]
        sizes = len(self.inputs), len(self.outputs)
        first = self.router.allocator == "separable-input-first"
        matched = allocate(requests, self.vc_pointers, sizes, first)
        for i, vc in bidders.items():
            vc.decided = (now + self.router.vc_alloc_delay - 1, matched.get(i))

    def _decide_switch(self, now: int) -> None:
        vcs, speedup = self.router.vcs, self.router.input_speedup
        bidders = self._bidders("active", now)
        bids: defaultdict[Request, list[int]] = defaultdict(list)  # by lane and output
        for slot, vc in bidders.items():
            assert vc.holds is not None
            if self.outputs[vc.holds].credits:
                port, index = divmod(slot, vcs)
                bids[port * speedup + index % speedup, vc.holds // vcs].append(index)
        sizes = len(self.vc_from), self.network.ports
        first = self.router.allocator == "separable-input-first"
        matched = allocate(bids, self.switch_pointers, sizes, first)
        winners = {}
        for lane, output in matched.items():
            index = first_from(bids[lane, output], self.vc_from[lane], vcs)
            self.vc_from[lane] = (index + speedup) % vcs
            winners[lane // speedup * vcs + index] = output
        for slot, vc in bidders.items():
            vc.decided = (now + self.router.switch_alloc_delay - 1, winners.get(slot))

    def act(self) -> None:
        """Do what was decided for this cycle; those who lost bid again in the next one."""
        now = self.network.now
        for slot, vc in enumerate(self.inputs):
            if vc.decided is None or vc.decided[0] != now:
                continue
            won, vc.decided, vc.acts_from = vc.decided[1], None, now + 1
            if won is None:
                continue
            if vc.stage == "asking":
                self.outputs[won].owner, self.outputs[won].is_free = slot, False
                self.outputs[won].tail_sent = False
                vc.holds, vc.stage = won, "active"
            else:
                self._cross(slot, vc)

    def _cross(self, slot: int, vc: InputVC) -> None:
        flit, held = vc.flits.popleft(), vc.holds
        assert held is not None
        flit.hops += 1
        spend(self.outputs[held], flit, self.router)
        now, output = self.network.now, held // self.router.vcs
        left = max(self.crossing.start(now + 1) + self.router.traversal - 1, self.sent[output] + 1)
        self.sent[output] = left
        self.network.leave(self.number, held, flit, left - now)
        self.network.give_back(self.number, slot)
        if flit.is_tail:
            vc.holds, vc.stage = None, "idle"
            if vc.flits:
                vc.stage, vc.acts_from = "routing", self._routed(now + 1)
