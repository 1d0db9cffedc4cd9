# SPDX-License-Identifier: Apache-2.0
"""Late results in plain Python on whole numbers, bit by bit: the oracle of the compiled ones."""

from __future__ import annotations

import struct

from guardlane.core import lateness as kinds
from guardlane.core.supply import NEVER_LATE
from tests.arch.core.test_carries import late_sum_by_bits

ONES = 0xFFFFFFFF


def signed(word: int) -> int:
    """Value of 32 bits as a signed number."""
    word &= ONES
    return word - (1 << 32) if word >> 31 else word


def integer_result(kind: int, a: int, b: int) -> int:
    """Right result of an integer operation of RV32IM on signed words, as a signed word."""
    x, y = a & ONES, b & ONES
    shift = b & 31
    if kind in (kinds.QUOTIENT, kinds.QUOTIENT_UNSIGNED, kinds.REMAINDER, kinds.REMAINDER_UNSIGNED):
        n, d = (a, b) if kind in (kinds.QUOTIENT, kinds.REMAINDER) else (x, y)
        quotient = -1 if d == 0 else abs(n) // abs(d) * (1 if (n < 0) == (d < 0) else -1)
        rest = n if d == 0 else n - quotient * d
        return signed(quotient if kind in (kinds.QUOTIENT, kinds.QUOTIENT_UNSIGNED) else rest)
    return signed(
        {
            kinds.SUM: a + b,
            kinds.DIFFERENCE: a - b,
            kinds.LESS: int(a < b),
            kinds.LESS_UNSIGNED: int(x < y),
            kinds.LEFT: x << shift,
            kinds.RIGHT: x >> shift,
            kinds.RIGHT_SIGNED: a >> shift,
            kinds.GATE: x ^ y,
            kinds.PRODUCT: a * b,
            kinds.HIGH_SIGNED: a * b >> 32,
            kinds.HIGH_MIXED: a * y >> 32,
            kinds.HIGH_UNSIGNED: x * y >> 32,
        }[kind]
    )


def float_bits(value: float) -> int:
    """Value of the bits of a float32 as a signed word."""
    return int(struct.unpack("<i", struct.pack("<f", value))[0])


def twin(kind: int, a: int, b: int, correct: int, reach: int) -> int:
    """Late result of signed words; see the docstrings of `guardlane.core.late`."""
    if reach == NEVER_LATE:
        return correct
    x, y = a & ONES, b & ONES
    if kind == kinds.SUM:
        return signed(late_sum_by_bits(x, y, 0, reach, 32)[0])
    if kind in (kinds.DIFFERENCE, kinds.LESS, kinds.LESS_UNSIGNED):
        difference, carry_out = late_sum_by_bits(x, ~y & ONES, 1, reach, 32)
        if kind == kinds.DIFFERENCE:
            return signed(difference)
        if kind == kinds.LESS_UNSIGNED:
            return 1 - carry_out
        return int(a < 0) if (a < 0) != (b < 0) else difference >> 31
    if kind in (kinds.LEFT, kinds.RIGHT, kinds.RIGHT_SIGNED):
        acted = sum(b & 1 << stage for stage in range(5) if stage < reach)
        return integer_result(kind, a, acted)
    if kind == kinds.GATE:
        return correct if reach else 0
    if kind == kinds.CONVERSION:
        return correct if reach >= 5 else correct & 0xFFFF
    if kinds.PRODUCT <= kind <= kinds.HIGH_UNSIGNED:
        return twin_of_product(kind, a, b, reach)
    if kind < kinds.FLOAT_SUM:
        return twin_of_division(kind, a, b, correct, reach)
    if kind in (kinds.FLOAT_LESS, kinds.FLOAT_CHOICE):
        return twin_of_comparison(kind, x, y, correct, reach)
    return twin_of_float(kind, x, y, correct, reach)


