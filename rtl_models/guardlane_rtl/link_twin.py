# SPDX-License-Identifier: Apache-2.0
"""A whole link as one compiled loop: source, queue and sink clock by clock, fast enough to volume.

The alignment manager and the header inserter are the twins of `guardlane.guard.replay`; the queue's
bare registers and the two shells stand here. `link_model.Link` is the same, slow and readable.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from guardlane.guard import twin
from guardlane.guard.replay import (
    ALIGNMENT_INPUTS,
    ALIGNMENT_OUTPUTS,
    ALIGNMENT_PORT,
    AP_ANSWER,
    AP_PAD,
    END,
    INSERTER_PORT,
    NEW_FRAME,
    POP,
    PUSH,
    clock_alignment,
    clock_inserter,
)
from guardlane.guard.replay_queue import pointer_tables
from guardlane.guard.words import BAD, EOC, ITEM
from guardlane.kernel import kernel

Rows = npt.NDArray[np.int64]

(DATA_MASK, ID_MASK, PAD_DATA, LENGTH_MASK, DEPTH, WORKING_SET, PUSH_TIMEOUT, POP_TIMEOUT,
 SIZES) = range(9)  # fmt: skip
(WRITTEN, READ, IN_WRITE_SET, IN_READ_SET, PUBLISHED, RELEASED, WRITE_CODE, READ_CODE,
 SEEN_WRITTEN, SEEN_READ, CLOSING, QUEUE) = range(12)  # fmt: skip
(OPENS, SOURCE_FRAME, ENDING, SOURCE_DONE, PUSH_WAITED, PHASE, LEFT, IS_FIRST, SINK_FRAME, LEAVING,
 MET_END, POP_WAITED, SHELLS) = range(13)  # fmt: skip
BOUNDARY, IN_POP, ANSWER, ENDS, DONE = range(5)  # phases of a sink

(TDATA, TVALID, TLAST, FRAME, EOC_PULSE, FRAME_LEN, END_PULSE, TREADY,
 FLIP_WRITE, FLIP_READ, SPOILS) = range(11)  # fmt: skip
LINK_OUTPUTS = 19
SPOILT = 3  # a mask over the word of a header or an end that is beyond repair from then on


class LinkTwin(NamedTuple):
    """All registers of a link, int64 arrays, and the tables of its shared pointers' code."""

    sizes: Rows
    alignment: Rows
    alignment_port: Rows
    inserter: Rows
    inserter_port: Rows
    queue: Rows
    slots: Rows
    shells: Rows
    encoded: Rows
    decoded: Rows


def new_link(
    data_width: int,
    id_width: int,
    depth: int,
    working_set: int,
    *,
    pad_data: int = 0,
    length_width: int = 16,
    push_timeout: int = 0,
    pop_timeout: int = 0,
) -> LinkTwin:
    """Return a link after reset: widths in bits, depth and set in words, time-outs in cycles."""
    encoded, decoded = pointer_tables(depth)
    masks = [(1 << width) - 1 for width in (data_width, id_width, length_width)]
    sizes = (masks[0], masks[1], pad_data, masks[2], depth, working_set, push_timeout, pop_timeout)
    queue, shells = np.zeros(QUEUE, np.int64), np.zeros(SHELLS, np.int64)
    queue[WRITE_CODE] = queue[READ_CODE] = encoded[0]
    shells[OPENS] = 1
    return LinkTwin(
        np.array(sizes, np.int64),
        twin.new_alignment(id_width),
        np.zeros(ALIGNMENT_PORT, np.int64),
        twin.new_inserter(id_width),
        np.zeros(INSERTER_PORT, np.int64),
        queue,
        np.zeros((depth, 3), np.int64),
        shells,
        encoded,
        decoded,
    )


