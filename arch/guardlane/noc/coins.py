# SPDX-License-Identifier: Apache-2.0
"""Coins between two equally short ways round a torus, tossed in the order in which BookSim2 does.

BookSim2 routes router by router, heads in the order in which they came: of a cycle first arrivals
by port, then those that stood behind a packet which left, by its list of bidders for the switch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.kernel import part
from guardlane.noc import words as w
from guardlane.noc.deliver import ask
from guardlane.noc.knuth import draw_integer

at = np.uint64


@part
def toss_coins(k: Any, r: Any, b: Any, busy: Any, choices: Any, coins: Any, random: Any) -> None:
    """Decide every tie of this cycle."""
    for i in range(1, k[w.TOSSING]):
        coin, j = coins[i], i
        while j > 0 and coins[j - 1] > coin:
            coins[j] = coins[j - 1]
            j -= 1
        coins[j] = coin
    for i in range(k[w.TOSSING]):
        router, slot = coins[i] >> 26, coins[i] & w.SLOT_MASK
        base = router * w.ROUTER
        choice = r[at(base + w.WANTS + slot)]
        heads = draw_integer(random, 2) == 1
        wants = choices[at(choice + (w.BUNDLES if heads else w.OTHER))]
        front = r[at(base + w.INPUT + slot)] & w.BYTE
        if b[at(front * k[w.PLACES] + (router << w.SLOT_BITS) + slot)] & w.REPLY:
            wants <<= k[w.REPLY_SHIFT]
        r[at(base + w.WANTS + slot)] = wants
        ask(r, busy, router, slot, wants)
    k[w.TOSSING] = 0


@part
def sort_followers(he: Any, first: Any, last: Any, order: Any) -> None:
    """Sort heads first to last of a list, which a router has just added, and number them anew."""
    for i in range(first + 1, last + 1):
        head, j = he[i], i
        while j > first and is_before(order, head, he[j - 1]):
            he[j] = he[j - 1]
            j -= 1
        he[j] = head
    for i in range(first, last + 1):
        he[i] += (i - first) << w.TURN_SHIFT


@part
def is_before(order: Any, one: Any, other: Any) -> Any:
    """Whether an input VC stood before another in the list of those that bid for the switch."""
    one, other = one & w.PLACE_MASK, other & w.PLACE_MASK
    if order[at(2 * one)] != order[at(2 * other)]:
        return order[at(2 * one)] < order[at(2 * other)]
    return order[at(2 * one + 1)] < order[at(2 * other + 1)]