def twin_of_product(kind: int, a: int, b: int, reach: int) -> int:
    """Multiples of a by each bit of b, the even ones in one sum, the odd ones in the other."""
    multiplicand = a & ONES if kind == kinds.HIGH_UNSIGNED else a
    sums = [0, 0]
    for bit in range(32):
        weight = 1 << bit
        if bit == 31 and kind in (kinds.PRODUCT, kinds.HIGH_SIGNED):
            weight = -weight
        sums[bit % 2] += multiplicand * weight * (b >> bit & 1)
    even, odd = sums
    if kind == kinds.PRODUCT:
        return signed(late_sum_by_bits(even & ONES, odd & ONES, 0, reach, 32)[0])
    carry = (even & ONES) + (odd & ONES) >> 32
    high = even >> 32 & ONES, odd >> 32 & ONES
    return signed(late_sum_by_bits(high[0], high[1], carry, reach, 32)[0])


def twin_of_division(kind: int, a: int, b: int, correct: int, reach: int) -> int:
    """Long division, bit by bit from the top, of which the last subtraction is late."""
    is_signed = kind in (kinds.QUOTIENT, kinds.REMAINDER)
    n, d = (a, b) if is_signed else (a & ONES, b & ONES)
    if d == 0 or (is_signed and n == -(1 << 31) and d == -1):
        return correct
    left = quotient = 0
    for bit in reversed(range(32)):
        left = 2 * left + (abs(n) >> bit & 1)
        if bit:
            fits, difference = left >= abs(d), left - abs(d)
        else:
            inverse = ~abs(d) & (1 << 33) - 1
            difference, carry_out = late_sum_by_bits(left, inverse, 1, reach, 33)
            fits = bool(carry_out)
        quotient = 2 * quotient + fits
        left = difference if fits else left
    if kind in (kinds.QUOTIENT, kinds.QUOTIENT_UNSIGNED):
        return signed(-quotient if (n < 0) != (d < 0) else quotient)
    return signed(-left if n < 0 else left)


def twin_of_comparison(kind: int, x: int, y: int, correct: int, reach: int) -> int:
    """Magnitudes are subtracted; the answer turns round if the borrow is read wrong."""
    first, second = x & 0x7FFFFFFF, y & 0x7FFFFFFF
    if max(first, second) > 0x7F800000 or x >> 31 != y >> 31 or first == second:
        return correct
    carry_out = late_sum_by_bits(first, ~second & 0x7FFFFFFF, 1, reach, 31)[1]
    if bool(carry_out) == (first > second):
        return correct
    if kind == kinds.FLOAT_LESS:
        return 1 - correct
    return signed(y) if correct & ONES == x else signed(x)


def twin_of_float(kind: int, x: int, y: int, correct: int, reach: int) -> int:
    """The fraction's bits that the last addition of 24 bits has wrong, turned round."""
    if correct >> 23 & 0xFF == 0xFF or correct & 0x7FFFFFFF == 0:
        return correct

    def split(word: int) -> tuple[int, int, int]:
        exponent = word >> 23 & 0xFF
        return word >> 31 & 1, max(1, exponent), (word & 0x7FFFFF) + (bool(exponent) << 23)

    (sign_x, exponent_x, m), (sign_y, exponent_y, n) = split(x), split(y)
    invert = (1 << 24) - 1
    if kind == kinds.FLOAT_PRODUCT:
        even = sum(m * (n & 1 << bit) for bit in range(0, 24, 2))
        odd = sum(m * (n & 1 << bit) for bit in range(1, 24, 2))
        left, right, carry = even >> 24, odd >> 24, 0
    elif kind == kinds.FLOAT_QUOTIENT:
        left, right, carry = m, n ^ invert, 1
    elif kind == kinds.FLOAT_ROOT:
        left, right, carry = m, split(correct)[2] ^ invert, 1
    else:
        if (exponent_x, m) < (exponent_y, n):
            (exponent_x, m), (exponent_y, n) = (exponent_y, n), (exponent_x, m)
        n >>= exponent_x - exponent_y
        is_difference = (sign_x != sign_y) != (kind == kinds.FLOAT_DIFFERENCE)
        left, right, carry = m, n ^ invert if is_difference else n, int(is_difference)
    exact = left + right + carry
    late = late_sum_by_bits(left, right, carry, reach, 24)[0]
    return signed(correct ^ ((exact ^ late) & 0x7FFFFF))
