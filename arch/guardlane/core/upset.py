# SPDX-License-Identifier: Apache-2.0
"""What a fault does to a core: a flipped register bit, or a wrong bit in a result just computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.isa.costs import LAST_ALU_CLASS
from guardlane.isa.state import CLASS
from guardlane.kernel import kernel

NO_RESULT, INTEGER_RESULT, FLOAT_RESULT = 0, 1, 2

_OP_FP = 0x53
_FUSED = (0x43, 0x47, 0x4B, 0x4F)
_TO_INTEGER = (0x50, 0x60, 0x70)  # funct7 of feq/flt/fle, fcvt.w[u].s, fmv.x.w and fclass


def result_files(
    words: npt.NDArray[np.uint32], rows: npt.NDArray[np.int32]
) -> npt.NDArray[np.uint8]:
    """Say for each instruction which register file an arithmetic or logic result goes to.

    `words` is uint32[n] of text, `rows` int32[n, ROW_WIDTH] of the same; the result is uint8[n] of
    NO_RESULT (not arithmetic), INTEGER_RESULT or FLOAT_RESULT.
    """
    opcode, function = words & 0x7F, words >> 25
    to_float = np.isin(opcode, _FUSED) | ((opcode == _OP_FP) & ~np.isin(function, _TO_INTEGER))
    found = np.where(to_float, FLOAT_RESULT, INTEGER_RESULT)
    return np.where(rows[:, CLASS] <= LAST_ALU_CLASS, found, NO_RESULT).astype(np.uint8)


@kernel
def flip(registers: Any, index: Any, bit: Any) -> None:
    """Flip one bit of int32[...] `registers`."""
    registers[index] ^= np.int32(np.uint32(1) << np.uint32(bit))
