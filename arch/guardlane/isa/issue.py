# SPDX-License-Identifier: Apache-2.0
"""What each instruction reads, writes and takes, as rows that the timing of a core goes by."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from guardlane.isa import ops, state
from guardlane.isa import pipe_columns as pc
from guardlane.isa.costs import CLASS_NUMBER, CLASSES
from guardlane.isa.instructions import INSTRUCTIONS
from guardlane.isa.state import BIN

Rows = npt.NDArray[np.int32]

KINDS = {
    "load": pc.LOAD, "store": pc.STORE, "branch_not_taken": pc.BRANCH,
    "jump": pc.JUMP, "jump_register": pc.JUMP_REGISTER, "div": pc.DIVIDE,
    "shift": pc.SHIFT,
    **{name: pc.FLOAT for name in CLASSES if name.startswith("fp_")},
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
    """Lay out int32[n, 8] rows (columns of `pipe_columns`) beside rows of predecoded text.

    `occupancy` and `latency` are cycles by class; one that is not named takes what `alu` does.
    Lines of the instruction cache are of 2^line_shift bytes; below zero there is none.
    """
    found = np.zeros_like(rows)
    destination, third = np.full(len(rows), pc.NOWHERE), np.zeros(len(rows), np.int64)
    found[:, pc.LINE_NUMBER] = (
        np.arange(len(rows)) * 4 >> line_shift if line_shift >= 0 else pc.BY_WORD
    )
    operands = {one.op: one.layout.operands for one in INSTRUCTIONS.values()}
    operands |= _PORT_SOURCES | _PORT_RESULTS
    for op, used in operands.items():
        at = rows[:, state.OP] == op
        one = rows[at]
        for column, source, integers, float_ in (
            (pc.S1, one[:, state.RS1], "slp", "S"),
            (pc.S2, one[:, state.RS2], "t", "T"),
        ):
            if any(letter in used for letter in integers):
                found[at, column] = source
            elif float_ in used:
                found[at, column] = source + pc.FLOATS
        if "R" in used:
            third[at] = one[:, state.IMM] + pc.FLOATS
        if "d" in used:
            destination[at] = np.where(one[:, state.ROW_RD] == 0, BIN, one[:, state.ROW_RD])
        elif "D" in used:
            destination[at] = one[:, state.ROW_RD] + pc.FLOATS
    found[:, pc.DESTINATIONS] = third << pc.THIRD_BITS | destination
    for name, number in CLASS_NUMBER.items():
        at = rows[:, state.CLASS] == number
        kind = KINDS.get(name, pc.OTHER)
        if has_data_cache and kind == pc.LOAD:
            kind = pc.CACHED_LOAD
        takes = occupancy.get(name, occupancy["alu"]), latency.get(name, latency["alu"])
        found[at, pc.KIND] = pc.SIMPLE if kind == pc.OTHER and takes == (1, 1) else kind
        found[at, pc.TAKES] = takes[1] << pc.OCCUPANCY_BITS | takes[0]
    return found
