# SPDX-License-Identifier: Apache-2.0
"""What a core does between two commands: guest instructions, hit by the faults of its schedule."""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.core.paths import UNITS
from guardlane.core.upset import FLOAT_RESULT, NO_RESULT, flip
from guardlane.core.wrong import make_late, make_stuck, operands, unit_at
from guardlane.faults import ALU_RESULT, ANY_UNIT, FLOAT_REGISTER, INTEGER_REGISTER, LATE, STUCK
from guardlane.isa.execute import interpret
from guardlane.isa.rings import RING_LIMIT, RING_NEXT
from guardlane.isa.state import BASE, BIN, CYCLES, LIMIT, PC, RETIRED, ROW_RD, TEXT_WORDS
from guardlane.kernel import kernel, part

# The columns of a core's plan: what will happen to it, and what has.
(
    FAULT_FIRST,  # first row of this core in the schedule
    FAULT_NEXT,  # next row of the schedule
    FAULT_END,
    FAULT_CLOCK,  # RETIRED or CYCLES: the column of the state that the schedule counts in
    ARMED,  # a bit for each target, 0 for any unit, whose next result will be wrong
    MISCOUNT,  # kind of the miscount that waits for its port, 0 for none
    MISCOUNT_PORT,
    BUDGET_END,  # retired instructions at which the frame is given up
    DROOP,  # 1 + the threshold of the droop that meets the next instruction, 0 for none
    STUCK_AT,  # 1 + the target of a stuck bit, 0 for none
    STUCK_BIT,
    WRONG_RESULTS,  # results that a droop or a stuck bit has changed
    WRONG_BITS,  # from here on, for each such target, the bits that will be
) = range(13)
ALU_TARGETS = 1 + len(UNITS)
PLAN_WIDTH = WRONG_BITS + ALU_TARGETS

WATCHDOG = -1  # a stop beside those of the interpreter
NO_FAULT = 1 << 62


@part
def compute(
    rows: Any, results: Any, x: Any, f_bits: Any, f: Any, mem8: Any, mem16: Any, mem32: Any, s: Any,
    rings: Any, words: Any, kinds: Any, times: Any, plan: Any, faults: Any, log: Any, frame: Any,
    reach: Any, until: Any, issue: Any = None, pipe: Any = None,
) -> Any:  # fmt: skip
    """Run a core until a stop, the watchdog, or the cycle `until` (then LIMIT).

    `plan` int64[PLAN_WIDTH]; `faults` int64[n, 5] rows (n, clock, kind, target, bit); `log`
    int64[n, 3] is given (frame, cycle, retired) of each fault as it strikes; `results` uint8[n] as
    `result_files` gives them; `reach` as `supply.reach_table` does; `issue` and `pipe` are those
    of `isa.timing`, or None. A fault at count n strikes before the first instruction at or past n.
    """
    while True:
        due = NO_FAULT
        if plan[FAULT_NEXT] < plan[FAULT_END]:
            due = faults[plan[FAULT_NEXT], 0]
        if s[plan[FAULT_CLOCK]] >= due:
            strike(x, f_bits, s, rings, plan, faults, log, frame)
            continue
        if s[RETIRED] >= plan[BUDGET_END]:
            return WATCHDOG
        if s[CYCLES] >= until:
            return LIMIT
        retired_limit, cycle_limit = plan[BUDGET_END], until
        if plan[FAULT_CLOCK] == RETIRED:
            retired_limit = min(retired_limit, due)
        else:
            cycle_limit = min(cycle_limit, due)
        if plan[ARMED] | plan[DROOP] | plan[STUCK_AT]:
            stop = compute_one(rows, results, x, f_bits, f, mem8, mem16, mem32, s, rings, words,
                               kinds, times, plan, reach, cycle_limit, issue, pipe)  # fmt: skip
        else:
            stop = interpret(rows, x, f_bits, f, mem8, mem16, mem32, s, rings, words, kinds, times,
                             retired_limit, cycle_limit, issue, pipe)  # fmt: skip
        if stop != LIMIT:
            return stop


