# SPDX-License-Identifier: Apache-2.0
"""What straight code takes where nothing unforeseen happens, worked out once for each program.

A stretch runs from a row that is jumped to (or follows a jump, or a division) to the next such. If
nothing is pending when it is entered, each of its instructions waits for those before it in the
stretch only, which is known beforehand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.isa import ops, state
from guardlane.isa import pipe_columns as pc
from guardlane.kernel import kernel

LONG_AGO = -(1 << 40)


def plan(
    rows: npt.NDArray[np.int32], issue: npt.NDArray[np.int32], pipe: npt.NDArray[np.int64]
) -> None:
    """Fill column PACE of `issue`, and the bits of column KIND that go with it."""
    issue[:, pc.KIND] &= pc.KINDS
    if pipe[pc.EVERY_WORD]:
        issue[:, pc.KIND] |= pc.WATCHED
        return
    first = starts(rows)
    is_early = (issue[:, pc.KIND] == pc.JUMP_REGISTER) & bool(pipe[pc.JUMP_REGISTER_EARLY])
    issue[first & ~is_early, pc.KIND] |= (
        pc.FIRST
    )  # that could wait for what is there for all others
    issue[:-1][first[1:], pc.KIND] |= pc.LAST
    _pace(issue, pipe)
    issue[-1:, pc.KIND] |= (
        pc.LAST | pc.LATE | pc.WATCHED | pc.UNPLANNED
    )  # nothing is planned behind it


def starts(rows: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Whether each row of predecoded text, int32[n, 8], starts a stretch, bool[n]."""
    op, places = rows[:, state.OP], np.arange(len(rows))
    jumps, divisions = (ops.JAL, ops.JALR), (ops.DIV, ops.DIVU, ops.REM, ops.REMU)
    branches = (ops.BEQ, ops.BNE, ops.BLT, ops.BGE, ops.BLTU, ops.BGEU)
    found = np.zeros(len(rows), np.bool_)
    found[:1] = True
    found[1:] = np.isin(op[:-1], (*jumps, *divisions))
    leads = np.isin(op, (ops.JAL, *branches))
    targets = places[leads] + (rows[leads, state.IMM] >> 2)
    found[targets[(targets >= 0) & (targets < len(rows))]] = True
    return found


@kernel
def _pace(issue: Any, pipe: Any) -> None:
    """Run through all stretches, each from a core with nothing pending whose loads hit."""
    ready = np.empty(256, np.int64)
    clock = port = unit = np.int64(0)
    cached = pipe[pc.DATA_WORDS] > 0
    early = pipe[pc.JUMP_REGISTER_EARLY]
    for i in range(len(issue)):
        row = issue[i]
        if row[pc.KIND] & pc.FIRST:
            ready[:] = LONG_AGO
            clock = port = unit = np.int64(0)
        kind = row[pc.KIND] & pc.KINDS
        destination, third = row[pc.DESTINATIONS] & pc.REGISTER, row[pc.DESTINATIONS] >> 8
        occupancy, latency = row[pc.TAKES] & pc.LOW, row[pc.TAKES] >> pc.OCCUPANCY_BITS
        one, two = ready[row[pc.S1]], ready[row[pc.S2]]
        t = max(clock, max(one + early if kind == pc.JUMP_REGISTER else one, two))
        waits_for_port = False
        if kind == pc.FLOAT:
            t = max(t, max(ready[third], unit))
            unit = t + pipe[pc.FLOAT_REPEAT]
        elif kind == pc.LOAD or kind == pc.STORE:
            waits_for_port = port > t  # which is counted as it happens
            t = max(t, port)
            port = t + 1 + pipe[pc.WAIT] + pipe[pc.PORT_EXTRA]
        ready[destination] = t + latency
        row[pc.PACE] = t + occupancy - clock
        clock = t + occupancy
        if max(ready.max(), max(port, unit)) > clock:
            row[pc.KIND] |= pc.LATE
        if early and i + 1 < len(issue) and issue[i + 1, pc.KIND] & pc.KINDS == pc.JUMP_REGISTER:
            row[pc.KIND] |= pc.LATE  # that may read early what has only just come
        if (
            row[pc.KIND] & (pc.LAST | pc.LATE) == pc.LAST | pc.LATE
            or kind == pc.DIVIDE
            or (kind == pc.SHIFT and pipe[pc.SHIFT_STEP])
            or (kind == pc.BRANCH and pipe[pc.PREDICTS])
            or waits_for_port
        ):
            row[pc.KIND] |= pc.WATCHED | pc.UNPLANNED
        if (
            kind == pc.CACHED_LOAD
            or (kind == pc.STORE and cached)
            or (i > 0 and row[pc.LINE_NUMBER] != issue[i - 1, pc.LINE_NUMBER])
        ):
            row[pc.KIND] |= pc.WATCHED
