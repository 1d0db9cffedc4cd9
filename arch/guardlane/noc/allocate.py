# SPDX-License-Identifier: Apache-2.0
"""One cycle of one router: virtual channels and the switch, each allocated by an iSLIP iteration.

Both look at the router as it was when the cycle began: the switch first, keeping back the VCs it
frees; then the VCs, whose winners bid for the switch in the next cycle.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.kernel import part
from guardlane.noc import words as w
from guardlane.noc.bits import first_from, lowest
from guardlane.noc.deliver import port_of, send, send_flit

at = np.uint64


@part
def allocate_vcs(k: Any, r: Any, g: Any, tables: Any, base: Any) -> None:
    """Give free output VCs to heads that ask for them."""
    free, asked = r[at(base + w.FREE)], r[at(base + w.ASKED)]
    winners = 0
    while asked != 0:
        bundle = lowest(asked)
        asked &= asked - 1
        offered = free & tables[0, at(bundle)]
        if offered == 0:
            continue
        requesters = r[at(base + w.REQUESTS + bundle)]
        if requesters & (requesters - 1) == 0:
            g[at(lowest(requesters))] |= offered
            winners |= requesters
            continue
        while offered != 0:
            slot = lowest(offered)
            offered &= offered - 1
            start = (r[at(base + w.OUTPUT + slot)] >> w.GRANT_SHIFT) & w.BYTE
            winner = first_from(requesters, start)
            g[at(winner)] |= 1 << slot
            winners |= 1 << winner
    while winners != 0:
        winner = lowest(winners)
        winners &= winners - 1
        start = (r[at(base + w.INPUT + winner)] >> w.ACCEPT_SHIFT) & w.BYTE
        slot = first_from(g[at(winner)], start)
        g[at(winner)] = 0
        take_vc(k, r, base, winner, slot)


@part
def take_vc(k: Any, r: Any, base: Any, winner: Any, slot: Any) -> None:
    """Let an input VC hold an output VC, and move both round robins past them."""
    used = k[w.SLOTS_USED]
    grant = winner + 1 if winner + 1 < used else 0
    accept = slot + 1 if slot + 1 < used else 0
    output = port_of(k, slot)
    word = r[at(base + w.OUTPUT + slot)] & (w.CREDITS_MASK | w.TAIL_SENT)
    r[at(base + w.OUTPUT + slot)] = (
        word | (winner << w.OWNER_SHIFT) | w.OWNED | (grant << w.GRANT_SHIFT)
    )
    r[at(base + w.FREE)] &= ~(1 << slot)
    front = r[at(base + w.INPUT + winner)] & (w.ONE_FLIT * 256 - 1)
    r[at(base + w.INPUT + winner)] = (
        front
        | (slot << w.HELD_SHIFT)
        | w.HOLDS
        | (output << w.PORT_SHIFT)
        | (accept << w.ACCEPT_SHIFT)
    )
    wants = r[at(base + w.WANTS + winner)]
    while wants != 0:
        bundle = lowest(wants)
        wants &= wants - 1
        left = r[at(base + w.REQUESTS + bundle)] & ~(1 << winner)
        r[at(base + w.REQUESTS + bundle)] = left
        if left == 0:
            r[at(base + w.ASKED)] &= ~(1 << bundle)
    r[at(base + w.BIDS + output)] |= 1 << winner
    r[at(base + w.BIDDING)] |= 1 << output
    if word & w.CREDITS_MASK:
        r[at(base + w.READY)] |= 1 << winner
    else:
        r[at(base + w.READY)] &= ~(1 << winner)


@part
def grant_lane(k: Any, tables: Any, bids: Any, start: Any) -> Any:
    """Find the first switch input from `start` on that has a bid among `bids`."""
    if k[w.SPEEDUP] == 1:
        return port_of(k, first_from(bids, start * k[w.VCS]))
    lane = start
    while bids & tables[1, at(lane)] == 0:
        lane = lane + 1 if lane + 1 < k[w.LANES] else 0
    return lane


@part
def allocate_switch(
    k: Any, r: Any, b: Any, g: Any, fe: Any, ce: Any, he: Any, tables: Any, now: Any, router: Any
) -> Any:
    """Match switch inputs with outputs and send the winners off; the output VCs that get free."""
    base = router * w.ROUTER
    ready, outputs = r[at(base + w.READY)], r[at(base + w.BIDDING)]
    lanes = 0
    while outputs != 0:
        output = lowest(outputs)
        outputs &= outputs - 1
        bids = r[at(base + w.BIDS + output)] & ready
        if bids != 0:
            lane = grant_lane(k, tables, bids, r[at(base + w.GRANT + output)])
            g[at(lane)] |= 1 << output
            lanes |= 1 << lane
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
        vc = slot - port * k[w.VCS]
        r[at(base + w.GRANT + output)] = lane + 1 if lane + 1 < k[w.LANES] else 0
        accept = output + 1 if output + 1 < k[w.PORTS] else 0
        after = vc + k[w.SPEEDUP]
        if after >= k[w.VCS]:
            after -= k[w.VCS]
        r[at(base + w.LANE + lane)] = (accept << 8) | after
        freed |= cross(k, r, b, fe, he, now, router, slot, output)
        back = r[at(base + w.BACK + port)]
        send(k, ce, k[w.CREDIT_STRIDE], now + (back & w.BYTE), (back >> 8) + vc)
    return freed


@part
def cross(
    k: Any, r: Any, b: Any, fe: Any, he: Any, now: Any, router: Any, slot: Any, output: Any
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
            send(k, he, k[w.HEAD_STRIDE], now + 1 + k[w.ROUTING_DELAY], place)
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
    send_flit(k, fe, now + (link & w.BYTE), (link >> 8) + held - output * k[w.VCS], flit + w.HOP)
    return freed
