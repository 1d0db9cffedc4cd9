# SPDX-License-Identifier: Apache-2.0
"""The queue manager clock by clock over arrays: a million cycles at a time, upsets included.

Columns of a stimulus are the fields of QueueInputs in their order, and two masks of bits to flip in
the shared pointers before their cycle; those of a response are the fields of QueueOutputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.guard.queue import check_queue
from guardlane.guard.secded import Secded
from guardlane.guard.words import ITEM
from guardlane.kernel import kernel

(PUSH_VALID, PUSH_KIND, PUSH_ID, PUSH_DATA, PUBLISH, CLOSE, POP_READY, RELEASE, DRAIN,
 FLIP_WRITE, FLIP_READ, QUEUE_INPUTS) = range(12)  # fmt: skip
QUEUE_OUTPUTS = 9


def pointer_tables(depth: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Tabulate the code of a shared pointer of a queue of `depth` words.

    Returns int64[2 * depth], the codewords, and int64[codes, 3]: what each code reads as, whether
    it was corrected, whether it is beyond repair.
    """
    code = Secded((2 * depth - 1).bit_length())
    encoded = np.array([code.encode(value) for value in range(2 * depth)], np.int64)
    decoded = np.array([code.decode(word) for word in range(1 << code.code_width)], np.int64)
    return encoded, decoded


def replay_queue(
    depth: int, working_set: int, stimulus: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Run a queue of bare registers from reset over int64[cycles, QUEUE_INPUTS].

    Returns int64[cycles, QUEUE_OUTPUTS].
    """
    check_queue(depth, working_set, 1)
    response = np.zeros((len(stimulus), QUEUE_OUTPUTS), np.int64)
    encoded, decoded = pointer_tables(depth)
    _replay(depth, working_set, encoded, decoded, stimulus, response)
    return response


@kernel
def _replay(
    depth: int, working_set: int, encoded: Any, decoded: Any, stimulus: Any, response: Any
) -> None:
    span = 2 * depth
    slots = np.zeros((depth, 3), np.int64)
    written = read = 0  # words modulo twice the depth, each end's own
    in_write_set = in_read_set = 0  # words since the last set boundary
    published = released = 0  # the owners' copies of the shared pointers
    write_code = read_code = encoded[0]
    trusted_written = trusted_read = 0  # the last values the readers could use
    is_closing = False
    for n in range(stimulus.shape[0]):
        i, o = stimulus[n], response[n]
        write_code ^= i[FLIP_WRITE]
        read_code ^= i[FLIP_READ]
        if not decoded[write_code, 2]:
            trusted_written = decoded[write_code, 0]
        if not decoded[read_code, 2]:
            trusted_read = decoded[read_code, 0]
        occupancy = (written - trusted_read) % span
        has_room = occupancy < depth
        holds = trusted_written != read
        o[0], o[1] = has_room, holds and not i[DRAIN]
        o[2], o[3], o[4] = ITEM, 0, 0
        if holds:
            o[2:5] = slots[read % depth]
        o[5], o[6] = is_closing and not holds and not decoded[write_code, 2], occupancy
        o[7] = decoded[write_code, 1] | decoded[read_code, 1]
        o[8] = decoded[write_code, 2] | decoded[read_code, 2]

        hands_over = i[PUBLISH] or i[CLOSE]
        if i[PUSH_VALID] and has_room:
            slots[written % depth] = i[PUSH_KIND : PUSH_DATA + 1]
            written = (written + 1) % span
            in_write_set = (in_write_set + 1) % working_set
            hands_over = hands_over or in_write_set == 0
        if hands_over:
            published = written
        gives_back = i[RELEASE] or i[DRAIN]
        if holds and (i[POP_READY] or i[DRAIN]):
            read = (read + 1) % span
            in_read_set = (in_read_set + 1) % working_set
            gives_back = gives_back or in_read_set == 0
        if gives_back:
            released = read
        write_code, read_code = encoded[published], encoded[released]
        is_closing = is_closing or i[CLOSE] != 0
