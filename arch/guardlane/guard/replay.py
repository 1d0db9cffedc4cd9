# SPDX-License-Identifier: Apache-2.0
"""The twins clock by clock: the shells' ports as rows of numbers, a million cycles at a time.

A stimulus is int64[cycles, columns], one row of input ports a cycle, recorded from a bench that
keeps the port rules; a response is int64[cycles, columns], the output ports of the same cycles.
Columns are the fields of the shells' inputs and outputs in their order.
"""

from __future__ import annotations

from typing import Any

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


@kernel
def replay_alignment(am: Any, data_mask: int, pad_data: int, stimulus: Any, response: Any) -> None:
    """Run an alignment manager from reset over `stimulus`, filling `response`."""
    is_open = has_ended = has_answer = is_pad = False
    data = pad_data
    strobe_item = strobe_header = strobe_pad = False
    for n in range(stimulus.shape[0]):
        i, o = stimulus[n], response[n]
        is_idle = not (is_open or has_answer or has_ended)
        accepts = is_idle and i[CMD_VALID] != 0
        looks = is_open or (accepts and i[CMD] == POP)
        padding = alignment_is_padding(am)
        o[0], o[1], o[2] = is_idle, has_ended or (looks and not padding), has_answer
        o[3], o[4], o[5] = data, is_pad, am[AM_STATE]
        o[6], o[7], o[8], o[9] = strobe_item, strobe_header, strobe_pad, am[AM_SKEW]
        strobe_item = strobe_header = strobe_pad = False
        if has_answer and i[RSP_READY]:
            has_answer = is_pad = False
            data = pad_data
        if accepts and i[CMD] == NEW_FRAME:
            alignment_new_frame(am, i[ACTIVE])
        elif accepts and i[CMD] == END:
            has_ended = True
        if not looks:
            continue
        is_open = True
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
        strobe_item = am[AM_DISCARDED_ITEMS] > items
        strobe_header = am[AM_DISCARDED_HEADERS] > headers
        if action != LOOK_ON:
            is_open, has_answer = False, True
            is_pad = strobe_pad = action != DELIVER
            data = pad_data if is_pad else i[UNIT_DATA] & data_mask


@kernel
def replay_inserter(hi: Any, data_mask: int, stimulus: Any, response: Any) -> None:
    """Run a header inserter from reset over `stimulus`, filling `response`."""
    has_ended = skipped = cut = False
    for n in range(stimulus.shape[0]):
        valid, command, data, active, ready, timeout = stimulus[n]
        o = response[n]
        o[0], o[1], o[2], o[3], o[4] = 0, 0, ITEM, 0, 0
        o[5], o[6] = skipped, cut
        skipped = cut = False
        if not valid or has_ended:
            continue
        if command == PUSH:
            o[4] = data & data_mask
            if inserter_swallows(hi):
                o[0] = 1
                continue
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
            cut = True
        elif timeout and command == NEW_FRAME:
            inserter_skip_frame(hi)
            skipped = True
        has_ended = o[0] != 0 and command == END
