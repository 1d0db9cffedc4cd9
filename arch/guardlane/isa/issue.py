# SPDX-License-Identifier: Apache-2.0
"""What each instruction reads, writes and takes, as rows that the timing of a core goes by."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from guardlane.isa import ops, state, timing
from guardlane.isa.costs import CLASS_NUMBER, CLASSES
from guardlane.isa.instructions import INSTRUCTIONS
from guardlane.isa.state import BIN

Rows = npt.NDArray[np.int32]

KINDS = {
    "load": timing.LOAD, "store": timing.STORE, "branch_not_taken": timing.BRANCH,
    "jump": timing.JUMP, "jump_register": timing.JUMP_REGISTER, "div": timing.DIVIDE,
    "shift": timing.SHIFT,
    **{name: timing.FLOAT for name in CLASSES if name.startswith("fp_")},
}  # fmt: skip
_PORT_SOURCES = {ops.PUSH: "t", ops.FPUSH: "T", ops.NEW_FRAME: "t", ops.END: "t"}
_PORT_RESULTS = {ops.POP: "d", ops.FPOP: "D", ops.WAIT: "d"}


def issue_rows(
    rows: Rows,
    occupancy: Mapping[str, int],
    latency: Mapping[str, int],
    line_shift: int,
    has_data_cache: bool = False,
) -> Rows:
    """Lay out int32[n, 8] rows (columns of `timing`) beside int32[n, 8] rows of predecoded text.

    `occupancy` and `latency` are cycles by class; a class that is not named takes one,
    and `alu` always does. Lines of
    the instruction cache are of 2^line_shift bytes; below zero there is none.
    """
    found = np.zeros_like(rows)
    found[:, timing.DESTINATION] = timing.NOWHERE
    found[:, timing.LINE_NUMBER] = (
        np.arange(len(rows)) * 4 >> line_shift if line_shift >= 0 else timing.BY_WORD
    )
    operands = {one.op: one.layout.operands for one in INSTRUCTIONS.values()}
    operands |= _PORT_SOURCES | _PORT_RESULTS
    for op, used in operands.items():
        at = rows[:, state.OP] == op
        one = rows[at]
        for column, source, letters in (
            (timing.S1, one[:, state.RS1], "slp S"),
            (timing.S2, one[:, state.RS2], "t T"),
            (timing.S3, one[:, state.IMM], " R"),
        ):
            integers, _, floats = letters.partition(" ")
            if any(letter in used for letter in integers):
                found[at, column] = source
            elif any(letter in used for letter in floats):
                found[at, column] = source + timing.FLOATS
        if "d" in used:
            found[at, timing.DESTINATION] = np.where(one[:, state.ROW_RD] == 0, BIN, one[:, 1])
        elif "D" in used:
            found[at, timing.DESTINATION] = one[:, state.ROW_RD] + timing.FLOATS
    for name, number in CLASS_NUMBER.items():
        at = rows[:, state.CLASS] == number
        kind = timing.SIMPLE if name == "alu" else KINDS.get(name, timing.OTHER)
        if has_data_cache and kind == timing.LOAD:
            kind = timing.CACHED_LOAD
        takes = occupancy.get(name, 1), latency.get(name, 1)
        found[at, timing.KIND] = timing.SIMPLE if kind == timing.OTHER and takes == (1, 1) else kind
        found[at, timing.TAKES] = takes[1] << timing.OCCUPANCY_BITS | takes[0]
    return found
