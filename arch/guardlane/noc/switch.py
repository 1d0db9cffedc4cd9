# SPDX-License-Identifier: Apache-2.0
"""The switch of a router: its inputs matched with outputs in a cycle, and flits sent across it.

An input of the switch serves the VCs of a port, or with input speedup S every S-th of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.kernel import part
from guardlane.noc import words as w
from guardlane.noc.bits import first_from, lowest
from guardlane.noc.coins import sort_followers
from guardlane.noc.deliver import port_of, send, send_head, send_pair, starts

at = np.uint64


@part
def allocate_switch(
    k: Any,
    r: Any,
    b: Any,
    g: Any,
    fe: Any,
    ce: Any,
    he: Any,
    le: Any,
    tables: Any,
    order: Any,
    now: Any,
    router: Any,
) -> Any:
    """Match inputs of the switch with outputs and send the winners off; what VCs get free."""
    base = router * w.ROUTER
    ready, bidding = r[at(base + w.READY)], r[at(base + w.BIDDING)]
    due = starts(r[at(base + w.ROUTING_FROM)], k[w.ROUTING_DELAY], now + 1) + k[w.ROUTING_DELAY]
    turn = (due & k[w.WHEEL_MASK]) * k[w.HEAD_STRIDE]
    followers = he[at(turn)]
    lanes = 0
    everyone = 0
    outputs = bidding
    while outputs != 0:
        output = lowest(outputs)
        outputs &= outputs - 1
        bids = r[at(base + w.BIDS + output)]
        everyone |= bids
        bids &= ready
        while bids != 0:
            start = r[at(base + w.GRANT + output)]
            lane = first_lane(k, tables, bids, 0 if k[w.INPUT_FIRST] else start)
            g[at(lane)] |= 1 << output
            lanes |= 1 << lane
            bids &= ~tables[1, at(lane)] if k[w.INPUT_FIRST] else 0
    if k[w.INPUT_FIRST]:
        lanes = choose_lanes(k, r, g, base, lanes)
    freed = 0
    while lanes != 0:
        lane = lowest(lanes)
        lanes &= lanes - 1
        word = r[at(base + w.LANE + lane)]
        output = first_from(g[at(lane)], word >> 8)
        g[at(lane)] = 0
        port = lane if k[w.SPEEDUP] == 1 else lane // k[w.SPEEDUP]
        bids = r[at(base + w.BIDS + output)] & ready & tables[1, at(lane)]
        slot = first_from(bids, port * k[w.VCS] + (word & w.BYTE))
        r[at(base + w.GRANT + output)] = lane + 1 if lane + 1 < k[w.LANES] else 0
        accept = output + 1 if output + 1 < k[w.PORTS] else 0
        after = slot - port * k[w.VCS] + k[w.SPEEDUP]
        if after >= k[w.VCS]:
            after -= k[w.VCS]
        r[at(base + w.LANE + lane)] = (accept << 8) | after
        if k[w.SWITCH_DELAY] > 1:
            g[at(64 + slot)] = output + 1
        else:
            freed |= cross(k, r, b, fe, ce, he, now, router, slot, output)
    if k[w.SWITCH_DELAY] > 1:
        put_off(k, r, g, le, now, router, everyone)
    elif k[w.TOSSES]:
        sort_followers(he, turn + followers + 1, turn + he[at(turn)], order)
    return freed


@part
def first_lane(k: Any, tables: Any, bids: Any, start: Any) -> Any:
    """Find the first input of the switch from `start` on that has a bid among `bids`."""
    if k[w.SPEEDUP] == 1:
        return port_of(k, first_from(bids, start * k[w.VCS]))
    lane = start
    while bids & tables[1, at(lane)] == 0:
        lane = lane + 1 if lane + 1 < k[w.LANES] else 0
    return lane


@part
def choose_lanes(k: Any, r: Any, g: Any, base: Any, lanes: Any) -> Any:
    """Let each input choose an output and each output an input; inputs that are matched."""
    outputs = 0
    while lanes != 0:
        lane = lowest(lanes)
        lanes &= lanes - 1
        output = first_from(g[at(lane)], r[at(base + w.LANE + lane)] >> 8)
        g[at(lane)] = 0
        g[at(64 + output)] |= 1 << lane
        outputs |= 1 << output
    matched = 0
    while outputs != 0:
        output = lowest(outputs)
        outputs &= outputs - 1
        lane = first_from(g[at(64 + output)], r[at(base + w.GRANT + output)])
        g[at(64 + output)] = 0
        g[at(lane)] = 1 << output
        matched |= 1 << lane
    return matched


@part
def put_off(k: Any, r: Any, g: Any, le: Any, now: Any, router: Any, everyone: Any) -> None:
    """Let all bidders wait for the outcome until the delay of the switch allocator is over."""
    base = router * w.ROUTER
    while everyone != 0:
        slot = lowest(everyone)
        everyone &= everyone - 1
        place = (router << w.SLOT_BITS) + slot
        what = w.SWITCH | g[at(64 + slot)]
        send_pair(k, le, k[w.LATE_STRIDE], now + k[w.SWITCH_DELAY] - 1, place, what)
        g[at(64 + slot)] = 0
    for output in range(k[w.PORTS]):
        r[at(base + w.BIDS + output)] = 0
    r[at(base + w.BIDDING)] = 0


@part
def cross(
    k: Any,
    r: Any,
    b: Any,
    fe: Any,
    ce: Any,
    he: Any,
    now: Any,
    router: Any,
    slot: Any,
    output: Any,
) -> Any:
    """Send the front flit of an input VC to the output it bids for; what VC gets free, as a set."""
    base = router * w.ROUTER
    place = (router << w.SLOT_BITS) + slot
    word = r[at(base + w.INPUT + slot)]
    front = word & w.BYTE
    flit = b[at(front * k[w.PLACES] + place)]
    count = ((word >> w.COUNT_SHIFT) & w.BYTE) - 1
    held = (word >> w.HELD_SHIFT) & w.BYTE
    out = r[at(base + w.OUTPUT + held)] - 1
    front += 1
    if count == 0 or front == k[w.DEPTH]:
        front = 0  # an empty buffer begins anew, so that few flits lie close together
    word = (word & ~0xFFFF) | (count << w.COUNT_SHIFT) | front
    freed = 0
    if flit & w.TAIL:
        word &= ~w.HOLDS
        out &= ~w.OWNER_MASK
        if k[w.WAIT_FOR_TAIL]:
            out |= w.TAIL_SENT
        else:
            freed = 1 << held
        if count > 0:
            send_head(k, r, he, base, now + 1, place, now * w.TURNS + w.SLOTS)
    elif out & w.CREDITS_MASK == 0:
        r[at(base + w.READY)] &= ~(1 << slot)
    r[at(base + w.INPUT + slot)] = word
    r[at(base + w.OUTPUT + held)] = out
    if count == 0 or flit & w.TAIL:
        bids = r[at(base + w.BIDS + output)] & ~(1 << slot)
        r[at(base + w.BIDS + output)] = bids
        if bids == 0:
            r[at(base + w.BIDDING)] &= ~(1 << output)
    r[at(base + w.CROSSINGS + output)] += 1
    link = r[at(base + w.LINK + output)]
    target = (link >> 16) + held - output * k[w.VCS]
    left = now + 1 if k[w.TRAVERSAL] == 1 else leaves(k, r, base, now, output)
    send_pair(k, fe, k[w.FLIT_STRIDE], left + (link & w.CYCLES), target, flit + w.HOP)
    port = port_of(k, slot)
    back = r[at(base + w.BACK + port)]
    credited = (back >> 16) + slot - port * k[w.VCS]
    send(k, ce, k[w.CREDIT_STRIDE], now + (back & w.CYCLES), credited)
    return freed


@part
def leaves(k: Any, r: Any, base: Any, now: Any, output: Any) -> Any:
    """Find when a flit that won the switch now leaves it, behind others for the same output."""
    start = starts(r[at(base + w.CROSSING_FROM)], k[w.TRAVERSAL], now + 1)
    r[at(base + w.CROSSING_FROM)] = start
    left = max(start + k[w.TRAVERSAL] - 1, r[at(base + w.SENT + output)] + 1)
    r[at(base + w.SENT + output)] = left
    return left
