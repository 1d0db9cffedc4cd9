# SPDX-License-Identifier: Apache-2.0
"""Every pattern of pushes and pops within small bounds, run through the alignment manager.

A whole stream is written first (headers, items, end), then popped frame by frame.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from guardlane.guard.twin import (
    AM_STATE,
    DELIVER,
    DISC,
    DISC_FR,
    PAD,
    RCV_CMP,
    alignment_closed,
    alignment_is_padding,
    alignment_new_frame,
    alignment_pad,
    alignment_unit,
    new_alignment,
)
from guardlane.guard.words import BAD, EOC, HEADER, ITEM
from guardlane.kernel import kernel

# Ways to build it wrong, each of which delivers no item of a wrong frame when headers are intact.
AS_BUILT, IGNORE_BAD, PAD_EVERYTHING, DROP_MATCHING_HEADERS, DELIVER_TWICE, HANG_WHEN_CLOSED = (
    range(6)
)


class Tally(NamedTuple):
    """Patterns run, and those with a wrong item, a hang, any answer but the due one."""

    patterns: int
    wrong: int
    hung: int
    unequal: int


@kernel
def _run(
    am: Any,
    kinds: Any,
    frames: Any,
    indices: Any,
    length: int,
    first: int,
    pushes: Any,
    pops: Any,
    wrong_way: int,
) -> Any:
    """Run one pattern; returns wrong items, 1 for a hang, answers other than the due ones."""
    head = wrong = unequal = 0
    again = -1
    for f in range(pops.size):
        frame = first + f
        alignment_new_frame(am, frame)
        again = -1
        for pop in range(pops[f]):
            got_frame = got = -1
            if again >= 0:
                got_frame, got, again = frame, again, -1
            elif alignment_is_padding(am):
                alignment_pad(am)
            else:
                while True:
                    if head == length:
                        if wrong_way == HANG_WHEN_CLOSED:
                            return wrong, 1, unequal
                        alignment_closed(am)
                        break
                    kind = kinds[head]
                    head += 1
                    if wrong_way == IGNORE_BAD and kind == BAD:
                        continue
                    state = am[AM_STATE]
                    action = alignment_unit(am, kind, frames[head - 1], frame)
                    if action == DELIVER:
                        got_frame, got = frames[head - 1], indices[head - 1]
                        break
                    if action == PAD:
                        break
                    surplus = state in (DISC, DISC_FR)
                    if wrong_way == DROP_MATCHING_HEADERS and surplus and am[AM_STATE] == RCV_CMP:
                        am[AM_STATE] = state
            if wrong_way == PAD_EVERYTHING:
                got = -1
            if wrong_way == DELIVER_TWICE and pop == 0 and got == 0:
                again = 0
            due = pop if pop < pushes[f] else -1
            if got >= 0 and (got_frame != frame or got != pop):
                wrong += 1
            if got != due or (got >= 0 and got_frame != frame):
                unequal += 1
    return wrong, 0, unequal


@kernel
def _sweep(
    row: Any,
    frames_count: int,
    most_pushes: int,
    most_pops: int,
    bad_patterns: int,
    bad_end: bool,
    first: int,
    wrong_way: int,
    tally: Any,
) -> None:
    pushes, pops = np.zeros(frames_count, np.int64), np.zeros(frames_count, np.int64)
    kinds, frames, indices = np.zeros(64, np.int64), np.zeros(64, np.int64), np.zeros(64, np.int64)
    am = row.copy()
    for code in range((most_pushes + 1) ** frames_count * (most_pops + 1) ** frames_count):
        for f in range(frames_count):
            pushes[f] = code % (most_pushes + 1)
            code //= most_pushes + 1
        for f in range(frames_count):
            pops[f] = code % (most_pops + 1)
            code //= most_pops + 1
        for bad in range(bad_patterns):
            length = 0
            for f in range(frames_count):
                kinds[length] = BAD if bad >> f & 1 else HEADER
                frames[length] = first + f
                length += 1
                for index in range(pushes[f]):
                    kinds[length], frames[length], indices[length] = ITEM, first + f, index
                    length += 1
            kinds[length] = BAD if bad_end else EOC
            length += 1
            am[:] = row
            wrong, hung, unequal = _run(
                am, kinds, frames, indices, length, first, pushes, pops, wrong_way
            )
            tally[0] += 1
            tally[1] += wrong > 0
            tally[2] += hung
            tally[3] += unequal > 0


def sweep(
    frames: int,
    most_pushes: int,
    most_pops: int,
    *,
    any_bad: bool = False,
    bad_end: bool = False,
    wrong_way: int = AS_BUILT,
    id_width: int = 32,
    first: int = 1,
) -> Tally:
    """Run every pattern of 0 to `most_pushes` and 0 to `most_pops` a frame.

    `any_bad`: times every set of uncorrectable headers; `bad_end`: the end word is uncorrectable.
    """
    tally = np.zeros(4, np.int64)
    bad_patterns = 1 << frames if any_bad else 1
    row = new_alignment(id_width)
    _sweep(row, frames, most_pushes, most_pops, bad_patterns, bad_end, first, wrong_way, tally)
    return Tally(*(int(count) for count in tally))