@kernel
def clock_queue(link: Any, pushes: bool, publishes: bool, pops: bool, releases: bool) -> None:
    """Move the pointers of a link's queue, and write both shared ones anew."""
    q, depth, working_set = link.queue, link.sizes[DEPTH], link.sizes[WORKING_SET]
    if pushes:
        q[WRITTEN] = (q[WRITTEN] + 1) % (2 * depth)
        q[IN_WRITE_SET] = (q[IN_WRITE_SET] + 1) % working_set
        publishes = publishes or q[IN_WRITE_SET] == 0
    if pops:
        q[READ] = (q[READ] + 1) % (2 * depth)
        q[IN_READ_SET] = (q[IN_READ_SET] + 1) % working_set
        releases = releases or q[IN_READ_SET] == 0
    if publishes:
        q[PUBLISHED] = q[WRITTEN]
    if releases:
        q[RELEASED] = q[READ]
    q[WRITE_CODE], q[READ_CODE] = link.encoded[q[PUBLISHED]], link.encoded[q[RELEASED]]


@kernel
def clock_source(s: Any, id_mask: int, i: Any, opened: bool, took: bool, closes: bool) -> None:
    """Take the clock edge of the registers of a source."""
    ends_frame = not s[ENDING] and (i[FRAME] or (i[TVALID] and took and i[TLAST]))
    if opened:
        s[SOURCE_FRAME] = (s[SOURCE_FRAME] + 1) & id_mask
    s[OPENS] = (s[OPENS] + ends_frame - opened) & id_mask
    s[ENDING] = s[ENDING] or i[EOC_PULSE]
    s[SOURCE_DONE] = s[SOURCE_DONE] or closes


@kernel
def clock_sink(
    s: Any, length_mask: int, i: Any, begins: bool, accepts: bool, answers: bool, is_none: bool
) -> None:
    """Take the clock edge of the phase of a sink and of what belongs to its frame."""
    if s[PHASE] == BOUNDARY:
        if s[LEAVING] or s[MET_END]:
            s[PHASE] = ENDS
        elif begins and accepts:
            s[PHASE], s[LEFT], s[IS_FIRST] = IN_POP, i[FRAME_LEN] - 1, 1
    elif s[PHASE] == IN_POP:
        if accepts:
            s[PHASE] = ANSWER
    elif s[PHASE] == ANSWER:
        if answers and is_none:
            s[PHASE] = ENDS
        elif answers and i[TREADY]:
            s[PHASE] = IN_POP if s[LEFT] else BOUNDARY
            s[LEFT], s[IS_FIRST] = (s[LEFT] - 1) & length_mask, 0
    elif accepts:
        s[PHASE] = DONE


