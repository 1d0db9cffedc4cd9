# SPDX-License-Identifier: Apache-2.0
"""Which arithmetic each instruction does, as far as lateness goes, and in which unit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from guardlane.core import paths
from guardlane.isa import ops

(
    SUM, DIFFERENCE, LESS, LESS_UNSIGNED,
    LEFT, RIGHT, RIGHT_SIGNED, GATE, CONVERSION,
    PRODUCT, HIGH_SIGNED, HIGH_MIXED, HIGH_UNSIGNED,
    QUOTIENT, QUOTIENT_UNSIGNED, REMAINDER, REMAINDER_UNSIGNED,
    FLOAT_SUM, FLOAT_DIFFERENCE, FLOAT_PRODUCT, FLOAT_QUOTIENT, FLOAT_ROOT,
    FLOAT_LESS, FLOAT_CHOICE,
) = range(24)  # fmt: skip
KINDS = 24
NO_KIND = -1  # an instruction that computes no result of its own

_UNITS = {
    paths.ADD: (SUM, DIFFERENCE, LESS, LESS_UNSIGNED),
    paths.SHIFT: (LEFT, RIGHT, RIGHT_SIGNED, CONVERSION),
    paths.LOGIC: (GATE,),
    paths.MUL: (PRODUCT, HIGH_SIGNED, HIGH_MIXED, HIGH_UNSIGNED),
    paths.DIV: (QUOTIENT, QUOTIENT_UNSIGNED, REMAINDER, REMAINDER_UNSIGNED),
    paths.FP: (
        FLOAT_SUM, FLOAT_DIFFERENCE, FLOAT_PRODUCT, FLOAT_QUOTIENT, FLOAT_ROOT,
        FLOAT_LESS, FLOAT_CHOICE,
    ),
}  # fmt: skip
_OPERATIONS = {
    SUM: (ops.ADDI, ops.ADD, ops.AUIPC),
    DIFFERENCE: (ops.SUB,),
    LESS: (ops.SLTI, ops.SLT),
    LESS_UNSIGNED: (ops.SLTIU, ops.SLTU),
    LEFT: (ops.SLLI, ops.SLL),
    RIGHT: (ops.SRLI, ops.SRL),
    RIGHT_SIGNED: (ops.SRAI, ops.SRA),
    GATE: (
        ops.XORI, ops.ORI, ops.ANDI, ops.XOR, ops.OR, ops.AND, ops.LUI,
        ops.FEQ_S, ops.FCLASS_S, ops.FMV_X_W, ops.FMV_W_X, ops.FSGNJ_S, ops.FSGNJN_S, ops.FSGNJX_S,
    ),
    CONVERSION: (ops.FCVT_W_S, ops.FCVT_WU_S, ops.FCVT_S_W, ops.FCVT_S_WU),
    PRODUCT: (ops.MUL,),
    HIGH_SIGNED: (ops.MULH,),
    HIGH_MIXED: (ops.MULHSU,),
    HIGH_UNSIGNED: (ops.MULHU,),
    QUOTIENT: (ops.DIV,),
    QUOTIENT_UNSIGNED: (ops.DIVU,),
    REMAINDER: (ops.REM,),
    REMAINDER_UNSIGNED: (ops.REMU,),
    FLOAT_SUM: (ops.FADD_S,),
    FLOAT_DIFFERENCE: (ops.FSUB_S,),
    FLOAT_PRODUCT: (ops.FMUL_S, ops.FMADD_S, ops.FMSUB_S, ops.FNMSUB_S, ops.FNMADD_S),
    FLOAT_QUOTIENT: (ops.FDIV_S,),
    FLOAT_ROOT: (ops.FSQRT_S,),
    FLOAT_LESS: (ops.FLT_S, ops.FLE_S),
    FLOAT_CHOICE: (ops.FMIN_S, ops.FMAX_S),
}  # fmt: skip


def unit_of_kind() -> npt.NDArray[np.int64]:
    """Value of the unit of each kind: int64[KINDS], numbers of `paths.UNITS`."""
    units = np.zeros(KINDS, np.int64)
    for unit, kinds in _UNITS.items():
        units[list(kinds)] = unit
    return units


def kind_of_operation() -> npt.NDArray[np.int64]:
    """Value of the kind of each operation of `isa.ops`: int64[operations], NO_KIND for the rest."""
    kinds = np.full(ops.ILLEGAL + 1, NO_KIND, np.int64)
    for kind, operations in _OPERATIONS.items():
        kinds[list(operations)] = kind
    return kinds
