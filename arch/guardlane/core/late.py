# SPDX-License-Identifier: Apache-2.0
"""The result that a unit shows when the clock strikes before its longest signal is there.

Integer arithmetic only; floats are their bits. What each unit does is an assumption of this model
and stands at its function. `docs/alu-errors.md` tells it in words.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.core.carries import late_carry_out, late_sum
from guardlane.core.lateness import (
    CONVERSION,
    DIFFERENCE,
    FLOAT_CHOICE,
    FLOAT_DIFFERENCE,
    FLOAT_LESS,
    FLOAT_PRODUCT,
    FLOAT_QUOTIENT,
    FLOAT_ROOT,
    FLOAT_SUM,
    GATE,
    HIGH_MIXED,
    HIGH_SIGNED,
    HIGH_UNSIGNED,
    LEFT,
    LESS_UNSIGNED,
    PRODUCT,
    QUOTIENT,
    QUOTIENT_UNSIGNED,
    REMAINDER,
    RIGHT,
    RIGHT_SIGNED,
    SUM,
)
from guardlane.core.supply import NEVER_LATE
from guardlane.kernel import kernel

_WORD = np.uint64(0xFFFFFFFF)
_SIGN = np.uint64(0x80000000)
_EVEN = np.uint64(0x55555555)
_FRACTION = 0x007FFFFF
_HIDDEN = 0x00800000
_SIGNIFICAND = 24
_STAGES = 5  # of a barrel shifter of 32 bits


@kernel
def late_result(kind: Any, a: Any, b: Any, correct: Any, reach: Any) -> Any:
    """Result of an operation of `kind` (see `lateness`) after signals passed `reach` positions.

    `a`, `b` and `correct` are int32, floats by their bits; the answer is int32. For NEVER_LATE it
    is `correct`, and for most operands otherwise, too.
    """
    if reach >= NEVER_LATE:
        return np.int32(correct)
    x, y = np.uint64(a) & _WORD, np.uint64(b) & _WORD
    if kind <= LESS_UNSIGNED:
        word = late_addition(kind, x, y, reach)
    elif kind <= CONVERSION:
        word = late_stages(kind, x, y, np.uint64(correct) & _WORD, reach)
    elif kind <= HIGH_UNSIGNED:
        word = late_product(kind, x, y, reach)
    elif kind < FLOAT_SUM:
        word = late_division(kind, np.int64(a), np.int64(b), np.int64(correct), reach)
    elif kind in (FLOAT_LESS, FLOAT_CHOICE):
        word = late_comparison(kind, x, y, np.uint64(correct) & _WORD, reach)
    else:
        word = late_float(kind, x, y, np.uint64(correct) & _WORD, reach)
    return np.int32(np.uint32(np.uint64(word) & _WORD))


@kernel
def late_addition(kind: Any, x: Any, y: Any, reach: Any) -> Any:
    """Sum, difference (x + ~y + 1), or the comparison that looks at it.

    A signed comparison with unlike signs knows its answer from them; else it is the sign of the
    difference. An unsigned one is the missing carry out.
    """
    if kind == SUM:
        return late_sum(x, y, 0, reach, 32)
    inverse = y ^ _WORD
    if kind == LESS_UNSIGNED:
        return late_carry_out(x, inverse, 1, reach, 32) ^ np.uint64(1)
    difference = late_sum(x, inverse, 1, reach, 32)
    if kind == DIFFERENCE:
        return difference
    sign = x if (x ^ y) & _SIGN else difference
    return (sign >> np.uint64(31)) & np.uint64(1)


@kernel
def late_stages(kind: Any, x: Any, y: Any, correct: Any, reach: Any) -> Any:
    """A gate that has not answered shows 0; a shifter whose last stages have not, shifts by less.

    Stage k of a shifter shifts by 2^k, the smallest first. A conversion shifts, too, by what its
    exponent says; its late bits are the upper half, which only the last stage fills.
    """
    if kind == GATE:
        return correct if reach >= 1 else np.uint64(0)
    if reach >= _STAGES:
        return correct
    amount = y & ((np.uint64(1) << np.uint64(reach)) - np.uint64(1))
    if kind == LEFT:
        return (x << amount) & _WORD
    if kind == RIGHT:
        return x >> amount
    if kind == RIGHT_SIGNED:
        return np.uint64(np.int64(np.int32(np.uint32(x))) >> np.int64(amount)) & _WORD
    return correct & np.uint64(0x0000FFFF)


@kernel
def late_product(kind: Any, x: Any, y: Any, reach: Any) -> Any:
    """The last addition: multiples by the even bits of y, plus multiples by the odd bits.

    The two words of a product are added one after the other, so that the high word has its carry
    in from the low one in time, and no carry travels more than 32 positions.
    """
    low = y & _EVEN
    high = y ^ low
    if kind in (HIGH_SIGNED, HIGH_MIXED) and x & _SIGN:
        x |= _WORD << np.uint64(32)
    if kind == HIGH_SIGNED and y & _SIGN:
        high |= _WORD << np.uint64(32)  # the sign's weight is negative, and bit 31 is an odd one
    first, second = x * low, x * high
    if kind == PRODUCT:
        return late_sum(first & _WORD, second & _WORD, 0, reach, 32)
    carry = ((first & _WORD) + (second & _WORD)) >> np.uint64(32)
    return late_sum(first >> np.uint64(32), second >> np.uint64(32), carry, reach, 32)


@kernel
def late_division(kind: Any, a: Any, b: Any, correct: Any, reach: Any) -> Any:
    """The last step of a restoring division: what is left minus the divisor, kept if not negative.

    A missing carry out is read as negative: the last bit of the quotient is 0, and what was left
    stays. Earlier steps are in time; by zero and past the range there is no step to be late.
    """
    is_unsigned = kind == QUOTIENT_UNSIGNED or kind > REMAINDER
    if is_unsigned:
        a, b = a & 0xFFFFFFFF, b & 0xFFFFFFFF
    if b == 0 or (not is_unsigned and a == -0x80000000 and b == -1):
        return np.uint64(correct) & _WORD
    dividend, divisor = abs(a), abs(b)
    quotient = np.int64(np.uint64(dividend) // np.uint64(divisor))
    remainder = dividend - quotient * divisor
    left = remainder + (quotient & 1) * divisor
    inverse = np.uint64(divisor) ^ np.uint64(0x1FFFFFFFF)
    if late_carry_out(np.uint64(left), inverse, 1, reach, 33):
        remainder = np.int64(late_sum(np.uint64(left), inverse, 1, reach, 33))
        quotient |= 1
    else:
        remainder = left
        quotient &= ~1
    if kind in (QUOTIENT, QUOTIENT_UNSIGNED):
        return np.uint64(-quotient if (a < 0) != (b < 0) else quotient) & _WORD
    return np.uint64(-remainder if a < 0 else remainder) & _WORD


@kernel
def late_comparison(kind: Any, x: Any, y: Any, correct: Any, reach: Any) -> Any:
    """Floats are compared by subtracting the magnitudes; a late borrow turns the answer round.

    It turns a 0 or 1 of a comparison into the other, and makes a minimum the maximum. A NaN, equal
    magnitudes and unlike signs are found without a carry.
    """
    magnitude = np.uint64(0x7FFFFFFF)
    first, second = x & magnitude, y & magnitude
    infinite = np.uint64(0x7F800000)
    if first > infinite or second > infinite or (x ^ y) & _SIGN or first == second:
        return correct
    inverse = second ^ magnitude
    late = late_carry_out(first, inverse, 1, reach, 31)
    if late == np.uint64(first > second):
        return correct
    return correct ^ np.uint64(1) if kind == FLOAT_LESS else x ^ y ^ correct


@kernel
def late_float(kind: Any, x: Any, y: Any, correct: Any, reach: Any) -> Any:
    """Wrong bits in the significand of a result, those of the unit's last addition.

    They are not moved by the normalisation that follows; sign and exponent are right. A result
    that is infinite, a NaN or zero is known from its operands and is right.
    """
    exponent = (np.int64(correct) >> 23) & 0xFF
    if exponent == 0xFF or (correct & np.uint64(0x7FFFFFFF)) == 0:
        return correct
    first, second, carry = last_addition(kind, np.int64(x), np.int64(y), np.int64(correct))
    exact = late_sum(first, second, carry, _SIGNIFICAND + 1, _SIGNIFICAND)
    late = late_sum(first, second, carry, reach, _SIGNIFICAND)
    return correct ^ ((exact ^ late) & np.uint64(_FRACTION))


@kernel
def last_addition(kind: Any, x: Any, y: Any, correct: Any) -> Any:
    """Summands and carry in, of 24 bits, of the last addition of a unit for floats.

    sum, difference: the significands, the smaller one shifted down, subtracted where signs differ;
    product and fused product: the upper words of multiples by even and by odd bits of y;
    quotient: significand of x minus that of y; root: that of x minus that of the root.
    """
    a, b = significand(x), significand(y)
    if kind == FLOAT_PRODUCT:
        even = b & 0x555555
        return np.uint64((a * even) >> 24), np.uint64((a * (b ^ even)) >> 24), 0
    if kind == FLOAT_ROOT:
        b = significand(correct)
    if kind in (FLOAT_QUOTIENT, FLOAT_ROOT):
        return np.uint64(a), np.uint64(b ^ 0xFFFFFF), 1
    gap = max(1, (x >> 23) & 0xFF) - max(1, (y >> 23) & 0xFF)
    if gap < 0 or (gap == 0 and a < b):
        a, b, gap = b, a, -gap
    b >>= min(gap, 24)
    has_unlike_signs = ((x ^ y) >> 31) & 1 == 1
    if has_unlike_signs != (kind == FLOAT_DIFFERENCE):
        return np.uint64(a), np.uint64(b ^ 0xFFFFFF), 1
    return np.uint64(a), np.uint64(b), 0


@kernel
def significand(pattern: Any) -> Any:
    """The 24 bits of the significand of a float's bits, the hidden one included."""
    fraction = pattern & _FRACTION
    return fraction | _HIDDEN if (pattern >> 23) & 0xFF else fraction