@kernel
def compute_one(
    rows: Any, results: Any, x: Any, f_bits: Any, f: Any, mem8: Any, mem16: Any, mem32: Any, s: Any,
    rings: Any, words: Any, kinds: Any, times: Any, plan: Any, reach: Any, cycle_limit: Any,
    issue: Any, pipe: Any,
) -> Any:  # fmt: skip
    """Run one instruction, and get wrong what it computes if an error of the ALU waits for it.

    Apart from `compute`, whose loop this would slow down by a tenth if it stood in it.
    """
    at, first, second = (s[PC] - s[BASE]) >> 2, np.int32(0), np.int32(0)
    is_text = 0 <= at < s[TEXT_WORDS]
    if is_text and plan[DROOP]:
        first, second = operands(rows, x, f_bits, s, at)
    stop = interpret(rows, x, f_bits, f, mem8, mem16, mem32, s, rings, words, kinds, times,
                     s[RETIRED] + 1, cycle_limit, issue, pipe)  # fmt: skip
    if is_text and stop == LIMIT:
        if plan[ARMED]:
            spoil(rows, results, x, f_bits, plan, at)
        if plan[DROOP]:
            plan[WRONG_RESULTS] += make_late(rows, x, f_bits, at, first, second, reach,
                                             plan[DROOP] - 1)  # fmt: skip
        if plan[STUCK_AT]:
            plan[WRONG_RESULTS] += make_stuck(rows, x, f_bits, at, plan[STUCK_AT] - 1,
                                              plan[STUCK_BIT])  # fmt: skip
    plan[DROOP] = 0
    return stop


@kernel
def strike(
    x: Any, f_bits: Any, s: Any, rings: Any, plan: Any, faults: Any, log: Any, frame: Any
) -> None:
    """Apply the next fault of the schedule, or arm it if it waits for its instruction or port."""
    i = plan[FAULT_NEXT]
    plan[FAULT_NEXT] = i + 1
    log[i, 0], log[i, 1], log[i, 2] = frame, s[CYCLES], s[RETIRED]
    kind, target, bit = faults[i, 2], faults[i, 3], faults[i, 4]
    if kind == INTEGER_REGISTER:
        flip(x, target, bit)
    elif kind == FLOAT_REGISTER:
        flip(f_bits, target, bit)
    elif kind == ALU_RESULT:
        plan[ARMED] |= np.int64(1) << target
        plan[WRONG_BITS + target] ^= np.int64(1) << bit
    elif kind == LATE:
        plan[DROOP] = target + 1
    elif kind == STUCK:
        plan[STUCK_AT], plan[STUCK_BIT] = target + 1, bit
    else:
        plan[MISCOUNT] = kind
        plan[MISCOUNT_PORT] = target
        for side in range(rings.shape[0]):  # from here on every pop and push is looked at
            for port in range(rings.shape[1]):
                rings[side, port, RING_LIMIT] = rings[side, port, RING_NEXT]


@kernel
def spoil(rows: Any, results: Any, x: Any, f_bits: Any, plan: Any, at: Any) -> None:
    """Get wrong what the instruction at row `at` has just computed, if faults wait for its unit."""
    if results[at] == NO_RESULT:
        return
    wrong = np.int64(0)
    for target in (ANY_UNIT, 1 + unit_at(rows, at)):
        wrong ^= plan[WRONG_BITS + target]
        plan[WRONG_BITS + target] = 0
        plan[ARMED] &= ~(np.int64(1) << target)
    mask = np.int32(np.uint32(wrong))
    if results[at] == FLOAT_RESULT:
        f_bits[rows[at, ROW_RD]] ^= mask
    elif rows[at, ROW_RD] != BIN:
        x[rows[at, ROW_RD]] ^= mask
