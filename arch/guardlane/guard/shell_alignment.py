# SPDX-License-Identifier: Apache-2.0
"""The alignment manager clock by clock: its table between a core's pops and the head of a queue.

Call `cycle` once a clock. It returns the outputs of that cycle, then takes the clock edge. A unit
examined in cycle e answers from cycle e + 1 on; docs/guard.md says which outputs are registered.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from guardlane.guard.alignment import (
    TABLE,
    Action,
    Event,
    Latch,
    State,
    classify,
    is_too_far,
    latch_after,
    new_frame,
)
from guardlane.guard.words import ITEM, frame_distance


class Command(IntEnum):
    """What a core asks of an in-queue, as the ports carry it."""

    POP = 0
    NEW_FRAME = 1
    END = 2


class AlignmentInputs(NamedTuple):
    """The input ports of one cycle."""

    cmd_valid: bool = False
    cmd: int = Command.POP
    active_frame: int = 0
    unit_valid: bool = False
    unit_kind: int = ITEM
    unit_id: int = 0
    unit_data: int = 0
    closed: bool = False
    timeout: bool = False
    rsp_ready: bool = False


class AlignmentOutputs(NamedTuple):
    """The output ports of one cycle."""

    cmd_ready: bool
    unit_ready: bool
    rsp_valid: bool
    rsp_data: int
    rsp_pad: bool
    state: int
    discard_item: bool
    discard_header: bool
    pad: bool
    skew_err: bool


class AlignmentManager:
    """One alignment manager; widths in bits, `pad_data` is what a pad carries."""

    def __init__(self, data_width: int = 32, id_width: int = 32, pad_data: int = 0) -> None:
        self.data_mask = (1 << data_width) - 1
        self.id_width = id_width
        self.pad_data = pad_data
        self.reset()

    def reset(self) -> None:
        """Return to the state after `rst_ni`."""
        self.state = State.EXP_HDR
        self.latch = Latch.NOTHING
        self.latched = 0
        self.is_open = False  # a pop has been accepted and not been answered
        self.has_ended = False
        self.answer: tuple[int, bool] | None = None  # data, is_pad
        self.strobes = (False, False, False)  # discard_item, discard_header, pad
        self.skew_err = False

    def cycle(self, i: AlignmentInputs) -> AlignmentOutputs:
        """Return the outputs for the inputs `i` of this cycle, and clock the registers."""
        is_idle = not self.is_open and self.answer is None and not self.has_ended
        accepts = is_idle and i.cmd_valid
        looks = self.is_open or (accepts and i.cmd == Command.POP)
        takes = self.has_ended or (looks and self.state != State.PDG)
        data, is_pad = self.answer or (self.pad_data, False)
        outputs = AlignmentOutputs(
            is_idle,
            takes,
            self.answer is not None,
            data,
            is_pad,
            self.state,
            *self.strobes,
            self.skew_err,
        )
        self.strobes = (False, False, False)
        if self.answer is not None and i.rsp_ready:
            self.answer = None
        if looks:
            self.is_open = True
            self._look(i)
        elif accepts and i.cmd == Command.NEW_FRAME:
            distance = frame_distance(self.latched, i.active_frame, self.id_width)
            half = 1 << (self.id_width - 1)
            self.state, self.latch = new_frame(self.state, self.latch, distance, half)
        elif accepts:
            self.has_ended = True
        return outputs

    def _look(self, i: AlignmentInputs) -> None:
        """Examine what the queue shows this cycle on behalf of the open pop."""
        if self.state == State.PDG:
            self._answer(self.pad_data, is_pad=True)
            return
        if i.unit_valid:
            event = classify(i.unit_kind, i.unit_id, i.active_frame, self.id_width)
            if is_too_far(i.unit_kind, i.unit_id, i.active_frame, self.id_width):
                self.skew_err = True
        elif i.closed:
            event = Event.CLOSED
        elif i.timeout:
            event = Event.TIMEOUT
        else:
            return
        self.state, action = TABLE[self.state][event]
        if action == Action.DELIVER:
            self._answer(i.unit_data & self.data_mask, is_pad=False)
        elif action == Action.PAD:
            self.latch = latch_after(event)
            if self.latch == Latch.HEADER:
                self.latched = i.unit_id & ((1 << self.id_width) - 1)
            self._answer(self.pad_data, is_pad=True)
        elif event == Event.ITEM:
            self.strobes = (True, False, False)
        elif self.state != State.RCV_CMP:
            self.strobes = (False, True, False)

    def _answer(self, data: int, *, is_pad: bool) -> None:
        self.answer = (data, is_pad)
        self.is_open = False
        self.strobes = (False, False, is_pad)
