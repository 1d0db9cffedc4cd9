# SPDX-License-Identifier: Apache-2.0
"""One thing goes wrong in one frame of a guarded stream: what strikes, and the run it strikes.

A plan says what both ends do and what goes wrong, and is drawn from a seed alone, so that links
with and without a protection are struck alike. The model decides the stimulus (offers stand until
they are taken) and is recorded; a link in hardware replays its rows.

An item carries, from bit 0: its position in its frame (8 bits), the producer's frame (16), and 8
bits of its own; upsets of items flip only the last, as the others tell the judge who it was.
"""

from __future__ import annotations

import random
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from guardlane.guard.words import HEADER, ITEM
from guardlane_rtl.link_model import Link, LinkInputs, LinkOutputs

Rows = npt.NDArray[np.int64]

FRAMES = 12
TIMEOUT = 64  # cycles, of pushes and of pops; no gap of a plan is as long but for the stalls
STALL = 104  # cycles: one time-out, with a full or an empty queue to go before it, and no second
LIMIT = 2_000  # cycles of a run


class Kind(StrEnum):
    """What goes wrong."""

    OVER_PUSH = "over-push"
    UNDER_PUSH = "under-push"
    OVER_POP = "over-pop"
    UNDER_POP = "under-pop"
    PRODUCER_STALLS = "producer stalls: a pop times out"
    CONSUMER_STALLS = "consumer stalls: a push times out"
    CONSUMER_EXITS = "consumer exits"
    HEADER_BIT = "one bit of a header"
    HEADER_BITS = "two bits of a header"
    TAG_BITS = "one tag bit of each word of a frame"
    ITEM_BITS = "bits of an item"
    POINTER_BIT = "one bit of a pointer"
    POINTER_BITS = "two bits of a pointer"


POINTER_FLIPS = {Kind.POINTER_BIT: 1, Kind.POINTER_BITS: 2}  # bits of a codeword at a time


class Plan(NamedTuple):
    """What the two ends do, frame by frame (frame n at index n - 1), and what strikes `frame`."""

    kind: Kind
    seed: int
    frame: int
    pushes: tuple[int, ...]
    pops: tuple[int, ...]
    place: int  # the item or beat of the frame that is struck
    values: tuple[int, ...]  # 8 bits for each item of a frame
    busy: tuple[float, float]  # the share of cycles in which the producer, the consumer is at work


class Run(NamedTuple):
    """A recorded run of the model: int64[cycles, inputs], int64[cycles, outputs].

    `strikes` counts injections, `mask` is what was flipped of the item struck, `has_ended` is
    whether both ends were done before the limit.
    """

    inputs: Rows
    outputs: Rows
    strikes: int
    mask: int
    has_ended: bool


def draw(kind: Kind, seed: int) -> Plan:
    """Draw a plan: 12 frames of 2 to 6 items, one of the frames 3 to 8 struck."""
    rng = random.Random(f"{kind} {seed}")
    frame = rng.randrange(3, 9)
    pushes = [rng.randrange(2, 7) for _ in range(FRAMES)]
    pops = list(pushes)
    few = rng.randrange(1, pushes[frame - 1])
    if kind is Kind.OVER_PUSH:
        pushes[frame - 1] += rng.randrange(1, 4)
    elif kind is Kind.UNDER_PUSH:
        pushes[frame - 1] -= few
    elif kind is Kind.OVER_POP:
        pops[frame - 1] += rng.randrange(1, 4)
    elif kind is Kind.UNDER_POP:
        pops[frame - 1] -= few
    place = rng.randrange(min(pushes[frame - 1], pops[frame - 1]))
    values = tuple(rng.randrange(256) for _ in range(16))
    busy = rng.choice((0.4, 0.7, 1.0)), rng.choice((0.4, 0.7, 1.0))
    if kind in POINTER_FLIPS:  # a consumer that waits is the one that a wrong pointer can deceive
        busy = 0.3, 1.0
    return Plan(kind, seed, frame, tuple(pushes), tuple(pops), place, values, busy)


def item(plan: Plan, frame: int, position: int) -> int:
    """Value of the data of an item."""
    return plan.values[(frame + position) % 16] << 24 | frame << 8 | position


def due(plan: Plan, mask: int) -> list[list[int | None]]:
    """Value of the beats of each frame as they must be: data, None for a pad.

    The item that was struck has the bits of `mask` flipped.
    """
    frames: list[list[int | None]] = []
    for frame, (pushes, pops) in enumerate(zip(plan.pushes, plan.pops, strict=True), start=1):
        beats = [item(plan, frame, n) if n < pushes else None for n in range(pops)]
        if plan.kind is Kind.ITEM_BITS and frame == plan.frame:
            beats[plan.place] = item(plan, frame, plan.place) ^ mask
        frames.append(beats)
    if plan.kind is Kind.CONSUMER_EXITS:
        return frames[: plan.frame]
    return frames


