# SPDX-License-Identifier: Apache-2.0
"""The alignment manager for compiled engines: the table of `alignment` over one int64 row a queue.

Written out as branches instead of a table so that the two can be told apart by a test and never by
their answers. A row is int64[AM_WIDTH]; ids are AM_ID_WIDTH bits wide.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.guard.words import EOC, HEADER, ITEM
from guardlane.kernel import kernel

(
    AM_STATE,
    AM_LATCHED,  # id of the future header that was seen
    AM_LATCH_KIND,
    AM_SKEW,  # 1 once a header stood half the id space away
    AM_PADS,
    AM_DISCARDED_ITEMS,
    AM_DISCARDED_HEADERS,
    AM_ID_WIDTH,
    AM_WIDTH,
) = range(9)

RCV_CMP, EXP_HDR, DISC, DISC_FR, PDG = range(5)
LATCHED_NOTHING, LATCHED_ID, LATCHED_EOC = range(3)
LOOK_ON, DELIVER, PAD = range(3)


def new_alignment(id_width: int) -> npt.NDArray[np.int64]:
    """Return the row of a queue after reset, for frame ids of `id_width` bits (2 to 62)."""
    row = np.zeros(AM_WIDTH, np.int64)
    row[AM_STATE] = EXP_HDR
    row[AM_ID_WIDTH] = id_width
    return row


@kernel
def alignment_new_frame(am: Any, active: int) -> None:
    """Enter the frame `active` (the counter has stepped already)."""
    state = am[AM_STATE]
    if state == RCV_CMP:
        am[AM_STATE] = EXP_HDR
    elif state == PDG:
        if am[AM_LATCH_KIND] == LATCHED_NOTHING:
            am[AM_STATE] = EXP_HDR
        elif am[AM_LATCH_KIND] == LATCHED_ID:
            mask = (np.int64(1) << am[AM_ID_WIDTH]) - 1
            distance = (am[AM_LATCHED] - active) & mask
            if distance == 0:
                am[AM_STATE] = RCV_CMP
                am[AM_LATCH_KIND] = LATCHED_NOTHING
            elif distance >= np.int64(1) << (am[AM_ID_WIDTH] - 1):
                am[AM_STATE] = DISC_FR
                am[AM_LATCH_KIND] = LATCHED_NOTHING
    elif state > PDG:
        am[AM_STATE] = DISC_FR


@kernel
def alignment_is_padding(am: Any) -> bool:
    """Whether a pop is answered with a pad and the queue left alone."""
    return bool(am[AM_STATE] == PDG)


@kernel
def alignment_pad(am: Any) -> int:
    """Answer a pop while padding; returns PAD."""
    am[AM_PADS] += 1
    return PAD


@kernel
def _give_up(am: Any, latch_kind: int) -> int:
    am[AM_STATE] = PDG
    am[AM_LATCH_KIND] = latch_kind
    am[AM_PADS] += 1
    return PAD


@kernel
def alignment_closed(am: Any) -> int:
    """Answer a pop on a queue that is closed and empty; returns PAD."""
    return _give_up(am, LATCHED_EOC)


@kernel
def alignment_timeout(am: Any) -> int:
    """Answer a pop that has waited too long: the rest of the frame is given up; returns PAD."""
    return _give_up(am, LATCHED_NOTHING)


@kernel
def alignment_unit(am: Any, kind: int, ident: int, active: int) -> int:
    """Examine the unit taken from the queue for an open pop, out of state Pdg.

    Returns LOOK_ON (take the next), DELIVER (this item is the answer) or PAD.
    """
    state = am[AM_STATE]
    if kind == ITEM:
        if state == RCV_CMP:
            return DELIVER
        am[AM_DISCARDED_ITEMS] += 1
        am[AM_STATE] = DISC if state in (EXP_HDR, DISC) else DISC_FR
        return LOOK_ON
    if kind == EOC:
        return _give_up(am, LATCHED_EOC)
    if kind == HEADER:
        half = np.int64(1) << (am[AM_ID_WIDTH] - 1)
        distance = (ident - active) & (2 * half - 1)
        if distance == half:
            am[AM_SKEW] = 1
        if distance == 0 and state != RCV_CMP:
            am[AM_STATE] = RCV_CMP
            return LOOK_ON
        if 0 < distance < half:
            am[AM_LATCHED] = ident & (2 * half - 1)
            return _give_up(am, LATCHED_ID)
    # a past header, a bad one (which may have been any) or this frame's a second time
    am[AM_STATE] = DISC_FR
    am[AM_DISCARDED_HEADERS] += 1
    return LOOK_ON


(
    HI_DROPPING,  # 1 while the rest of the frame is swallowed
    HI_ID_WIDTH,
    HI_DELAY,  # frames that headers run ahead of the counter, on a feedback edge
    HI_SKIPPED_FRAMES,
    HI_DROPPED_TAILS,
    HI_DROPPED_ITEMS,
    HI_WIDTH,
) = range(7)


def new_inserter(id_width: int, delay_frames: int = 0) -> npt.NDArray[np.int64]:
    """Return the row of an inserter after reset."""
    row = np.zeros(HI_WIDTH, np.int64)
    row[HI_ID_WIDTH], row[HI_DELAY] = id_width, delay_frames
    return row


@kernel
def inserter_header(hi: Any, active: int) -> int:
    """Return the id of the header that opens frame `active`."""
    return int((active + hi[HI_DELAY]) & ((np.int64(1) << hi[HI_ID_WIDTH]) - 1))


@kernel
def inserter_entered(hi: Any) -> None:
    """Note that a header, or the end of the computation, has entered the queue."""
    hi[HI_DROPPING] = 0


@kernel
def inserter_skip_frame(hi: Any) -> None:
    """Give up a header that could not enter, and every item of its frame."""
    hi[HI_DROPPING] = 1
    hi[HI_SKIPPED_FRAMES] += 1


@kernel
def inserter_drop_tail(hi: Any) -> None:
    """Give up an item that could not enter, and every later item of its frame."""
    hi[HI_DROPPING] = 1
    hi[HI_DROPPED_TAILS] += 1
    hi[HI_DROPPED_ITEMS] += 1


@kernel
def inserter_swallows(hi: Any) -> bool:
    """Whether a push is swallowed because its frame was cut; counts the item if so."""
    if hi[HI_DROPPING]:
        hi[HI_DROPPED_ITEMS] += 1
        return True
    return False
