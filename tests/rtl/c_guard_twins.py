# SPDX-License-Identifier: Apache-2.0
"""The compiled twins in the place of the C library, operation by operation and row by row.

What `c_guard_driver.c` does with the library is done here with the twins; the rows are equal, or
one of the two is wrong. Only the result's bits are put together from what the twin says it did.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.guard import twin
from guardlane.guard.words import HEADER, ITEM
from guardlane.kernel import kernel

Rows = npt.NDArray[np.int64]

# A late unit or closed flag comes in the step of the time-out, and wins.
RESET, NEW_FRAME, UNIT, NOTHING, CLOSED, TIMEOUT, LATE_UNIT, LATE_CLOSED = range(8)
ALIGNMENT_OP, ALIGNMENT_ROW = 4, 10
RESET_INSERTER, HEADER_OUT, PUSH, END = range(4)
INSERTER_OP, INSERTER_ROW = 3, 7

# The bits of a result, as the header has them; a test compares.
(DONE, WOULD_BLOCK, TOOK, ENTERED, PADDED, DISCARDED_ITEM, DISCARDED_HEADER, SKEWED, TIMEOUT_TAKEN,
 SKIPPED_FRAME, DROPPED_TAIL, DROPPED_ITEM) = (
    0x1, 0x2, 0x10, 0x20, 0x40, 0x80, 0x100, 0x200, 0x400, 0x800, 0x1000, 0x2000
)  # fmt: skip
TIMEOUT_FLAG, ROOM_FLAG = 1, 4


@kernel
def drive_alignment(am: Any, active: int, pad_data: int, ops: Any, rows: Any) -> None:
    """Fill int64[n, ALIGNMENT_ROW] with what int64[n, ALIGNMENT_OP] leads to."""
    mask = (np.int64(1) << am[twin.AM_ID_WIDTH]) - 1
    for n in range(ops.shape[0]):
        what, kind, relative, data = ops[n]
        ident = (active + relative) & 0xFFFFFFFF
        result = answer = 0
        action = twin.LOOK_ON
        if what == RESET:
            am[twin.AM_STATE], am[twin.AM_LATCH_KIND] = relative, data
            am[twin.AM_SKEW] = am[twin.AM_LATCHED] = am[twin.AM_PADS] = 0
            am[twin.AM_DISCARDED_ITEMS] = am[twin.AM_DISCARDED_HEADERS] = 0
        elif what == NEW_FRAME:
            active = (active + 1) & mask
            twin.alignment_new_frame(am, active)
            result = DONE
        elif twin.alignment_is_padding(am):
            action = twin.alignment_pad(am)
        elif what in (UNIT, LATE_UNIT):
            items, headers = am[twin.AM_DISCARDED_ITEMS], am[twin.AM_DISCARDED_HEADERS]
            action = twin.alignment_unit(am, kind, ident, active)
            result = TOOK
            result |= DISCARDED_ITEM if am[twin.AM_DISCARDED_ITEMS] > items else 0
            result |= DISCARDED_HEADER if am[twin.AM_DISCARDED_HEADERS] > headers else 0
            if kind == HEADER and (ident - active) & mask == (mask + 1) >> 1:
                result |= SKEWED
        elif what in (CLOSED, LATE_CLOSED):
            action = twin.alignment_closed(am)
        elif what == TIMEOUT:
            action = twin.alignment_timeout(am)
            result = TIMEOUT_TAKEN
        if action == twin.DELIVER:
            result, answer = result | DONE, data
        elif action == twin.PAD:
            result, answer = result | DONE | PADDED, pad_data
        elif what not in (RESET, NEW_FRAME):
            result |= WOULD_BLOCK
        row = rows[n]
        row[0], row[1], row[2], row[3] = result, answer, am[twin.AM_STATE], am[twin.AM_LATCH_KIND]
        row[4], row[5], row[6] = am[twin.AM_LATCHED], active, am[twin.AM_SKEW]
        row[7], row[8] = am[twin.AM_PADS], am[twin.AM_DISCARDED_ITEMS]
        row[9] = am[twin.AM_DISCARDED_HEADERS]


@kernel
def drive_inserter(hi: Any, ops: Any, rows: Any) -> None:
    """Fill int64[n, INSERTER_ROW] with what int64[n, INSERTER_OP] leads to."""
    for n in range(ops.shape[0]):
        what, value, flags = ops[n]
        room, timeout = flags & ROOM_FLAG != 0, flags & TIMEOUT_FLAG != 0
        result, kind, payload = DONE, ITEM, 0
        if what == RESET_INSERTER:
            hi[twin.HI_DROPPING] = hi[twin.HI_SKIPPED_FRAMES] = 0
            hi[twin.HI_DROPPED_TAILS] = hi[twin.HI_DROPPED_ITEMS] = result = 0
        elif what == PUSH and twin.inserter_swallows(hi):
            result |= DROPPED_ITEM
        elif room:
            result |= ENTERED
            if what == PUSH:
                payload = value
            else:
                twin.inserter_entered(hi)
                kind = HEADER if what == HEADER_OUT else 3
                payload = twin.inserter_header(hi, value) if what == HEADER_OUT else 0
        elif not timeout:
            result = WOULD_BLOCK
        elif what == PUSH:
            twin.inserter_drop_tail(hi)
            result |= TIMEOUT_TAKEN | DROPPED_TAIL | DROPPED_ITEM
        elif what == HEADER_OUT:
            twin.inserter_skip_frame(hi)
            result |= TIMEOUT_TAKEN | SKIPPED_FRAME
        else:
            result |= TIMEOUT_TAKEN
        row = rows[n]
        row[0], row[1], row[2], row[3] = result, kind, payload, hi[twin.HI_DROPPING]
        row[4], row[5] = hi[twin.HI_SKIPPED_FRAMES], hi[twin.HI_DROPPED_TAILS]
        row[6] = hi[twin.HI_DROPPED_ITEMS]
