# SPDX-License-Identifier: Apache-2.0
"""Rings: the words that a core may pop, and the slots it may fill, without asking anybody.

Whoever runs a core can lend it, for each port, a run of words. The interpreter then moves items by
itself, and stops only when the run is used up, a word is no item, or its time has not come. The
lender reads RING_NEXT afterwards. Rings are int64[2, ports, RING_WIDTH]: pops, then pushes; `words`
int64, `kinds` uint8 and `times` int64 are indexed by slot.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.kernel import part

RING_NEXT = 0  # number of the next word
RING_LIMIT = 1  # number of the first word that is not lent
RING_OFFSET = 2  # what to add to a word's number for its slot
RING_WIDTH = 4

ITEM = 0  # the kind that needs no guard
NO_ITEM = 1 << 40  # no 32-bit item

_WIDTH, _LIMIT, _OFFSET = np.uint64(RING_WIDTH), np.uint64(RING_LIMIT), np.uint64(RING_OFFSET)


@part
def ring_pop(
    rings: Any, ports: Any, words: Any, kinds: Any, times: Any, port: Any, now: int
) -> Any:
    """Take the next item of `port` if it is lent and can be seen by cycle `now`, else NO_ITEM."""
    at = np.uint64(port) * _WIDTH
    if np.uint64(port) < ports:
        number = rings[at]
        slot = np.uint64(number + rings[at + _OFFSET])
        if number < rings[at + _LIMIT] and times[slot] <= now and kinds[slot] == ITEM:
            rings[at] = number + 1
            return words[slot]
    return NO_ITEM


@part
def ring_push(rings: Any, ports: Any, words: Any, kinds: Any, port: Any, value: Any) -> Any:
    """Put an item into the next slot of out-port `port` if that is lent; whether it was."""
    at = (ports + np.uint64(port)) * _WIDTH
    if np.uint64(port) < ports:
        number = rings[at]
        if number < rings[at + _LIMIT]:
            slot = np.uint64(number + rings[at + _OFFSET])
            words[slot] = value
            kinds[slot] = ITEM
            rings[at] = number + 1
            return True
    return False
