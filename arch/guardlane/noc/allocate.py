# SPDX-License-Identifier: Apache-2.0
"""One cycle of one router: virtual channels and the switch, each allocated by an iSLIP iteration.

Both look at the router as it was when the cycle began: the switch first, keeping back the VCs it
frees; then the VCs, whose winners bid for the switch in the next cycle.
"""

from __future__ import annotations

from typing import Any

from guardlane.kernel import part
from guardlane.noc import words as w
from guardlane.noc.bits import first_from, lowest
from guardlane.noc.deliver import send_credit, send_flit, send_head


@part
def allocate_vcs(s: Any, router: Any) -> None:
    """Give free output VCs to heads that ask for them."""
    row = s.routers[router]
    free, asked = row[w.FREE], row[w.ALLOCATING]
    first = w.ACTIVE + s.shape[w.PORTS]
    base = router << w.SLOT_BITS
    winners = 0
    while asked != 0:
        bundle = lowest(asked)
        asked &= asked - 1
        offered = free & s.bundles[bundle]
        if offered == 0:
            continue
        requesters = row[first + bundle]
        if requesters & (requesters - 1) == 0:
            s.granted[lowest(requesters)] |= offered
            winners |= requesters
            continue
        while offered != 0:
            slot = lowest(offered)
            offered &= offered - 1
            winner = first_from(requesters, s.outputs[base + slot, w.GRANT_FROM])
            s.granted[winner] |= 1 << slot
            winners |= 1 << winner
    while winners != 0:
        winner = lowest(winners)
        winners &= winners - 1
        slot = first_from(s.granted[winner], s.inputs[base + winner, w.ACCEPT_FROM])
        s.granted[winner] = 0
        take_vc(s, router, winner, slot)


@part
def take_vc(s: Any, router: Any, winner: Any, slot: Any) -> None:
    """Let an input VC hold an output VC."""
    row = s.routers[router]
    base = router << w.SLOT_BITS
    used = s.shape[w.SLOTS_USED]
    s.outputs[base + slot, w.GRANT_FROM] = winner + 1 if winner + 1 < used else 0
    s.inputs[base + winner, w.ACCEPT_FROM] = slot + 1 if slot + 1 < used else 0
    row[w.FREE] &= ~(1 << slot)
    s.inputs[base + winner, w.OUTPUT_VC] = slot
    s.outputs[base + slot, w.OWNER] = winner
    wants = s.wants[base + winner]
    first = w.ACTIVE + s.shape[w.PORTS]
    while wants != 0:
        bundle = lowest(wants)
        wants &= wants - 1
        row[first + bundle] &= ~(1 << winner)
        if row[first + bundle] == 0:
            row[w.ALLOCATING] &= ~(1 << bundle)
    output = slot // s.shape[w.VCS]
    row[w.ACTIVE + output] |= 1 << winner
    row[w.ACTIVE_OUTPUTS] |= 1 << output
    if s.outputs[base + slot, w.CREDITS] > 0:
        row[w.READY] |= 1 << winner
    else:
        row[w.READY] &= ~(1 << winner)


@part
def grant_lane(s: Any, bids: Any, start: Any) -> Any:
    """Find the first switch input from `start` on that has a bid among `bids`."""
    speedup = s.shape[w.SPEEDUP]
    vcs = s.shape[w.VCS]
    if speedup == 1:
        return first_from(bids, start * vcs) // vcs
    lanes = s.shape[w.PORTS] * speedup
    lane = start
    while bids & s.lanes[lane] == 0:
        lane = lane + 1 if lane + 1 < lanes else 0
    return lane


@part
def allocate_switch(s: Any, now: Any, router: Any) -> Any:
    """Match switch inputs with outputs and send the winners off; the output VCs that get free."""
    row = s.routers[router]
    ready, outputs = row[w.READY], row[w.ACTIVE_OUTPUTS]
    arbiters = s.arbiters[router]
    lanes = 0
    while outputs != 0:
        output = lowest(outputs)
        outputs &= outputs - 1
        bids = row[w.ACTIVE + output] & ready
        if bids != 0:
            lane = grant_lane(s, bids, arbiters[0, output])
            s.granted[lane] |= 1 << output
            lanes |= 1 << lane
    freed = 0
    end = s.shape[w.PORTS]
    while lanes != 0:
        lane = lowest(lanes)
        lanes &= lanes - 1
        output = first_from(s.granted[lane], arbiters[1, lane])
        s.granted[lane] = 0
        arbiters[0, output] = lane + 1 if lane + 1 < end * s.shape[w.SPEEDUP] else 0
        arbiters[1, lane] = output + 1 if output + 1 < end else 0
        freed |= cross(s, now, router, lane, output, ready)
    return freed


@part
def cross(s: Any, now: Any, router: Any, lane: Any, output: Any, ready: Any) -> Any:
    """Send the flit of one switch input through the switch; the output VC that gets free as a set."""
    row = s.routers[router]
    vcs, speedup = s.shape[w.VCS], s.shape[w.SPEEDUP]
    port = lane // speedup
    bids = row[w.ACTIVE + output] & ready & s.lanes[lane]
    slot = first_from(bids, port * vcs + s.arbiters[router, 2, lane])
    vc = slot - port * vcs
    s.arbiters[router, 2, lane] = (vc + speedup) % vcs
    base = router << w.SLOT_BITS
    place = base + slot
    front = s.inputs[place, w.FRONT]
    flit = s.buffers[place, front]
    count = s.inputs[place, w.COUNT] - 1
    s.inputs[place, w.FRONT] = (front + 1) & s.shape[w.DEPTH_MASK]
    s.inputs[place, w.COUNT] = count
    held = s.inputs[place, w.OUTPUT_VC]
    credits = s.outputs[base + held, w.CREDITS] - 1
    s.outputs[base + held, w.CREDITS] = credits
    freed = 0
    if flit & w.TAIL:
        s.outputs[base + held, w.OWNER] = w.NONE
        s.inputs[place, w.OUTPUT_VC] = w.NONE
        if s.shape[w.WAIT_FOR_TAIL]:
            s.outputs[base + held, w.TAIL_SENT] = 1
        else:
            freed = 1 << held
        if count > 0:
            send_head(s, now + 1 + s.shape[w.ROUTING_DELAY], place)
    elif credits == 0:
        row[w.READY] &= ~(1 << slot)
    if flit & w.TAIL or count == 0:
        row[w.ACTIVE + output] &= ~(1 << slot)
        if row[w.ACTIVE + output] == 0:
            row[w.ACTIVE_OUTPUTS] &= ~(1 << output)
    s.crossings[router, output] += 1
    link, back = s.links[router, output], s.backs[router, port]
    send_flit(s, now + link[1], link[0] + held - output * vcs, flit + w.HOP)
    send_credit(s, now + back[1], back[0] + vc)
    return freed


@part
def work(s: Any, now: Any) -> None:
    """Let every router that has something to do work for a cycle."""
    for word in range(len(s.busy)):
        left = s.busy[word]
        while left != 0:
            bit = lowest(left)
            left &= left - 1
            router = (word << 6) + bit
            freed = 0
            if s.routers[router, w.ACTIVE_OUTPUTS] != 0:
                freed = allocate_switch(s, now, router)
            if s.routers[router, w.ALLOCATING] != 0:
                allocate_vcs(s, router)
            s.routers[router, w.FREE] |= freed
            if s.routers[router, w.ALLOCATING] | s.routers[router, w.ACTIVE_OUTPUTS] == 0:
                s.busy[word] &= ~(1 << bit)
