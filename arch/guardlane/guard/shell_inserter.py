# SPDX-License-Identifier: Apache-2.0
"""The header inserter clock by clock: a core's pushes and frames on their way into one queue.

Call `cycle` once a clock. The unit goes through in the cycle its command is accepted; only the two
strobes and whether a frame is being swallowed are registers.
"""

from __future__ import annotations

from typing import NamedTuple

from guardlane.guard.inserter import Command, fate, offers, unit_of
from guardlane.guard.words import ITEM


class InserterInputs(NamedTuple):
    """The input ports of one cycle."""

    cmd_valid: bool = False
    cmd: int = Command.PUSH
    cmd_data: int = 0
    active_frame: int = 0
    unit_ready: bool = False
    timeout: bool = False


class InserterOutputs(NamedTuple):
    """The output ports of one cycle."""

    cmd_ready: bool
    unit_valid: bool
    unit_kind: int
    unit_id: int
    unit_data: int
    skip_frame: bool
    drop_tail: bool


class HeaderInserter:
    """One header inserter; on a feedback edge headers run `delay_frames` ahead."""

    def __init__(self, data_width: int = 32, id_width: int = 32, delay_frames: int = 0) -> None:
        self.data_mask = (1 << data_width) - 1
        self.id_width = id_width
        self.delay_frames = delay_frames
        self.reset()

    def reset(self) -> None:
        """Return to the state after `rst_ni`."""
        self.is_dropping = False
        self.has_ended = False
        self.strobes = (False, False)  # skip_frame, drop_tail

    def cycle(self, i: InserterInputs) -> InserterOutputs:
        """Return the outputs for the inputs `i` of this cycle, and clock the registers."""
        strobes, self.strobes = self.strobes, (False, False)
        if not i.cmd_valid or self.has_ended:
            return InserterOutputs(False, False, ITEM, 0, 0, *strobes)
        command = Command(i.cmd)
        data = i.cmd_data & self.data_mask
        unit = unit_of(command, i.active_frame, data, self.id_width, self.delay_frames)
        is_offered = offers(self.is_dropping, command)
        done = fate(self.is_dropping, command, i.unit_ready, i.timeout)
        self.is_dropping = done.is_dropping
        self.strobes = (done.skips_frame, done.drops_tail)
        self.has_ended = done.is_done and command == Command.END
        return InserterOutputs(done.is_done, is_offered, *unit, *strobes)
