# SPDX-License-Identifier: Apache-2.0
"""Stimuli that keep the port rules, made in one pass with the answers due by the twins.

A generator holds an offer until the twin takes it, a time-out until the answer is taken, the next
command until after the last answer. It reads dice, int64[cycles, DICE] of 0 to 65535, and a mood,
chances out of 65536 and other numbers that hold for a whole segment.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.guard.replay import (
    ALIGNMENT_PORT,
    END,
    INSERTER_PORT,
    NEW_FRAME,
    POP,
    PUSH,
    clock_alignment,
    clock_inserter,
)
from guardlane.guard.replay_queue import QUEUE_INPUTS
from guardlane.guard.words import BAD, EOC, HEADER, ITEM
from guardlane.kernel import kernel

Rows = npt.NDArray[np.int64]
DICE = 8
ONE = 1 << 16

(
    BUSY_COMMAND,  # chance of a new command a cycle
    BUSY_UNIT,  # of a new unit, or of room for one
    BUSY_ANSWER,  # of readiness for an answer
    WILD,  # of a unit that no producer would send
    ENDS,  # of the end instead of another command
    PATIENCE,  # cycles a command waits
    CLOSED_FROM,  # cycle
    START,  # frame before the first
    MOOD,
) = range(9)

BUSINESS = (16_000, 45_000, ONE)


def draw_mood(rng: np.random.Generator, cycles: int) -> Rows:
    """Draw the mood of a segment of so many cycles."""
    mood = np.zeros(MOOD, np.int64)
    mood[BUSY_COMMAND : BUSY_ANSWER + 1] = rng.choice(BUSINESS, 3)
    mood[WILD] = rng.choice((0, 2_000, 12_000))
    mood[ENDS] = rng.choice((0, 0, 150))
    mood[PATIENCE] = rng.choice((0, 3, 12, 1 << 30))
    mood[CLOSED_FROM] = rng.choice((cycles // 2, 1 << 30, 1 << 30))
    mood[START] = rng.integers(1 << 32)
    return mood


def draw_dice(rng: np.random.Generator, cycles: int) -> Rows:
    """Throw the dice of a segment: int64[cycles, DICE] of 0 to 65535."""
    return rng.integers(0, ONE, (cycles, DICE), np.int64)


@kernel
def _stray(die: int, more: int, active: int, id_width: int) -> tuple[int, Any]:
    """Return kind and id of a unit that no producer would send now."""
    half = np.int64(1) << (id_width - 1)
    far = active + (np.int64(1) << (more % id_width)) + (more >> 8)
    choice = die % 8
    if choice == 0:
        return BAD, more
    if choice == 1:  # the end and the far future hold a manager for the rest of the segment
        return (EOC if more < ONE // 8 else BAD), more
    if choice == 2:
        return HEADER, far if more < ONE // 8 else -far
    if choice == 3:
        return HEADER, active + half
    if choice == 4:
        return HEADER, active - 1 - more % 3
    if choice == 5:
        return HEADER, active
    return HEADER, active + 1 + more % 3


@kernel
def drive_alignment(
    am: Any,
    id_width: int,
    data_mask: int,
    pad_data: int,
    dice: Any,
    mood: Any,
    stimulus: Any,
    response: Any,
) -> None:
    """Fill the stimulus of an alignment manager, and the twin's response to it, from reset."""
    mask = (np.int64(1) << id_width) - 1
    port = np.zeros(ALIGNMENT_PORT, np.int64)
    offers_command = offers_unit = is_popping = has_frame = False
    command, kind, ident, data, age = POP, ITEM, 0, 0, 0
    active = producer = mood[START] & mask
    for n in range(dice.shape[0]):
        die, i, o = dice[n], stimulus[n], response[n]
        if not offers_command and not is_popping and die[0] < mood[BUSY_COMMAND]:
            offers_command, age = True, 0
            command = POP
            if not has_frame or die[1] < ONE // 4:
                command, has_frame = NEW_FRAME, True
                active = (active + 1) & mask
            elif die[1] >= ONE - mood[ENDS]:
                command = END
        if not offers_unit and die[2] < mood[BUSY_UNIT]:
            offers_unit = n < mood[CLOSED_FROM] or mood[WILD] > 0
            kind, ident, data = ITEM, die[4], die[5] << 16 | die[6]
            if die[3] < mood[WILD]:
                kind, ident = _stray(die[4], die[5], active, id_width)
                if kind == HEADER and die[4] % 8 > 4:
                    producer = ident
            elif die[3] > ONE - ONE // 4:
                producer += 1
                kind, ident = HEADER, producer
        i[0], i[1], i[2] = offers_command, command if offers_command else die[1] & 3, active
        i[3], i[4], i[5], i[6] = offers_unit, kind, ident & mask, data & data_mask
        i[7] = n >= mood[CLOSED_FROM] and not offers_unit
        waits = is_popping or (offers_command and command == POP)
        i[8] = waits and age >= mood[PATIENCE]
        i[9] = die[7] < mood[BUSY_ANSWER]
        clock_alignment(am, port, data_mask, pad_data, i, o)
        age += 1
        if offers_command and o[0]:
            offers_command, is_popping = False, command == POP
        if offers_unit and o[1]:
            offers_unit = False
        if o[2] and i[9]:
            is_popping = False


