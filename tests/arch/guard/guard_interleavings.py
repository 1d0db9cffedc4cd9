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

from guardlane.guard import twin
from guardlane.guard.words import BAD, EOC, HEADER, ITEM
from guardlane.kernel import kernel

FRAMES, RATE, DEPTH = 3, 2, 2

# Ways to build it wrong.
AS_BUILT, IGNORE_BAD, TIMEOUT_KEEPS_STATE, LOSE_ONE_WORD = range(4)

# A state as numbers, with the bits each takes in its packed form.
(
    SOURCE_FRAME, SOURCE_PUSHES, DROPPING, CLOSED_FLAG, LATEST_HEADER,
    ENTERED_1, ENTERED_2, ENTERED_3, SLOT_0, SLOT_1, SINK_FRAME, SINK_POPS, OPEN, ENDED,
    STATE, LATCH_KIND, LATCHED, GIVEN_UP, BAD_FRAMES, BADS, LATEST,
    PUSHES_1, PUSHES_2, PUSHES_3, POPS_1, POPS_2, POPS_3, FIELDS,
) = range(28)  # fmt: skip
BITS = np.array([2, 2, 1, 1, 2, 2, 2, 2, 4, 4, 2, 2, 1, 1, 3, 2, 2, 3, 3, 2, 3] + [2] * 6, np.int64)

# A word in the queue: 0 none, 1-3 header of a frame, 4-6 the same turned bad, 7 end, 8 bad end,
# 9 + 2 (frame - 1) + index an item.
BAD_WORD, END_WORD, BAD_END_WORD, ITEM_WORD = 3, 7, 8, 9

# What the search counts.
STATES, FINISHED, STUCK, WRONG, BACKWARDS, UNJUSTIFIED_PADS, UNJUSTIFIED_DISCARDS, COUNTS = range(8)


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
def _enter(v: Any, word: int) -> bool:
    """Put a word at the tail, if there is room."""
    if v[SLOT_0] == 0:
        v[SLOT_0] = word
    elif v[SLOT_1] == 0:
        v[SLOT_1] = word
    else:
        return False
    return True


@kernel
def source_moves(
    v: Any, choice: int, bads: int, push_timeouts: bool, wrong_way: int, hi: Any
) -> bool:
    """Let the source act; False if it cannot.

    Choices: 0 push, 2 give that up; 3 start a frame or end, 4 the same turned bad, 5 give that up.
    """
    hi[0] = v[DROPPING]
    full = v[SLOT_1] != 0
    if v[CLOSED_FLAG]:
        return False
    if choice < 3:
        frame = v[SOURCE_FRAME]
        if frame == 0 or v[SOURCE_PUSHES] == v[PUSHES_1 + frame - 1] or choice == 1:
            return False
        v[SOURCE_PUSHES] += 1
        if v[DROPPING]:
            return choice == 0
        if choice == 2:
            if wrong_way != LOSE_ONE_WORD:
                twin.inserter_drop_tail(hi)
            v[DROPPING] = hi[0]
            return full and push_timeouts
        index = v[ENTERED_1 + frame - 1]
        v[ENTERED_1 + frame - 1] += 1
        return _enter(v, ITEM_WORD + 2 * (frame - 1) + index)
    if v[SOURCE_FRAME] and v[SOURCE_PUSHES] < v[PUSHES_1 + v[SOURCE_FRAME] - 1]:
        return False
    ends = v[SOURCE_FRAME] == FRAMES
    if ends:
        v[CLOSED_FLAG] = 1
    else:
        v[SOURCE_FRAME] += 1
        v[SOURCE_PUSHES] = 0
    frame = v[SOURCE_FRAME]
    if choice == 5:
        twin.inserter_skip_frame(hi)
        if wrong_way == LOSE_ONE_WORD:
            hi[0] = 0
        v[DROPPING] = hi[0]
        return full and push_timeouts
    twin.inserter_entered(hi)
    v[DROPPING] = hi[0]
    if not ends:
        v[LATEST_HEADER] = frame
    if choice == 3:
        return _enter(v, END_WORD if ends else frame)
    v[BADS] += 1
    if v[BADS] > bads:
        return False
    if not ends:
        v[BAD_FRAMES] |= 1 << (frame - 1)
    return _enter(v, BAD_END_WORD if ends else BAD_WORD + frame)


