# SPDX-License-Identifier: Apache-2.0
"""Allocators that take more than a cycle: who bids waits for the outcome, then bids anew or not."""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.kernel import part
from guardlane.noc import words as w
from guardlane.noc.allocate import hold
from guardlane.noc.deliver import ask, bid, wake
from guardlane.noc.switch import cross

at = np.uint64


@part
def check_late(r: Any, le: Any, start: Any) -> None:
    """Call off, before this cycle's work, what grants of VCs are for one that is taken by now."""
    for i in range(start + 1, start + 1 + 2 * le[at(start)], 2):
        what = le[at(i + 1)]
        base = (le[at(i)] >> w.SLOT_BITS) * w.ROUTER
        if 0 < what < w.SWITCH and r[at(base + w.FREE)] & (1 << (what - 1)) == 0:
            le[at(i + 1)] = 0


@part
def settle_late(
    k: Any,
    r: Any,
    b: Any,
    fe: Any,
    ce: Any,
    he: Any,
    le: Any,
    busy: Any,
    order: Any,
    now: Any,
    start: Any,
) -> None:
    """Do, after this cycle's work, what was granted, and let the others bid anew."""
    for i in range(start + 1, start + 1 + 2 * le[at(start)], 2):
        place, what = le[at(i)], le[at(i + 1)]
        router, slot = place >> w.SLOT_BITS, place & w.SLOT_MASK
        base = router * w.ROUTER
        if what & w.SWITCH:
            output = (r[at(base + w.INPUT + slot)] >> w.PORT_SHIFT) & w.BYTE
            bid(r, busy, router, slot, output)
            if what & w.BYTE:
                freed = cross(k, r, b, fe, ce, he, now, router, slot, output)
                r[at(base + w.FREE)] |= freed
        elif what:
            hold(k, r, order, now, router, slot, what - 1)
            wake(busy, router)
        else:
            ask(r, busy, router, slot, r[at(base + w.WANTS + slot)])
    le[at(start)] = 0