@kernel
def drive_inserter(
    hi: Any, id_width: int, data_mask: int, dice: Any, mood: Any, stimulus: Any, response: Any
) -> None:
    """Fill the stimulus of a header inserter, and the twin's response to it, from reset."""
    mask = (np.int64(1) << id_width) - 1
    port = np.zeros(INSERTER_PORT, np.int64)
    offers = has_frame = False
    command, data, age, active = PUSH, 0, 0, mood[START] & mask
    for n in range(dice.shape[0]):
        die, i, o = dice[n], stimulus[n], response[n]
        if not offers and die[0] < mood[BUSY_COMMAND]:
            offers, age, command = True, 0, PUSH
            data = (die[5] << 16 | die[6]) & data_mask
            if not has_frame or die[1] < ONE // 4:
                command, has_frame = NEW_FRAME, True
                active = (active + 1) & mask
            elif die[1] >= ONE - mood[ENDS]:
                command = END
        i[0], i[1], i[2], i[3] = offers, command if offers else die[1] & 3, data, active
        i[4] = die[2] < mood[BUSY_UNIT]
        i[5] = offers and age >= mood[PATIENCE]
        clock_inserter(hi, port, data_mask, i, o)
        age += 1
        offers = offers and not o[0]


def draw_queue(
    rng: np.random.Generator, cycles: int, id_width: int, data_width: int, code_width: int
) -> Rows:
    """Draw a stimulus of a queue manager whose shared pointers have codes of `code_width` bits."""
    rows = np.zeros((cycles, QUEUE_INPUTS), np.int64)
    push, stall, pop, flip = (
        rng.choice((0.3, 0.8, 1.0)),
        rng.choice((0.0, 0.02, 0.3)),
        rng.choice((0.3, 0.8, 1.0)),
        rng.choice((0.0, 0.05)),
    )
    toss = rng.random((cycles, 8))
    rows[:, 0] = toss[:, 0] < push
    rows[:, 1] = rng.integers(0, 4, cycles)
    rows[:, 2] = rng.integers(0, 1 << id_width, cycles)
    rows[:, 3] = rng.integers(0, 1 << data_width, cycles)
    rows[:, 4] = toss[:, 1] < stall
    rows[:, 6] = toss[:, 2] < pop
    rows[:, 7] = toss[:, 3] < stall
    if rng.random() < 0.3:
        rows[rng.integers(cycles), 5] = 1
    if rng.random() < 0.2:
        rows[rng.integers(cycles) :, 8] = 1
    for column in (9, 10):  # no flip, one bit, or two
        first, second = 1 << rng.integers(0, code_width, (2, cycles))
        is_double = toss[:, column - 5] < 0.3
        rows[:, column] = np.where(
            toss[:, column - 3] < flip, first ^ np.where(is_double, second, 0), 0
        )
    return rows
