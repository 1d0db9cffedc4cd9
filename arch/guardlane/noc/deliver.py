# SPDX-License-Identifier: Apache-2.0
"""What arrives in a cycle: flits at routers and nodes, credits, and heads whose route is known."""

from __future__ import annotations

from typing import Any

from guardlane.kernel import part
from guardlane.noc import words as w
from guardlane.noc.bits import lowest
from guardlane.noc.knuth import draw_integer


@part
def send_flit(s: Any, cycle: Any, place: Any, flit: Any) -> None:
    """Let a flit arrive at `place` in `cycle`."""
    turn = cycle & s.shape[w.WHEEL_MASK]
    n = s.counts[turn, 0]
    s.flit_places[turn, n] = place
    s.flit_words[turn, n] = flit
    s.counts[turn, 0] = n + 1


@part
def send_credit(s: Any, cycle: Any, place: Any) -> None:
    """Let a credit for the buffer that is called `place` by its sender arrive in `cycle`."""
    turn = cycle & s.shape[w.WHEEL_MASK]
    n = s.counts[turn, 1]
    s.credit_places[turn, n] = place
    s.counts[turn, 1] = n + 1


@part
def wake(s: Any, router: Any) -> None:
    """Note that a router has something to do."""
    s.busy[router >> 6] |= 1 << (router & 63)


@part
def request(s: Any, place: Any) -> None:
    """Route the head at the front of an input VC and let it ask for output VCs."""
    router, slot = place >> w.SLOT_BITS, place & w.SLOT_MASK
    flit = s.buffers[place, s.inputs[place, w.FRONT]]
    vcs = s.shape[w.VCS]
    port = slot // vcs
    choice = s.routes[s.rows[router, port], (flit >> w.DESTINATION_SHIFT) & w.DESTINATION_MASK]
    kind, wants = s.choices[choice, w.KIND], s.choices[choice, w.BUNDLES]
    if kind == w.INHERIT:
        wants <<= s.classes[slot - port * vcs]
    elif kind == w.TOSS and draw_integer(s.random, 2) == 0:
        wants = s.choices[choice, w.OTHER]
    if flit & w.REPLY:
        wants <<= s.shape[w.REPLY_SHIFT]
    s.wants[place] = wants
    ask(s, router, slot, wants)


@part
def ask(s: Any, router: Any, slot: Any, wants: Any) -> None:
    """Enter an input VC as a requester of some bundles of output VCs."""
    row = s.routers[router]
    row[w.ALLOCATING] |= wants
    first = w.ACTIVE + s.shape[w.PORTS]
    while wants != 0:
        row[first + lowest(wants)] |= 1 << slot
        wants &= wants - 1
    wake(s, router)


@part
def send_head(s: Any, cycle: Any, place: Any) -> None:
    """Let the head of an input VC begin to ask for output VCs in `cycle`."""
    turn = cycle & s.shape[w.WHEEL_MASK]
    n = s.counts[turn, 2]
    s.head_places[turn, n] = place
    s.counts[turn, 2] = n + 1


@part
def heads(s: Any, now: Any) -> None:
    """Let all heads that are routed by now ask for output VCs."""
    turn = now & s.shape[w.WHEEL_MASK]
    for i in range(s.counts[turn, 2]):
        request(s, s.head_places[turn, i])
    s.counts[turn, 2] = 0


@part
def arrive(s: Any, now: Any, place: Any, flit: Any) -> None:
    """Put a flit into its input VC."""
    count = s.inputs[place, w.COUNT]
    s.buffers[place, (s.inputs[place, w.FRONT] + count) & s.shape[w.DEPTH_MASK]] = flit
    s.inputs[place, w.COUNT] = count + 1
    if count == 0:
        held = s.inputs[place, w.OUTPUT_VC]
        if held != w.NONE:
            router = place >> w.SLOT_BITS
            output = held // s.shape[w.VCS]
            s.routers[router, w.ACTIVE + output] |= 1 << (place & w.SLOT_MASK)
            s.routers[router, w.ACTIVE_OUTPUTS] |= 1 << output
            wake(s, router)
        elif s.shape[w.ROUTING_DELAY] == 0:
            request(s, place)
        else:
            send_head(s, now + s.shape[w.ROUTING_DELAY], place)


