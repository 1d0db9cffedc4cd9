# SPDX-License-Identifier: Apache-2.0
"""From a route table and a router to the flat arrays of an empty network."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.noc import words as w
from guardlane.noc.router import Router
from guardlane.noc.routing import BITS, RouteTable, RoutingError
from guardlane.noc.source import DUE_TURNS, NEVER
from guardlane.noc.state import State
from guardlane.noc.topology import Topology

Words = npt.NDArray[np.int64]
_PERIOD = 1000  # cycles, as BookSim2's sample_period


def elaborate(table: RouteTable, router: Router, *, replies: bool = False) -> State:
    """Lay out an empty network at cycle 0, whose sources send only what is put in their queues.

    With `replies` the VCs are shared between requests and replies, half and half. Raises
    GuardlaneError for a network that is too large for a router's 63 VCs.
    """
    topology = table.topology
    ports, vcs = topology.most_ports, router.vcs
    if ports * vcs > w.SLOTS - 1 or ports > w.MOST_PORTS:
        raise GuardlaneError(
            f"{topology.name}: ports times VCs of a router must be {w.SLOTS - 1} or less and ports "
            f"{w.MOST_PORTS} or less, not {ports} x {vcs}"
        )
    k = _constants(table, router, replies)
    r = _routers(table, router)
    n = _nodes(topology, router)
    packets = topology.nodes * 64 + topology.routers * ports * vcs * router.depth
    k[w.FREE_PACKETS] = packets
    turns = int(k[w.WHEEL_MASK]) + 1
    places = topology.routers * w.SLOTS
    tosses = bool(k[w.TOSSES])
    return State(
        k=k,
        r=r.ravel(),
        b=np.zeros(places * router.depth, np.int64),
        g=np.zeros(2 * w.SLOTS, np.int64),
        fe=np.zeros(turns * int(k[w.FLIT_STRIDE]), np.int64),
        ce=np.zeros(turns * int(k[w.CREDIT_STRIDE]), np.int64),
        he=np.zeros(turns * int(k[w.HEAD_STRIDE]), np.int64),
        le=np.zeros(max(1, turns * int(k[w.LATE_STRIDE])), np.int64),
        busy=np.zeros(-(-topology.routers // 64), np.int64),
        sources=np.zeros(-(-topology.nodes // 64), np.int64),
        due=np.zeros(DUE_TURNS, np.int64),
        n=n.ravel(),
        p=np.zeros(packets * w.PACKET_RECORD, np.int64),
        unused=np.arange(packets, dtype=np.int64)[::-1].copy(),
        reports=np.zeros(2, np.int64),
        trace=np.zeros(2 * w.TRACE_RECORD, np.int64),
        dependents=np.zeros(1, np.int64),
        routes=table.routes.ravel(),
        choices=table.choices.ravel(),
        tables=_tables(table, router, replies),
        order=np.zeros(2 * places if tosses else 2, np.int64),
        coins=np.zeros(topology.routers * ports * vcs + 1 if tosses else 1, np.int64),
        random=np.zeros((2, 101), np.int64),
        gaps=np.zeros(1, np.float64),
        periods=np.zeros(w.PERIOD_RECORD, np.int64),
        targets=np.zeros(1, np.int64),
    )


def _constants(table: RouteTable, router: Router, replies: bool) -> Words:
    topology = table.topology
    ports = topology.most_ports
    kinds = 2 if replies else 1
    if ports * table.classes * kinds > BITS or router.vcs < table.classes * kinds:
        raise RoutingError(
            f"{table.name} on {topology.name}: {table.classes * kinds} VC classes need as many "
            f"VCs, not {router.vcs}, and {BITS // ports} or fewer at {ports} ports"
        )
    longest = int(topology.channels[:, 4].max(initial=1))
    delays = 4 * router.traversal + longest + router.credit_delay + 2 * router.routing_delay + 4
    delays = max(delays, router.vc_alloc_delay, router.switch_alloc_delay)
    inputs = topology.routers * ports
    late = router.vc_alloc_delay > 1 or router.switch_alloc_delay > 1
    k = np.zeros(w.CONSTANTS, np.int64)
    for column, value in (
        (w.PORTS, ports),
        (w.VCS, router.vcs),
        (w.SPEEDUP, router.input_speedup),
        (w.LANES, ports * router.input_speedup),
        (w.SLOTS_USED, ports * router.vcs),
        (w.RECIPROCAL, (1 << 16) // router.vcs + 1),
        (w.ROUTING_DELAY, router.routing_delay),
        (w.CREDIT_DELAY, router.credit_delay),
        (w.TRAVERSAL, router.traversal),
        (w.DEPTH, router.depth),
        (w.WAIT_FOR_TAIL, router.wait_for_tail_credit),
        (w.WHEEL_MASK, (1 << delays.bit_length()) - 1),
        (w.PLACES, topology.routers * w.SLOTS),
        (w.NODES, topology.nodes),
        (w.FLIT_STRIDE, 2 * (len(topology.channels) + 2 * topology.nodes) + 1),
        (w.CREDIT_STRIDE, inputs * router.input_speedup + topology.nodes + 1),
        (w.HEAD_STRIDE, inputs * (router.input_speedup + 1) + 1),
        (w.LATE_STRIDE, 4 * inputs * router.vcs + 1 if late else 0),
        (w.REPLY_SHIFT, ports * table.classes),
        (w.REPLY_VCS, _reply_vcs(router.vcs) if replies else 0),
        (w.PERIOD, _PERIOD),
        (w.PERIOD_END, _PERIOD),
        (w.PERIODS, 1),
        (w.RECORD_TO, NEVER),
        (w.STOP_AFTER, NEVER),
        (w.MODE, w.QUEUES),
        (w.SKIPS, 1),
        (w.TOSSES, bool(np.any(table.choices[:, 0] == w.TOSS))),
        (w.VC_DELAY, router.vc_alloc_delay),
        (w.SWITCH_DELAY, router.switch_alloc_delay),
        (w.INPUT_FIRST, router.allocator == "separable-input-first"),
        (w.DRAINED, topology.nodes),
    ):
        k[column] = value
    return k


def _reply_vcs(vcs: int) -> int:
    """Value of the VCs of replies as a set: the upper half."""
    return ((1 << vcs) - 1) & -(1 << ((vcs + 1) // 2))


def _routers(table: RouteTable, router: Router) -> Words:
    topology, vcs = table.topology, router.vcs
    used = topology.most_ports * vcs
    r = np.zeros((topology.routers, w.ROUTER), np.int64)
    r[:, w.FREE] = (1 << used) - 1
    r[:, w.ROUTING_FROM] = -1 - router.routing_delay
    r[:, w.CROSSING_FROM] = -1 - router.traversal
    r[:, w.OUTPUT : w.OUTPUT + used] = router.depth
    lanes = topology.most_ports * router.input_speedup
    r[:, w.LANE : w.LANE + lanes] = np.arange(lanes) % router.input_speedup
    r[:, w.ROW : w.ROW + topology.most_ports] = table.rows.astype(np.int64) * topology.nodes
    source, out, sink, into, latency = topology.channels.T.astype(np.int64)
    cycles = latency + 1
    r[source, w.LINK + out] = (((sink << w.SLOT_BITS) + into * vcs) << 16) | cycles
    cycles = latency + 1 + router.credit_delay
    r[sink, w.BACK + into] = (((source << w.SLOT_BITS) + out * vcs) << 16) | cycles
    at, port = topology.node_router, topology.node_port
    nodes = w.NODE + (np.arange(topology.nodes, dtype=np.int64) << w.SLOT_BITS)
    r[at, w.LINK + port] = (nodes << 16) | 2
    r[at, w.BACK + port] = (nodes << 16) | 2
    return r


def _nodes(topology: Topology, router: Router) -> Words:
    n = np.zeros((topology.nodes, w.NODE_RECORD), np.int64)
    place = (topology.node_router.astype(np.int64) << w.SLOT_BITS) + topology.node_port * router.vcs
    n[:, w.EJECT] = n[:, w.INJECT] = place
    n[:, w.NEXT] = NEVER
    n[:, w.LAST_VC] = -1
    n[:, w.WITH_CREDIT] = (1 << router.vcs) - 1
    n[:, w.NODE_CREDITS : w.NODE_CREDITS + router.vcs] = router.depth
    return n


def _tables(table: RouteTable, router: Router, replies: bool) -> Words:
    vcs, speedup = router.vcs, router.input_speedup
    tables = np.zeros((3, w.SLOTS), np.int64)
    halves = [range((vcs + 1) // 2), range((vcs + 1) // 2, vcs)] if replies else [range(vcs)]
    for kind, half in enumerate(halves):
        for vc_class in range(table.classes):
            found = table.vc_range(vc_class, len(half))
            for vc in found:
                tables[2, half[vc]] = vc_class
            members = sum(1 << half[vc] for vc in found)
            for port in range(table.topology.most_ports):
                bundle = (kind * table.topology.most_ports + port) * table.classes + vc_class
                tables[0, bundle] = members << (port * vcs)
    for lane in range(table.topology.most_ports * speedup):
        port, first = divmod(lane, speedup)
        tables[1, lane] = sum(1 << (port * vcs + vc) for vc in range(first, vcs, speedup))
    return tables