@kernel
def clock_link(link: Any, i: Any, o: Any, to: Any, said: Any) -> None:
    """Fill `o` with the outputs for the inputs `i`, and take the clock edge.

    The columns of `i` are the input ports, two masks of bits to flip in the shared pointers, and
    for each word 0 or SPOILT. `to` and `said` are room for the ports of one part, int64[10] each.
    """
    q, s, sizes = link.queue, link.shells, link.sizes
    id_mask, depth = sizes[ID_MASK], sizes[DEPTH]
    for slot in range(depth):
        if i[SPOILS + slot]:
            link.slots[slot, 0] = BAD
    q[WRITE_CODE] ^= i[FLIP_WRITE]
    q[READ_CODE] ^= i[FLIP_READ]
    write, read = link.decoded[q[WRITE_CODE]], link.decoded[q[READ_CODE]]
    if not write[2]:
        q[SEEN_WRITTEN] = write[0]
    if not read[2]:
        q[SEEN_READ] = read[0]
    occupancy = (q[WRITTEN] - q[SEEN_READ]) % (2 * depth)
    has_room, holds = occupancy < depth, q[SEEN_WRITTEN] != q[READ]
    is_closed = q[CLOSING] and not holds and not write[2]

    opens = s[OPENS] > 0
    command = NEW_FRAME if opens else (END if s[ENDING] else PUSH)
    waits = opens or (not s[SOURCE_DONE] if s[ENDING] else i[TVALID] != 0)
    limit = sizes[PUSH_TIMEOUT]
    source_frame = (s[SOURCE_FRAME] + opens) & id_mask
    to[0], to[1], to[2], to[3], to[4] = waits, command, i[TDATA], source_frame, has_room
    to[5] = limit > 0 and s[PUSH_WAITED] == limit
    clock_inserter(link.inserter, link.inserter_port, sizes[DATA_MASK], to, said)
    accepted, offers = said[0] != 0, said[1] != 0
    took, closes = accepted and command == PUSH, accepted and command == END
    o[0], o[5], o[6], o[7], o[8] = took, source_frame, s[SOURCE_DONE], said[5], said[6]
    s[PUSH_WAITED] = min(s[PUSH_WAITED] + 1, limit) if waits and not accepted else 0
    pushes = offers and has_room
    kind, ident, data = said[2], said[3], said[4]

    is_over = s[LEAVING] or s[MET_END]
    begins = s[PHASE] == BOUNDARY and not is_over and i[FRAME_LEN] > 0
    sink_frame = (s[SINK_FRAME] + begins) & id_mask
    answers = link.alignment_port[AP_ANSWER] != 0
    is_none = s[IS_FIRST] and answers and link.alignment_port[AP_PAD] and s[MET_END]
    takes_answer = s[PHASE] == ANSWER and (i[TREADY] or is_none)
    limit = sizes[POP_TIMEOUT]
    to[0] = begins or s[PHASE] == IN_POP or s[PHASE] == ENDS
    to[1] = NEW_FRAME if s[PHASE] == BOUNDARY else (END if s[PHASE] == ENDS else POP)
    to[2], to[3], to[4], to[5], to[6] = sink_frame, holds, ITEM, 0, 0
    if holds:
        to[4:7] = link.slots[q[READ] % depth]
    to[7], to[8], to[9] = is_closed, limit > 0 and s[POP_WAITED] == limit, takes_answer
    meets_end = to[4] == EOC if holds else is_closed
    clock_alignment(
        link.alignment, link.alignment_port, sizes[DATA_MASK], sizes[PAD_DATA], to, said
    )
    reads = said[1] != 0
    o[1], o[2] = said[3], s[PHASE] == ANSWER and answers and not is_none
    o[3], o[4] = s[LEFT] == 0, said[4]
    o[9], o[10], o[11] = occupancy, write[1] | read[1], write[2] | read[2]
    o[12], o[13], o[14:19] = sink_frame, s[PHASE] == DONE, said[5:10]
    is_popping = s[PHASE] == IN_POP or s[PHASE] == ANSWER
    is_done = answers and takes_answer
    s[POP_WAITED] = min(s[POP_WAITED] + 1, limit) if is_popping and not is_done else 0

    if pushes:
        slot = link.slots[q[WRITTEN] % depth]
        slot[0], slot[1], slot[2] = kind, ident, data
    clock_queue(link, pushes, not pushes or closes, holds and reads, not (holds and reads))
    q[CLOSING] = q[CLOSING] or closes
    if begins and said[0]:
        s[SINK_FRAME] = sink_frame
    clock_source(s, id_mask, i, opens and accepted, took, closes)
    clock_sink(s, sizes[LENGTH_MASK], i, begins, said[0] != 0, answers, is_none)
    s[MET_END] = s[MET_END] or (reads and meets_end)
    s[LEAVING] = s[LEAVING] or i[END_PULSE]


@kernel
def replay_link(link: Any, stimulus: Any, response: Any) -> None:
    """Run a link from reset over int64[cycles, SPOILS + depth], filling int64[cycles, 19]."""
    to, said = np.zeros(ALIGNMENT_INPUTS, np.int64), np.zeros(ALIGNMENT_OUTPUTS, np.int64)
    for n in range(stimulus.shape[0]):
        clock_link(link, stimulus[n], response[n], to, said)