@part
def eject(s: Any, now: Any, place: Any, flit: Any) -> None:
    """Take a flit out of the network at a node."""
    node = (place >> w.SLOT_BITS) & 0xFFFFF
    send_credit(s, now + 2 + s.shape[w.CREDIT_DELAY], s.ejects[node] + (place & w.SLOT_MASK))
    s.clock[w.EJECTED_FLITS] += 1
    in_window = s.shape[w.RECORD_FROM] <= now < s.shape[w.RECORD_TO]
    s.clock[w.ACCEPTED] += in_window
    period = now // s.shape[w.PERIOD]
    kept = period < len(s.periods)
    if kept:
        s.periods[period, 0] += 1
    if flit & w.TAIL:
        packet = flit >> w.PACKET_SHIFT
        latency = now - s.packets[packet, w.CREATED]
        s.clock[w.DELIVERED] += 1
        if kept:
            s.periods[period, 1] += 1
            s.periods[period, 2] += latency
            s.periods[period, 3] = max(latency, s.periods[period, 3])
        if s.packets[packet, w.FLAGS] & w.RECORDED:
            s.clock[w.OPEN] -= 1
            s.clock[w.LATENCIES] += 1
            s.clock[w.LATENCY_SUM] += latency
            s.clock[w.LATENCY_MAX] = max(latency, s.clock[w.LATENCY_MAX])
            s.clock[w.HOPS] += (flit >> w.HOP_SHIFT) & w.HOP_MASK
        s.unused[s.clock[w.FREE_PACKETS]] = packet
        s.clock[w.FREE_PACKETS] += 1


@part
def flits(s: Any, now: Any) -> None:
    """Let all flits arrive that are due."""
    turn = now & s.shape[w.WHEEL_MASK]
    for i in range(s.counts[turn, 0]):
        place, flit = s.flit_places[turn, i], s.flit_words[turn, i]
        if place >= w.NODE:
            eject(s, now, place, flit)
        else:
            arrive(s, now, place, flit)
    s.counts[turn, 0] = 0


@part
def credits(s: Any, now: Any) -> None:
    """Let all credits arrive that are due."""
    turn = now & s.shape[w.WHEEL_MASK]
    wait, depth = s.shape[w.WAIT_FOR_TAIL], s.shape[w.DEPTH]
    for i in range(s.counts[turn, 1]):
        place = s.credit_places[turn, i]
        if place >= w.NODE:
            node, vc = (place >> w.SLOT_BITS) & 0xFFFFF, place & w.SLOT_MASK
            count = s.node_credits[node, vc] + 1
            s.node_credits[node, vc] = count
            s.nodes[node, w.WITH_CREDIT] |= 1 << vc
            if wait and count == depth and s.nodes[node, w.SENT_TAILS] >> vc & 1:
                s.nodes[node, w.SENT_TAILS] &= ~(1 << vc)
                s.nodes[node, w.TAKEN] &= ~(1 << vc)
        else:
            count = s.outputs[place, w.CREDITS] + 1
            s.outputs[place, w.CREDITS] = count
            owner = s.outputs[place, w.OWNER]
            router = place >> w.SLOT_BITS
            if owner != w.NONE:
                s.routers[router, w.READY] |= 1 << owner
            if wait and count == depth and s.outputs[place, w.TAIL_SENT]:
                s.outputs[place, w.TAIL_SENT] = 0
                s.routers[router, w.FREE] |= 1 << (place & w.SLOT_MASK)
    s.counts[turn, 1] = 0