@kernel
def _answer_pad(v: Any, counts: Any) -> None:
    frame = v[SINK_FRAME]
    over = v[CLOSED_FLAG] or v[LATEST_HEADER] > frame
    exhausted = over and v[ENTERED_1 + frame - 1] <= v[SINK_POPS]
    if not (exhausted or (v[GIVEN_UP] | v[BAD_FRAMES]) >> (frame - 1) & 1):
        counts[UNJUSTIFIED_PADS] += 1
    v[SINK_POPS] += 1
    v[OPEN] = 0


@kernel
def _look(v: Any, am: Any, counts: Any, pop_timeouts: bool, wrong_way: int) -> bool:
    """Let the open pop examine what the queue shows."""
    frame = v[SINK_FRAME]
    if twin.alignment_is_padding(am):
        _answer_pad(v, counts)
        return True
    word = v[SLOT_0]
    if word == 0:
        if v[CLOSED_FLAG]:
            twin.alignment_closed(am)
        elif not pop_timeouts:
            return False
        else:
            v[GIVEN_UP] |= 1 << (frame - 1)
            if wrong_way != TIMEOUT_KEEPS_STATE:
                twin.alignment_timeout(am)
        _answer_pad(v, counts)
        return True
    v[SLOT_0], v[SLOT_1] = v[SLOT_1], 0
    kind, ident = ITEM, 0
    if word <= BAD_WORD:
        kind, ident = HEADER, word
    elif word == END_WORD:
        kind = EOC
    elif word < ITEM_WORD:
        kind = BAD
    if kind == BAD and wrong_way == IGNORE_BAD:
        return True
    action = twin.alignment_unit(am, kind, ident, frame)
    item_frame, index = (word - ITEM_WORD) // 2 + 1, (word - ITEM_WORD) % 2
    if action == twin.PAD:
        _answer_pad(v, counts)
    elif action == twin.DELIVER:
        if item_frame != frame or index != v[SINK_POPS]:
            counts[WRONG] += 1
        mark = word - ITEM_WORD + 1
        if mark <= v[LATEST]:
            counts[BACKWARDS] += 1
        v[LATEST] = mark
        v[SINK_POPS] += 1
        v[OPEN] = 0
    elif kind == ITEM and item_frame == frame:
        is_lost = (v[GIVEN_UP] | v[BAD_FRAMES]) >> (frame - 1) & 1
        counts[UNJUSTIFIED_DISCARDS] += 1 - is_lost
    return True


@kernel
def sink_moves(
    v: Any, choice: int, counts: Any, pop_timeouts: bool, wrong_way: int, drains: bool, am: Any
) -> bool:
    """Let the sink act: choice 0 opens a pop or looks on, 1 goes to the next frame or ends."""
    if v[ENDED]:
        if choice or not drains or v[SLOT_0] == 0:
            return False
        v[SLOT_0], v[SLOT_1] = v[SLOT_1], 0
        return True
    am[twin.AM_STATE] = v[STATE]
    am[twin.AM_LATCH_KIND], am[twin.AM_LATCHED] = v[LATCH_KIND], v[LATCHED]
    is_short = v[SINK_FRAME] and v[SINK_POPS] < v[POPS_1 + v[SINK_FRAME] - 1]
    if choice == 0:
        if v[OPEN]:
            if not _look(v, am, counts, pop_timeouts, wrong_way):
                return False
        elif not is_short:
            return False
        else:
            v[OPEN] = 1
    elif v[OPEN] or is_short:
        return False
    elif v[SINK_FRAME] == FRAMES:
        v[ENDED] = 1
    else:
        v[SINK_FRAME] += 1
        v[SINK_POPS] = 0
        twin.alignment_new_frame(am, v[SINK_FRAME])
    v[STATE], v[LATCH_KIND] = am[twin.AM_STATE], am[twin.AM_LATCH_KIND]
    v[LATCHED] = am[twin.AM_LATCHED] if v[LATCH_KIND] == 1 else 0
    return True


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
    am = np.zeros(twin.AM_WIDTH, np.int64)
    am[twin.AM_ID_WIDTH] = 32
    now = np.zeros(FIELDS, np.int64)
    v = np.zeros(FIELDS, np.int64)
    now[STATE] = twin.EXP_HDR
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
    limits = (bads, push_timeouts, pop_timeouts, wrong_way, drains)
    _search(*limits, BITS, twin.new_inserter(32), counts, 23)
    return Found(*(int(count) for count in counts))
