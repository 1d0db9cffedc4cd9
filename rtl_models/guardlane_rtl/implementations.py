# SPDX-License-Identifier: Apache-2.0
"""Alignment managers of every make behind the same ports: compiled twin and C library.

The shell of the library has these ports by itself, and hardware has them as `block.Cycled`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.guard import twin
from guardlane.guard.replay import ALIGNMENT_OUTPUTS, ALIGNMENT_PORT, clock_alignment
from guardlane.guard.shell_alignment import AlignmentInputs, AlignmentOutputs, Command
from guardlane_rtl.c_library import Library


class TwinAlignment:
    """The compiled twin, clocked once a call."""

    def __init__(self, data_width: int, id_width: int, pad_data: int = 0) -> None:
        self.state = twin.new_alignment(id_width)
        self.port = np.zeros(ALIGNMENT_PORT, np.int64)
        self.mask, self.pad = (1 << data_width) - 1, pad_data
        self.outputs = np.zeros(ALIGNMENT_OUTPUTS, np.int64)

    def cycle(self, i: AlignmentInputs) -> AlignmentOutputs:
        """Return the outputs of this cycle and take the clock edge."""
        inputs = np.array(i, np.int64)
        clock_alignment(self.state, self.port, self.mask, self.pad, inputs, self.outputs)
        return AlignmentOutputs._make(self.outputs.tolist())


class CAlignment:
    """The C library's alignment manager, one step a cycle."""

    def __init__(self, library: Library, id_width: int = 16) -> None:
        self.ffi, self.lib = library
        self.am = self.ffi.new("guardlane_alignment *")
        assert self.lib.guardlane_alignment_init(self.am, id_width, 0) == self.lib.GUARDLANE_DONE
        self.answer: tuple[int, bool] | None = None
        self.result = 0

    def pop(self, unit: Any, flags: int, answer: Any) -> int:
        """Let the library look once; value of its event bits."""
        return int(self.lib.guardlane_alignment_pop(self.am, unit, flags, answer))

    def cycle(self, i: AlignmentInputs) -> AlignmentOutputs:
        """Return the outputs of this cycle and take the clock edge."""
        lib, am, last = self.lib, self.am, self.result
        has_ended = am.phase == lib.GUARDLANE_ENDED
        is_open = am.phase == lib.GUARDLANE_IN_POP
        is_idle = not is_open and self.answer is None and not has_ended
        accepts = is_idle and i.cmd_valid
        shown, self.result = self.answer, 0
        state, skew = am.state, am.skew_err
        if self.answer is not None and i.rsp_ready:
            self.answer = None
        if is_open or (accepts and i.cmd == Command.POP):
            self._look(i)
        elif accepts and i.cmd == Command.NEW_FRAME:
            assert lib.guardlane_alignment_new_frame(am, i.active_frame) == lib.GUARDLANE_DONE
        elif accepts:
            assert lib.guardlane_alignment_end(am) == lib.GUARDLANE_DONE
        return AlignmentOutputs(
            is_idle,
            has_ended or bool(self.result & lib.GUARDLANE_TOOK),
            shown is not None,
            *(shown or (0, False)),
            state,
            bool(last & lib.GUARDLANE_DISCARDED_ITEM),
            bool(last & lib.GUARDLANE_DISCARDED_HEADER),
            bool(last & lib.GUARDLANE_PADDED),
            bool(skew),
        )

    def _look(self, i: AlignmentInputs) -> None:
        lib, answer = self.lib, self.ffi.new("guardlane_answer *")
        unit = self.ffi.NULL
        if i.unit_valid:
            fields = {"kind": i.unit_kind, "id": i.unit_id, "data": i.unit_data}
            unit = self.ffi.new("guardlane_unit *", fields)
        flags = lib.GUARDLANE_CLOSED * i.closed | lib.GUARDLANE_TIMEOUT * i.timeout
        self.result = self.pop(unit, flags, answer)
        if self.result & lib.GUARDLANE_DONE:
            self.answer = answer.data, bool(answer.is_pad)
