# SPDX-License-Identifier: Apache-2.0
"""What an error of the ALU makes of a result: a late carry, or a bit that is stuck."""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.core.late import late_result
from guardlane.core.lateness import FLOAT_SUM, KINDS, kind_of_operation, unit_of_kind
from guardlane.core.supply import reach_of
from guardlane.isa import ops
from guardlane.isa.state import BIN, IMM, OP, PC, ROW_RD, RS1, RS2
from guardlane.kernel import kernel

_KIND = kind_of_operation()
_UNIT = unit_of_kind()
assert len(_UNIT) == KINDS


@kernel
def unit_at(rows: Any, at: Any) -> Any:
    """Value of the unit, by its number in `paths.UNITS`, whose result row `at` is, -1 for none."""
    kind = _KIND[rows[at, OP]]
    return -1 if kind < 0 else _UNIT[kind]


@kernel
def operands(rows: Any, x: Any, f_bits: Any, s: Any, at: Any) -> Any:
    """Value of the two int32 operands of the instruction at row `at`, floats by their bits."""
    op = rows[at, OP]
    first, second = x[rows[at, RS1]], x[rows[at, RS2] & 31]
    if op <= ops.SRAI:
        second = rows[at, IMM]
    elif op == ops.AUIPC:
        first, second = np.int32(np.uint32(s[PC])), rows[at, IMM]
    elif _KIND[op] >= FLOAT_SUM:
        first, second = f_bits[rows[at, RS1]], f_bits[rows[at, RS2] & 31]
    return first, second


@kernel
def result_of(rows: Any, x: Any, f_bits: Any, at: Any) -> Any:
    """Value of the result register of the instruction at row `at`, int32."""
    if ops.FIRST_FLOAT_RESULT <= rows[at, OP] <= ops.LAST_FLOAT_RESULT:
        return f_bits[rows[at, ROW_RD]]
    return x[rows[at, ROW_RD]]


@kernel
def put_result(rows: Any, x: Any, f_bits: Any, at: Any, value: Any) -> Any:
    """Let the instruction at row `at` have given `value`; whether that is another result."""
    before = result_of(rows, x, f_bits, at)
    if ops.FIRST_FLOAT_RESULT <= rows[at, OP] <= ops.LAST_FLOAT_RESULT:
        f_bits[rows[at, ROW_RD]] = value
    elif rows[at, ROW_RD] != BIN:
        x[rows[at, ROW_RD]] = value
    return value != before


@kernel
def make_late(
    rows: Any, x: Any, f_bits: Any, at: Any, first: Any, second: Any, reach: Any, threshold: Any
) -> Any:
    """Let the droop `threshold` have met the instruction at row `at`; whether it is wrong now.

    `first` and `second` are what `operands` gave before it ran; `reach` is `supply.reach_table`.
    """
    kind = _KIND[rows[at, OP]]
    if kind < 0:
        return False
    far = reach_of(reach, _UNIT[kind], threshold)
    correct = result_of(rows, x, f_bits, at)
    return put_result(rows, x, f_bits, at, late_result(kind, first, second, correct, far))


@kernel
def make_stuck(rows: Any, x: Any, f_bits: Any, at: Any, target: Any, bit: Any) -> Any:
    """Let the unit of the instruction at row `at` be stuck, if `target` is its; whether it shows.

    `target` is twice the number of the unit, plus the value of `bit`.
    """
    if unit_at(rows, at) != target >> 1:
        return False
    mask = np.uint32(1) << np.uint32(bit)
    word = np.uint32(result_of(rows, x, f_bits, at))
    word = word | mask if target & 1 else word & ~mask
    return put_result(rows, x, f_bits, at, np.int32(word))
