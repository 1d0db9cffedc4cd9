# SPDX-License-Identifier: Apache-2.0
"""Short stimuli of a block from reset, each in its own mood, with the answers due by the twin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from guardlane.guard import twin
from guardlane.guard.queue import QueueInputs, QueueOutputs
from guardlane.guard.replay import (
    ALIGNMENT_INPUTS,
    ALIGNMENT_OUTPUTS,
    INSERTER_INPUTS,
    INSERTER_OUTPUTS,
)
from guardlane.guard.replay_queue import replay_queue
from guardlane.guard.secded import Secded
from guardlane.guard.shell_alignment import AlignmentOutputs
from guardlane.guard.shell_inserter import InserterOutputs
from guardlane.guard.words import BAD, EOC, HEADER, ITEM, Unit, WordLayout
from guardlane.seeds import stream
from guardlane_rtl.block import Rows
from guardlane_rtl.stimulus import draw_dice, draw_mood, draw_queue, drive_alignment, drive_inserter

SEGMENT = 1_000  # cycles between two resets


class Segment(NamedTuple):
    """A stimulus, the response due, and which of its values mean something: bool as `due`."""

    stimulus: Rows
    due: Rows
    counts: npt.NDArray[np.bool_]


def _masked(fields: tuple[str, ...], due: Rows, valid: Mapping[str, str]) -> npt.NDArray[np.bool_]:
    """Value of what counts in `due` when the outputs in `valid` count with another one."""
    counts = np.ones(due.shape, np.bool_)
    for name, by in valid.items():
        counts[:, fields.index(name)] = due[:, fields.index(by)] != 0
    return counts


def alignment_segments(
    data_width: int, id_width: int, pad_data: int, seed: int = 1
) -> Iterator[Segment]:
    """Yield segments of an alignment manager, without end."""
    number = 0
    while True:
        rng = stream(seed, "alignment", number)
        stimulus = np.zeros((SEGMENT, ALIGNMENT_INPUTS), np.int64)
        due = np.zeros((SEGMENT, ALIGNMENT_OUTPUTS), np.int64)
        drive_alignment(
            twin.new_alignment(id_width), id_width, (1 << data_width) - 1, pad_data,
            draw_dice(rng, SEGMENT), draw_mood(rng, SEGMENT), stimulus, due,
        )  # fmt: skip
        valid = {"rsp_data": "rsp_valid", "rsp_pad": "rsp_valid"}
        yield Segment(stimulus, due, _masked(AlignmentOutputs._fields, due, valid))
        number += 1


def inserter_segments(
    data_width: int, id_width: int, delay_frames: int, seed: int = 1
) -> Iterator[Segment]:
    """Yield segments of a header inserter, without end."""
    number = 0
    while True:
        rng = stream(seed, "inserter", number)
        stimulus = np.zeros((SEGMENT, INSERTER_INPUTS), np.int64)
        due = np.zeros((SEGMENT, INSERTER_OUTPUTS), np.int64)
        drive_inserter(
            twin.new_inserter(id_width, delay_frames), id_width, (1 << data_width) - 1,
            draw_dice(rng, SEGMENT), draw_mood(rng, SEGMENT), stimulus, due,
        )  # fmt: skip
        valid = dict.fromkeys(("unit_kind", "unit_id", "unit_data"), "unit_valid")
        yield Segment(stimulus, due, _masked(InserterOutputs._fields, due, valid))
        number += 1


def queue_segments(
    data_width: int,
    id_width: int,
    depth: int,
    working_set: int,
    seed: int = 1,
    *,
    flips: bool = True,
) -> Iterator[Segment]:
    """Yield segments of a queue manager, without end.

    With `flips`, the last two columns of a stimulus are bits to flip of its shared pointers.
    """
    code_width = Secded((2 * depth - 1).bit_length()).code_width
    fields, number = QueueOutputs._fields, 0
    while True:
        rng = stream(seed, "queue", number)
        stimulus = draw_queue(rng, SEGMENT, id_width, data_width, code_width)
        if not flips:
            stimulus[:, len(QueueInputs._fields) :] = 0
        due = replay_queue(depth, working_set, stimulus)
        counts = _masked(
            fields, due, dict.fromkeys(("pop_kind", "pop_id", "pop_data"), "pop_valid")
        )
        kind = due[:, fields.index("pop_kind")]
        counts[:, fields.index("pop_id")] &= kind % 2 == 1  # an end carries its id too
        counts[:, fields.index("pop_data")] &= kind == ITEM
        ports = None if flips else len(QueueInputs._fields)
        yield Segment(stimulus[:, :ports], due, counts)
        number += 1


def worn_queue_segments(
    data_width: int, id_width: int, depth: int, working_set: int, seed: int = 1
) -> Iterator[Segment]:
    """Yield segments of a queue manager in which bits of stored words flip too.

    `depth` columns more than those of `queue_segments`: the bits to flip in each word. What a word
    reads as does not change what the queue does, so that only the unit shown is worked out anew.
    """
    layout, fields = WordLayout(data_width, id_width), QueueOutputs._fields
    shown = [fields.index(f"pop_{what}") for what in ("kind", "id", "data")]
    for number, (stimulus, due, counts) in enumerate(
        queue_segments(data_width, id_width, depth, working_set, seed)
    ):
        rng = stream(seed, "worn", number)
        flips = np.zeros((SEGMENT, depth), np.int64)
        bits = 1 << rng.integers(0, layout.width, (2, SEGMENT))
        masks = bits[0] ^ np.where(rng.random(SEGMENT) < 0.2, bits[1], 0)
        flips[np.arange(SEGMENT), rng.integers(depth, size=SEGMENT)] = masks
        flips[rng.random(SEGMENT) > rng.choice((0.05, 0.3))] = 0
        pushed: list[int] = []  # the words as they now stand
        read = 0
        for n, (i, o) in enumerate(zip(stimulus.tolist(), due.tolist(), strict=True)):
            for slot, mask in enumerate(flips[n].tolist()):
                last = (len(pushed) - 1 - slot) // depth * depth + slot
                if mask and last >= 0:
                    pushed[last] ^= mask
            if o[1]:
                unit = layout.decode(pushed[read])
                due[n, shown] = unit.kind, unit.ident, unit.data
                counts[n, shown] = True, unit.kind in (HEADER, EOC), unit.kind == ITEM
                read += i[6]
            if i[0] and o[0]:
                is_bad = i[1] == BAD  # stored as a header with two bits flipped
                unit = Unit(HEADER if is_bad else i[1], i[2], i[3])
                pushed.append(layout.encode(unit) ^ (3 if is_bad else 0))
        yield Segment(np.hstack([stimulus, flips]), due, counts)


def encoder_segments(data_width: int) -> Iterator[Segment]:
    """Yield all there is to encode, a part at a time."""
    code = Secded(data_width)
    rows = np.arange(1 << data_width)
    due = np.array([code.encode(value) for value in rows.tolist()])
    for part in np.array_split(np.arange(len(rows)), 8):
        yield Segment(rows[part, None], due[part, None], np.ones((len(part), 1), np.bool_))


def decoder_segments(data_width: int) -> Iterator[Segment]:
    """Yield all words there are to decode, a part at a time, in an order that tells early."""
    code = Secded(data_width)
    rows = stream(1, "decoder").permutation(1 << code.code_width)
    due = np.array([code.decode(word) for word in rows.tolist()], np.int64)
    counts = np.ones(due.shape, np.bool_)
    counts[:, 0] = due[:, 2] == 0  # beyond repair there is no data
    for part in np.array_split(np.arange(len(rows)), 64):
        yield Segment(rows[part, None], due[part], counts[part])


def timer_segments(limit: int, seed: int = 1) -> Iterator[Segment]:
    """Yield segments of a command's timer, without end: (waits, done) in, whether it is out."""
    number = 0
    while True:
        rng = stream(seed, "timer", number)
        busy, ends = rng.choice((0.5, 0.9, 1.0)), rng.choice((0.02, 0.1, 0.5))
        rows = (rng.random((SEGMENT, 2)) < (busy, ends)).astype(np.int64)
        due = np.zeros((SEGMENT, 1), np.int64)
        waited = 0
        for n, (waits, is_done) in enumerate(rows.tolist()):
            due[n] = waited == limit
            waited = min(waited + 1, limit) if waits and not is_done else 0
        yield Segment(rows, due, np.ones(due.shape, np.bool_))
        number += 1
