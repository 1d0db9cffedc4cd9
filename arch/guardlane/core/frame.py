# SPDX-License-Identifier: Apache-2.0
"""The frame sequencer's one act: put a core at the start of its frame with nothing left in it."""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.isa.state import BASE, PC, RETURN_ADDRESS, SIZE
from guardlane.kernel import kernel

RA, SP, A0, A1, A2, A3 = 1, 2, 10, 11, 12, 13


@kernel
def enter(s: Any, x: Any, f_bits: Any, entry: Any, a0: Any, a1: Any, a2: Any, a3: Any) -> None:
    """Clear the registers of a core and set it to call `entry` with four arguments.

    `s` is the core's state, `x` int32[33], `f_bits` int32[32]; a return goes to RETURN_ADDRESS.
    """
    for i in range(x.size):
        x[i] = 0
    for i in range(f_bits.size):
        f_bits[i] = 0
    x[RA] = RETURN_ADDRESS
    x[SP] = np.int32(s[BASE] + s[SIZE])
    x[A0], x[A1], x[A2], x[A3] = a0, a1, a2, a3
    s[PC] = entry
