# SPDX-License-Identifier: Apache-2.0
"""Stimuli of a whole link that keep the rules of its streams, with the answers due by its twin.

A beat on offer stands until it is taken; pulses, lengths and readiness are free in every cycle.
Most segments go on for ever; some end their stream, some have a consumer that leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from guardlane.guard.replay import ALIGNMENT_INPUTS, ALIGNMENT_OUTPUTS
from guardlane.guard.secded import Secded
from guardlane.guard.words import EOC, HEADER
from guardlane.kernel import kernel
from guardlane.seeds import stream
from guardlane_rtl.link_bench import link_flips
from guardlane_rtl.link_model import LinkInputs, LinkOutputs
from guardlane_rtl.link_twin import (
    DEPTH,
    END_PULSE,
    EOC_PULSE,
    FLIP_READ,
    FLIP_WRITE,
    FRAME,
    FRAME_LEN,
    LENGTH_MASK,
    LINK_OUTPUTS,
    SPOILS,
    SPOILT,
    TDATA,
    TLAST,
    TREADY,
    TVALID,
    WRITTEN,
    Rows,
    clock_link,
    new_link,
)
from guardlane_rtl.segments import Segment
from guardlane_rtl.stimulus import BUSINESS, ONE, draw_dice


def link_columns(depth: int) -> tuple[str, ...]:
    """Value of the columns of a stimulus: input ports, and what `link_flips` flips."""
    return (*LinkInputs._fields, *link_flips(depth))


SEGMENT = 400  # cycles; a stream ends once at most between two resets

(
    BUSY_SOURCE,  # chance of a new beat a cycle
    BUSY_SINK,  # of readiness for one
    LAST,  # of a beat to be the last of its frame
    PULSES,  # of a pulse that ends a frame, a cycle
    RESTS,  # of a length of 0, a cycle
    MOST,  # beats of a frame asked for
    SPOILED,  # of a header or an end to be spoilt as it has entered
    EOC_AT,  # cycle
    END_AT,  # cycle
    MOOD,
) = range(10)


def draw_link_mood(rng: np.random.Generator, cycles: int) -> Rows:
    """Draw the mood of a segment of so many cycles: chances are out of 65536."""
    mood = np.zeros(MOOD, np.int64)
    mood[BUSY_SOURCE], mood[BUSY_SINK] = rng.choice((4_000, *BUSINESS, ONE), 2)
    mood[LAST] = rng.choice((4_000, 20_000, 40_000))
    mood[PULSES] = rng.choice((0, 0, 2_000, 10_000))
    mood[RESTS] = rng.choice((0, 0, 0, 50_000))
    mood[MOST] = rng.choice((3, 3, 6, 1 << 20))
    mood[SPOILED] = rng.choice((0, 0, 4_000))
    never = 1 << 30
    mood[EOC_AT] = rng.choice((int(rng.integers(cycles // 2)), int(rng.integers(cycles)), never))
    mood[END_AT] = rng.choice((int(rng.integers(cycles)), never, never, never))
    return mood


@kernel
def drive_link(link: Any, dice: Any, mood: Any, stimulus: Any, response: Any) -> None:
    """Fill a link's stimulus from reset, but for flips of pointers, and its twin's response."""
    to, said = np.zeros(ALIGNMENT_INPUTS, np.int64), np.zeros(ALIGNMENT_OUTPUTS, np.int64)
    data_mask, length_mask, depth = link.sizes[0], link.sizes[LENGTH_MASK], link.sizes[DEPTH]
    offers, data, last = False, 0, False
    for n in range(dice.shape[0]):
        die, i, o = dice[n], stimulus[n], response[n]
        if not offers:
            offers = die[0] < mood[BUSY_SOURCE]
            data, last = (die[4] << 16 | die[5]) & data_mask, die[1] < mood[LAST]
        i[TDATA], i[TVALID], i[TLAST] = data, offers, last
        i[FRAME] = die[2] < mood[PULSES]
        i[EOC_PULSE], i[END_PULSE] = n == mood[EOC_AT], n == mood[END_AT]
        i[FRAME_LEN] = (1 + die[6] % mood[MOST]) & length_mask
        if die[3] < mood[RESTS]:
            i[FRAME_LEN] = 0
        i[TREADY] = die[7] < mood[BUSY_SINK]
        latest = (link.queue[WRITTEN] - 1) % depth
        if die[4] < mood[SPOILED] and link.slots[latest, 0] in (HEADER, EOC):
            i[SPOILS + latest] = SPOILT
        clock_link(link, i, o, to, said)
        offers = offers and not o[0]


def link_segments(
    parameters: Mapping[str, int], seed: int = 1, *, flips: bool = True, spoils: bool = True
) -> Iterator[Segment]:
    """Yield segments of a link at its parameters, upsets of pointers and headers among them.

    The columns of a stimulus are `link_columns`, without `spoils` less those of the words, without
    `flips` the input ports only; those of a response are the fields of LinkOutputs.
    """
    fields = LinkOutputs._fields
    depth = parameters["Depth"]
    columns = (SPOILS + depth if spoils else SPOILS) if flips else FLIP_WRITE
    code_width = Secded((2 * depth - 1).bit_length()).code_width
    number = 0
    while True:
        rng = stream(seed, "link", number)
        stimulus = np.zeros((SEGMENT, SPOILS + depth), np.int64)
        due = np.zeros((SEGMENT, LINK_OUTPUTS), np.int64)
        chance = rng.choice((0.0, 0.0, 0.05)) * flips
        for column in (FLIP_WRITE, FLIP_READ):
            first, second = 1 << rng.integers(0, code_width, (2, SEGMENT))
            mask = first ^ np.where(rng.random(SEGMENT) < 0.2, second, 0)
            stimulus[:, column] = np.where(rng.random(SEGMENT) < chance, mask, 0)
        mood, dice = draw_link_mood(rng, SEGMENT), draw_dice(rng, SEGMENT)
        mood[SPOILED] *= flips and spoils
        drive_link(link_twin(parameters), dice, mood, stimulus, due)
        counts = np.ones(due.shape, np.bool_)
        for name in ("m_axis_tdata", "m_axis_tlast", "m_axis_tuser"):
            counts[:, fields.index(name)] = due[:, fields.index("m_axis_tvalid")] != 0
        yield Segment(stimulus[:, :columns], due, counts)
        number += 1


def link_twin(parameters: Mapping[str, int]) -> Any:
    """Return the twin of a link of the hardware's parameters, after reset."""
    value = parameters.get
    return new_link(
        parameters["DataWidth"],
        parameters["IdWidth"],
        parameters["Depth"],
        parameters["WorkingSet"],
        pad_data=value("PadData", 0),
        length_width=value("LenWidth", 16),
        push_timeout=value("PushTimeout", 0),
        pop_timeout=value("PopTimeout", 0),
    )
