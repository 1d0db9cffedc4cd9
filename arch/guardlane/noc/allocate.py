# SPDX-License-Identifier: Apache-2.0
"""Virtual channels for heads: an iteration of iSLIP, or of round robins that begin at the inputs.

iSLIP grants by output VC and accepts by input VC; the other one chooses by input VC and grants by
output VC. Pointers move on to behind those who were matched, and only then.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.kernel import part
from guardlane.noc import words as w
from guardlane.noc.bits import first_from, lowest
from guardlane.noc.deliver import port_of, send_pair

at = np.uint64


@part
def allocate_vcs(
    k: Any, r: Any, g: Any, le: Any, tables: Any, order: Any, now: Any, router: Any
) -> None:
    """Give free output VCs to heads that ask for them."""
    base = router * w.ROUTER
    free, asked = r[at(base + w.FREE)], r[at(base + w.ASKED)]
    winners = 0
    everyone = 0
    while asked != 0:
        bundle = lowest(asked)
        asked &= asked - 1
        offered = free & tables[0, at(bundle)]
        requesters = r[at(base + w.REQUESTS + bundle)]
        everyone |= requesters
        if offered == 0:
            continue
        if requesters & (requesters - 1) == 0 or k[w.INPUT_FIRST]:
            winners |= requesters
            while requesters != 0:
                g[at(lowest(requesters))] |= offered
                requesters &= requesters - 1
            continue
        while offered != 0:
            slot = lowest(offered)
            offered &= offered - 1
            winner = first_from(requesters, grants_from(r, base, slot))
            g[at(winner)] |= 1 << slot
            winners |= 1 << winner
    slots = 0
    while winners != 0:
        winner = lowest(winners)
        winners &= winners - 1
        start = (r[at(base + w.INPUT + winner)] >> w.ACCEPT_SHIFT) & w.BYTE
        slot = first_from(g[at(winner)], start)
        g[at(winner)] = 0
        g[at(w.SLOTS + slot)] |= 1 << winner
        slots |= 1 << slot
    while slots != 0:
        slot = lowest(slots)
        slots &= slots - 1
        winner = first_from(g[at(w.SLOTS + slot)], grants_from(r, base, slot))
        g[at(w.SLOTS + slot)] = 0
        settle(k, r, g, order, now, router, winner, slot)
    if k[w.VC_DELAY] > 1:
        while everyone != 0:
            slot = lowest(everyone)
            everyone &= everyone - 1
            withdraw(r, base, slot)
            place = (router << w.SLOT_BITS) + slot
            send_pair(k, le, k[w.LATE_STRIDE], now + k[w.VC_DELAY] - 1, place, g[at(slot)])
            g[at(slot)] = 0


@part
def grants_from(r: Any, base: Any, slot: Any) -> Any:
    """Look up the input slot to which an output VC is granted first."""
    return (r[at(base + w.OUTPUT + slot)] >> w.GRANT_SHIFT) & w.BYTE


@part
def settle(
    k: Any, r: Any, g: Any, order: Any, now: Any, router: Any, winner: Any, slot: Any
) -> None:
    """Match an input VC with an output VC, from now on or after the delay of the allocator."""
    base = router * w.ROUTER
    used = k[w.SLOTS_USED]
    grant = winner + 1 if winner + 1 < used else 0
    accept = slot + 1 if slot + 1 < used else 0
    word = r[at(base + w.OUTPUT + slot)] & ~w.GRANT_MASK
    r[at(base + w.OUTPUT + slot)] = word | (grant << w.GRANT_SHIFT)
    word = r[at(base + w.INPUT + winner)] & ~w.ACCEPT_MASK
    r[at(base + w.INPUT + winner)] = word | (accept << w.ACCEPT_SHIFT)
    if k[w.VC_DELAY] > 1:
        g[at(winner)] = slot + 1
    else:
        withdraw(r, base, winner)
        hold(k, r, order, now, router, winner, slot)


@part
def withdraw(r: Any, base: Any, slot: Any) -> None:
    """Take an input VC off the lists of those that ask."""
    wants = r[at(base + w.WANTS + slot)]
    while wants != 0:
        bundle = lowest(wants)
        wants &= wants - 1
        left = r[at(base + w.REQUESTS + bundle)] & ~(1 << slot)
        r[at(base + w.REQUESTS + bundle)] = left
        if left == 0:
            r[at(base + w.ASKED)] &= ~(1 << bundle)


@part
def hold(k: Any, r: Any, order: Any, now: Any, router: Any, winner: Any, slot: Any) -> None:
    """Let an input VC hold an output VC and bid for the switch from the next cycle on."""
    base = router * w.ROUTER
    output = port_of(k, slot)
    word = r[at(base + w.OUTPUT + slot)]
    r[at(base + w.OUTPUT + slot)] = word | (winner << w.OWNER_SHIFT) | w.OWNED
    r[at(base + w.FREE)] &= ~(1 << slot)
    mine = r[at(base + w.INPUT + winner)] & (w.ACCEPT_MASK | 0xFFFF)
    mine |= (slot << w.HELD_SHIFT) | w.HOLDS | (output << w.PORT_SHIFT)
    r[at(base + w.INPUT + winner)] = mine
    r[at(base + w.BIDS + output)] |= 1 << winner
    r[at(base + w.BIDDING)] |= 1 << output
    if word & w.CREDITS_MASK:
        r[at(base + w.READY)] |= 1 << winner
    else:
        r[at(base + w.READY)] &= ~(1 << winner)
    if k[w.TOSSES]:
        order[at(2 * ((router << w.SLOT_BITS) + winner))] = -now