class Upsets:
    """Draws the bits to flip in a cycle of a link, by what its queue wrote in the cycle before."""

    def __init__(self, plan: Plan, link: Link, rng: random.Random) -> None:
        self.plan, self.rng = plan, rng
        self.words = link.queue.words
        self.code_width = self.words.layout.code.code_width
        self.pointer_width = link.queue.write_pointer.code.code_width
        self.opened = 0  # the frame whose header was written last
        self.written = 0  # items of it
        self.strikes = 0
        self.mask = 0  # what was flipped of the item struck

    def cycle(self) -> tuple[int, int, list[int]]:
        """Return the masks of this cycle: of the two pointers, and of each word."""
        kind = self.plan.kind
        pointers, words = [0, 0], [0] * len(self.words.bits)
        if self.words.latest is not None:
            slot, unit = self.words.latest
            self.words.latest = None
            if unit.kind == HEADER:
                self.opened, self.written = unit.ident, 0
            if self.opened == self.plan.frame:
                words[slot] = self._word(unit.kind)
            self.written += unit.kind == ITEM
        flips = POINTER_FLIPS.get(kind, 0)
        if flips and self.opened == self.plan.frame:
            for end in range(2):
                if self.rng.random() < 0.5:
                    pointers[end] = _bits(self.rng, self.pointer_width, flips)
        self.strikes += sum(mask != 0 for mask in (*pointers, *words))
        return pointers[0], pointers[1], words

    def _word(self, unit_kind: int) -> int:
        """Draw the mask of a word of the frame that was written in the cycle before."""
        kind, is_header = self.plan.kind, unit_kind == HEADER
        if kind is Kind.TAG_BITS:
            return _bits(self.rng, 3, 1) << self.words.layout.payload_width
        if is_header and kind is Kind.HEADER_BIT:
            return _bits(self.rng, self.code_width, 1)
        if is_header and kind is Kind.HEADER_BITS:
            return _bits(self.rng, self.code_width, 2)
        if not is_header and kind is Kind.ITEM_BITS and self.written == self.plan.place:
            self.mask = self.rng.randrange(1, 256) << 24
            return self.mask
        return 0


class Ends:
    """The two ends of a link that follow a plan: what they drive, by what they have seen so far."""

    def __init__(self, plan: Plan, rng: random.Random) -> None:
        self.plan, self.rng = plan, rng
        self.stall = STALL if plan.kind in (Kind.PRODUCER_STALLS, Kind.CONSUMER_STALLS) else 0
        self.frame, self.position, self.offers = 1, 0, False  # of the producer
        self.taken, self.beat = 0, 0  # frames and beats that the consumer has
        self.has_ended = self.has_left = False
        self.strikes = int(plan.pushes[plan.frame - 1] != plan.pops[plan.frame - 1])

    def drive(self) -> LinkInputs:
        """Return the inputs of a cycle."""
        plan, place = self.plan, (self.plan.frame, self.plan.place)
        is_open = self.frame <= FRAMES
        rests = plan.kind is Kind.PRODUCER_STALLS and self._stalls(
            not self.offers and (self.frame, self.position) == place
        )
        dwells = plan.kind is Kind.CONSUMER_STALLS and self._stalls(
            (self.taken + 1, self.beat) == place
        )
        if is_open and not rests and self.rng.random() < plan.busy[0]:
            self.offers = True
        ends = not is_open and not self.has_ended
        self.has_ended |= ends
        leaves = plan.kind is Kind.CONSUMER_EXITS and not self.has_left
        leaves = leaves and self.taken + 1 == plan.frame
        self.has_left |= leaves
        self.strikes += leaves
        return LinkInputs(
            s_axis_tdata=item(plan, self.frame, self.position) if self.offers else 0,
            s_axis_tvalid=self.offers,
            s_axis_tlast=self.offers and self.position == plan.pushes[self.frame - 1] - 1,
            eoc_i=ends,
            frame_len_i=plan.pops[self.taken] if self.taken < FRAMES else 1,
            end_i=leaves,
            m_axis_tready=not dwells and self.rng.random() < plan.busy[1],
        )

    def see(self, i: LinkInputs, o: LinkOutputs) -> None:
        """Take note of what was taken at both ends in a cycle."""
        if i.s_axis_tvalid and o.s_axis_tready:
            self.offers = False
            self.position += 1
            if i.s_axis_tlast:
                self.frame, self.position = self.frame + 1, 0
        if o.m_axis_tvalid and i.m_axis_tready:
            self.beat += 1
            if o.m_axis_tlast:
                self.taken, self.beat = self.taken + 1, 0

    def _stalls(self, is_here: bool) -> bool:
        """Tell whether to stand still in this cycle, and count down if so."""
        if not is_here or self.stall == 0:
            return False
        self.stall -= 1
        self.strikes += self.stall == 0
        return True


def run(plan: Plan, link: Link) -> Run:
    """Run the model of a link after reset through a plan, until both ends are done."""
    rng = random.Random(f"gaps {plan.kind} {plan.seed}")
    ends, upsets = Ends(plan, rng), Upsets(plan, link, rng)
    inputs: list[list[int]] = []
    outputs: list[LinkOutputs] = []
    is_done = False
    while not is_done and len(inputs) < LIMIT:
        i, (write, read, words) = ends.drive(), upsets.cycle()
        link.flip(write, read, words)
        o = link.cycle(i)
        ends.see(i, o)
        inputs.append([*map(int, i), write, read, *words])
        outputs.append(o)
        is_done = bool(o.source_done_o and o.sink_done_o)
    return Run(
        np.array(inputs, np.int64),
        np.array(outputs, np.int64),
        ends.strikes + upsets.strikes,
        upsets.mask,
        is_done,
    )


def _bits(rng: random.Random, width: int, count: int) -> int:
    return sum(1 << bit for bit in rng.sample(range(width), count))
