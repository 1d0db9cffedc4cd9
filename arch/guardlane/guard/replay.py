# SPDX-License-Identifier: Apache-2.0
"""The twins clock by clock: the shells' ports as rows of numbers, a million cycles at a time.

A stimulus is int64[cycles, columns], one row of input ports a cycle, recorded from a bench that
keeps the port rules; a response is int64[cycles, columns], the output ports of the same cycles.
Columns are the fields of the shells' inputs and outputs in their order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.guard.twin import (
    AM_DISCARDED_HEADERS,
    AM_DISCARDED_ITEMS,
    AM_SKEW,
    AM_STATE,
    DELIVER,
    LOOK_ON,
    alignment_closed,
    alignment_is_padding,
    alignment_new_frame,
    alignment_pad,
    alignment_timeout,
    alignment_unit,
    inserter_drop_tail,
    inserter_entered,
    inserter_header,
    inserter_skip_frame,
    inserter_swallows,
)
from guardlane.guard.words import EOC, HEADER, ITEM
from guardlane.kernel import kernel

POP, NEW_FRAME, END = range(3)
PUSH = POP

(CMD_VALID, CMD, ACTIVE, UNIT_VALID, UNIT_KIND, UNIT_ID, UNIT_DATA, CLOSED, TIMEOUT, RSP_READY,
 ALIGNMENT_INPUTS) = range(11)  # fmt: skip
ALIGNMENT_OUTPUTS = 10
INSERTER_INPUTS = 6
INSERTER_OUTPUTS = 7


(
    AP_OPEN,  # a pop has been accepted and not been answered
    AP_ENDED,
    AP_ANSWER,  # an answer stands
    AP_PAD,
    AP_DATA,
    AP_ITEM_STROBE,
    AP_HEADER_STROBE,
    AP_PAD_STROBE,
    ALIGNMENT_PORT,
) = range(9)


@kernel
def clock_alignment(am: Any, port: Any, data_mask: int, pad_data: int, i: Any, o: Any) -> None:
    """Fill `o` with the outputs for the inputs `i`, and take the clock edge.

    `port` is int64[ALIGNMENT_PORT], zeros after reset.
    """
    is_open, has_answer = port[AP_OPEN] != 0, port[AP_ANSWER] != 0
    is_idle = not (is_open or has_answer or port[AP_ENDED])
    accepts = is_idle and i[CMD_VALID] != 0
    looks = is_open or (accepts and i[CMD] == POP)
    padding = alignment_is_padding(am)
    o[0], o[1], o[2] = is_idle, port[AP_ENDED] or (looks and not padding), has_answer
    o[3] = port[AP_DATA] if has_answer else pad_data
    o[4], o[5] = port[AP_PAD], am[AM_STATE]
    o[6], o[7], o[8] = port[AP_ITEM_STROBE], port[AP_HEADER_STROBE], port[AP_PAD_STROBE]
    o[9] = am[AM_SKEW]
    port[AP_ITEM_STROBE] = port[AP_HEADER_STROBE] = port[AP_PAD_STROBE] = 0
    if has_answer and i[RSP_READY]:
        port[AP_ANSWER] = port[AP_PAD] = 0
    if accepts and i[CMD] == NEW_FRAME:
        alignment_new_frame(am, i[ACTIVE])
    elif accepts and i[CMD] == END:
        port[AP_ENDED] = 1
    if not looks:
        return
    items, headers = am[AM_DISCARDED_ITEMS], am[AM_DISCARDED_HEADERS]
    action = LOOK_ON
    if padding:
        action = alignment_pad(am)
    elif i[UNIT_VALID]:
        action = alignment_unit(am, i[UNIT_KIND], i[UNIT_ID], i[ACTIVE])
    elif i[CLOSED]:
        action = alignment_closed(am)
    elif i[TIMEOUT]:
        action = alignment_timeout(am)
    port[AP_ITEM_STROBE] = am[AM_DISCARDED_ITEMS] > items
    port[AP_HEADER_STROBE] = am[AM_DISCARDED_HEADERS] > headers
    port[AP_OPEN] = action == LOOK_ON
    if action != LOOK_ON:
        is_pad = action != DELIVER
        port[AP_ANSWER], port[AP_PAD], port[AP_PAD_STROBE] = 1, is_pad, is_pad
        port[AP_DATA] = pad_data if is_pad else i[UNIT_DATA] & data_mask


@kernel
def replay_alignment(am: Any, data_mask: int, pad_data: int, stimulus: Any, response: Any) -> None:
    """Run an alignment manager from reset over `stimulus`, filling `response`."""
    port = np.zeros(ALIGNMENT_PORT, np.int64)
    for n in range(stimulus.shape[0]):
        clock_alignment(am, port, data_mask, pad_data, stimulus[n], response[n])


HP_ENDED, HP_SKIPPED, HP_CUT, INSERTER_PORT = range(4)  # the last two are strobes


@kernel
def clock_inserter(hi: Any, port: Any, data_mask: int, i: Any, o: Any) -> None:
    """Fill `o` with the outputs for the inputs `i`, and take the clock edge.

    `port` is int64[INSERTER_PORT], zeros after reset.
    """
    valid, command, data, active, ready, timeout = i[0], i[1], i[2], i[3], i[4], i[5]
    o[0], o[1], o[2], o[3], o[4] = 0, 0, ITEM, 0, 0
    o[5], o[6] = port[HP_SKIPPED], port[HP_CUT]
    port[HP_SKIPPED] = port[HP_CUT] = 0
    if not valid or port[HP_ENDED]:
        return
    if command == PUSH:
        o[4] = data & data_mask
        if inserter_swallows(hi):
            o[0] = 1
            return
    elif command == NEW_FRAME:
        o[2], o[3] = HEADER, inserter_header(hi, active)
    else:
        o[2] = EOC
    o[1], o[0] = 1, ready or timeout
    if ready:
        if command != PUSH:
            inserter_entered(hi)
    elif timeout and command == PUSH:
        inserter_drop_tail(hi)
        port[HP_CUT] = 1
    elif timeout and command == NEW_FRAME:
        inserter_skip_frame(hi)
        port[HP_SKIPPED] = 1
    port[HP_ENDED] = o[0] != 0 and command == END


@kernel
def replay_inserter(hi: Any, data_mask: int, stimulus: Any, response: Any) -> None:
    """Run a header inserter from reset over `stimulus`, filling `response`."""
    port = np.zeros(INSERTER_PORT, np.int64)
    for n in range(stimulus.shape[0]):
        clock_inserter(hi, port, data_mask, stimulus[n], response[n])
