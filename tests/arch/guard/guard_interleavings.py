# SPDX-License-Identifier: Apache-2.0
"""Every order of events at the two ends of a queue of two words, searched state by state.

A source of three frames with 0 to 2 pushes each, a queue, a sink with 0 to 2 pops a frame: 729
plans. Any header may turn bad, any blocked side may time out, within the limits given. What the
promises of the scoreboard need to know is part of the state, so that they are checked at every step
of every order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from tests.arch.guard.guard_moves import (
    AS_BUILT,
    BITS,
    CLOSED_FLAG,
    COUNTS,
    ENDED,
    FIELDS,
    FINISHED,
    FRAMES,
    PUSHES_1,
    RATE,
    SLOT_0,
    STATE,
    STATES,
    STUCK,
    sink_moves,
    source_moves,
)

from guardlane.guard.twin import AM_ID_WIDTH, AM_WIDTH, EXP_HDR, new_inserter
from guardlane.kernel import kernel


class Found(NamedTuple):
    """States reached, runs that end, states from which nothing moves, and promises broken."""

    states: int
    finished: int
    stuck: int
    wrong: int
    backwards: int
    unjustified_pads: int
    unjustified_discards: int


@kernel
def _pack(v: Any, bits: Any) -> Any:
    packed = np.int64(0)
    for n in range(bits.size):
        packed = packed << bits[n] | v[n]
    return packed


@kernel
def _unpack(packed: Any, v: Any, bits: Any) -> None:
    for n in range(bits.size - 1, -1, -1):
        v[n] = packed & ((1 << bits[n]) - 1)
        packed >>= bits[n]


@kernel
def _is_new(seen: Any, packed: int, mask: int) -> bool:
    """Put a packed state into the table of those seen; False if it was there."""
    at = (packed * 0x9E3779B97F4A7C1 >> 20) & mask
    while seen[at] != -1 and seen[at] != packed:
        at = (at + 1) & mask
    is_new = bool(seen[at] == -1)
    seen[at] = packed
    return is_new


@kernel
def _search(
    bads: int,
    push_timeouts: bool,
    pop_timeouts: bool,
    wrong_way: int,
    drains: bool,
    bits: Any,
    hi: Any,
    counts: Any,
    room: int,
) -> None:
    seen = np.full(1 << room, -1, np.int64)
    todo = np.empty(1 << room, np.int64)
    mask = (1 << room) - 1
    am = np.zeros(AM_WIDTH, np.int64)
    am[AM_ID_WIDTH] = 32
    now = np.zeros(FIELDS, np.int64)
    v = np.zeros(FIELDS, np.int64)
    now[STATE] = EXP_HDR
    left = 0
    for plan in range((RATE + 1) ** (2 * FRAMES)):
        for n in range(PUSHES_1, FIELDS):
            now[n] = plan % (RATE + 1)
            plan //= RATE + 1
        todo[left] = _pack(now, bits)
        left += _is_new(seen, todo[left], mask)
    while left:
        left -= 1
        _unpack(todo[left], now, bits)
        moved = False
        for choice in range(8):
            v[:] = now
            if choice < 6:
                acted = source_moves(v, choice, bads, push_timeouts, wrong_way, hi)
            else:
                acted = sink_moves(v, choice - 6, counts, pop_timeouts, wrong_way, drains, am)
            if not acted:
                continue
            moved = True
            packed = _pack(v, bits)
            if _is_new(seen, packed, mask):
                todo[left] = packed
                left += 1
        counts[STATES] += 1
        if not moved:
            if now[ENDED] and now[CLOSED_FLAG] and now[SLOT_0] == 0:
                counts[FINISHED] += 1
            else:
                counts[STUCK] += 1


def search(
    bads: int = 0,
    *,
    push_timeouts: bool = False,
    pop_timeouts: bool = False,
    wrong_way: int = AS_BUILT,
    drains: bool = True,
) -> Found:
    """Search every order with at most `bads` bad headers; breaches are counted by transition."""
    counts = np.zeros(COUNTS, np.int64)
    _search(
        bads, push_timeouts, pop_timeouts, wrong_way, drains, BITS, new_inserter(32), counts, 23
    )
    return Found(*(int(count) for count in counts))
