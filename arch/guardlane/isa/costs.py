# SPDX-License-Identifier: Apache-2.0
"""The classes of instruction a core prices, and the array of prices the decoder takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from guardlane.errors import GuardlaneError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# Arithmetic and logic first: `class <= LAST_ALU_CLASS` is the whole test of `is_alu`.
CLASSES = (
    "alu", "shift", "mul", "mulh", "div",
    "fp_add", "fp_mul", "fp_fma", "fp_div", "fp_sqrt", "fp_move", "fp_convert", "fp_compare",
    "load", "store", "branch_not_taken", "branch_taken", "jump", "jump_register", "port", "system",
)  # fmt: skip
CLASS_NUMBER = {name: number for number, name in enumerate(CLASSES)}
LAST_ALU_CLASS = CLASS_NUMBER["fp_compare"]


def cost_array(cycles: Mapping[str, int]) -> npt.NDArray[np.int32]:
    """Lay `cycles` (class name -> cycles, every class, 1 or more) out as int32[len(CLASSES)].

    Raises GuardlaneError naming the class that is unknown, missing or below one cycle.
    """
    import numpy as np

    for name, cost in cycles.items():
        if name not in CLASS_NUMBER:
            raise GuardlaneError(f"cost of instruction class {name!r}: there is no such class")
        if not 1 <= cost < 1 << 20:
            raise GuardlaneError(f"cost of {name} must be 1 to {(1 << 20) - 1} cycles, not {cost}")
    missing = [name for name in CLASSES if name not in cycles]
    if missing:
        raise GuardlaneError(f"cost of {', '.join(missing)} is missing")
    return np.array([cycles[name] for name in CLASSES], np.int32)


def one_cycle_each() -> npt.NDArray[np.int32]:
    """Price every class at one cycle: cycles then count instructions."""
    return cost_array(dict.fromkeys(CLASSES, 1))
