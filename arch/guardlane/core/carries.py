# SPDX-License-Identifier: Apache-2.0
"""Additions whose carries have not travelled far enough when the clock strikes.

A carry is born where both bits are one, or comes in from the right of bit 0, and passes a bit whose
two operands differ. It is into the next bit after one position, into the one after that after two.
Words are uint64; all above `width` bits, at most 63, is ignored.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.kernel import kernel

_ONE = np.uint64(1)


@kernel
def carries_within(a: Any, b: Any, carry_in: Any, reach: Any, width: Any) -> Any:
    """Carries into bits 0 to `width` of a + b that have come by `reach` positions: uint64.

    Bit `width` is the carry out. With a reach of width + 1 these are all carries there are.
    """
    seen = (_ONE << (np.uint64(width) + _ONE)) - _ONE
    born = ((((a & b) & (seen >> _ONE)) << _ONE) | np.uint64(carry_in)) & seen
    differ = (a ^ b) & (seen >> _ONE)
    arrived = born if reach > 0 else np.uint64(0)
    for _ in range(1, reach):
        further = arrived | ((arrived & differ) << _ONE)
        if further == arrived:
            break
        arrived = further
    return arrived


@kernel
def carry_chain(a: Any, b: Any, carry_in: Any, width: Any) -> Any:
    """Positions that the longest-travelled carry into bits 0 to width - 1 of a + b has come: 0 up.

    The sum is right from this reach on, and wrong for every smaller one.
    """
    kept = (_ONE << np.uint64(width)) - _ONE
    whole = carries_within(a, b, carry_in, width + 1, width) & kept
    positions = 0
    while carries_within(a, b, carry_in, positions, width) & kept != whole:
        positions += 1
    return positions


@kernel
def late_sum(a: Any, b: Any, carry_in: Any, reach: Any, width: Any) -> Any:
    """Sum of a + b + carry_in, `width` bits, in which later carries than `reach` are still 0."""
    kept = (_ONE << np.uint64(width)) - _ONE
    return (a ^ b ^ carries_within(a, b, carry_in, reach, width)) & kept


@kernel
def late_carry_out(a: Any, b: Any, carry_in: Any, reach: Any, width: Any) -> Any:
    """Carry out of a + b + carry_in, 0 or 1, if it has come by `reach` positions, and else 0."""
    return (carries_within(a, b, carry_in, reach, width) >> np.uint64(width)) & _ONE
