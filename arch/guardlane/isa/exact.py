# SPDX-License-Identifier: Apache-2.0
"""binary32 arithmetic in exact fractions: slow, obvious, and the judge of the fast one.

Values are the 32 bits of a float as an unsigned int; results round to nearest even.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor, isqrt

NAN = 0x7FC00000
INFINITY = 0x7F800000
SIGN = 0x80000000
_LARGEST_FRACTION = 0x7FFFFF
_SMALLEST_NORMAL = 0x00800000


def is_nan(a: int) -> bool:
    """Whether `a` is a NaN, quiet or signalling."""
    return a & ~SIGN > INFINITY


def is_infinite(a: int) -> bool:
    """Whether `a` is an infinity of either sign."""
    return a & ~SIGN == INFINITY


def value(a: int) -> Fraction:
    """The exact value of a finite `a`; both zeros are 0."""
    exponent, fraction = a >> 23 & 255, a & _LARGEST_FRACTION
    significand = fraction | (1 << 23 if exponent else 0)
    magnitude = Fraction(significand) * Fraction(2) ** (max(exponent, 1) - 150)
    return -magnitude if a & SIGN else magnitude


def rounded(number: Fraction, zero_sign: int = 0) -> int:
    """Round an exact number to a float; an exact 0 gets `zero_sign` (0 or SIGN)."""
    if number == 0:
        return zero_sign
    sign, number = (SIGN, -number) if number < 0 else (0, number)
    exponent = number.numerator.bit_length() - number.denominator.bit_length()
    if number < Fraction(2) ** exponent:
        exponent -= 1
    quantum = max(exponent, -126) - 23
    significand = round(number / Fraction(2) ** quantum)  # a tie goes to the even one
    if significand >> 24:
        significand, quantum = significand >> 1, quantum + 1
    if quantum + 23 > 127:
        return sign | INFINITY
    biased = quantum + 150 if significand >> 23 else 0
    return sign | biased << 23 | significand & _LARGEST_FRACTION


def add(a: int, b: int) -> int:
    """a + b."""
    return fused(a, 0x3F800000, b)


def multiply(a: int, b: int) -> int:
    """a * b."""
    # Adding a zero of the product's own sign changes nothing, not even the sign of zero.
    return fused(a, b, (a ^ b) & SIGN)


def fused(a: int, b: int, c: int) -> int:
    """a * b + c with one rounding."""
    if is_nan(a) or is_nan(b) or is_nan(c):
        return NAN
    sign = (a ^ b) & SIGN
    if is_infinite(a) or is_infinite(b):
        other = b if is_infinite(a) else a
        clash = is_infinite(c) and c & SIGN != sign
        return NAN if other & ~SIGN == 0 or clash else sign | INFINITY
    if is_infinite(c):
        return c
    product = value(a) * value(b)
    both_negative = sign and c & SIGN and product == 0
    return rounded(product + value(c), SIGN if both_negative else 0)


def divide(a: int, b: int) -> int:
    """a / b."""
    sign = (a ^ b) & SIGN
    if is_nan(a) or is_nan(b) or (is_infinite(a) and is_infinite(b)):
        return NAN
    if is_infinite(a):
        return sign | INFINITY
    if is_infinite(b):
        return sign
    if value(b) == 0:
        return NAN if value(a) == 0 else sign | INFINITY
    return rounded(value(a) / value(b), sign)


def root(a: int) -> int:
    """Square root of a; of less than zero it is a NaN."""
    if is_nan(a) or (a & SIGN and a != SIGN):
        return NAN
    if is_infinite(a) or value(a) == 0:
        return a
    number = value(a)
    # 64 bits of root and a sticky bit below them decide every rounding of 24.
    shift = 160 + (number.denominator.bit_length() & 1)
    scaled = number * Fraction(4) ** shift
    whole = floor(scaled)
    found = isqrt(whole)
    sticky = 0 if found * found == scaled else 1
    return rounded(Fraction(2 * found + sticky, 2 << shift))


def less(a: int, b: int) -> bool:
    """a < b; never with a NaN."""
    if is_nan(a) or is_nan(b):
        return False
    return _ordered(a) < _ordered(b)


def equal(a: int, b: int) -> bool:
    """a == b; never with a NaN, and the zeros are equal."""
    return not is_nan(a) and not is_nan(b) and _ordered(a) == _ordered(b)


def _ordered(a: int) -> int:
    return -(a & ~SIGN) if a & SIGN else a


def minimum(a: int, b: int) -> int:
    """The smaller number, a NaN only if both are; -0 is smaller than +0."""
    if is_nan(a) or is_nan(b):
        return (NAN if is_nan(b) else b) if is_nan(a) else a
    if _ordered(a) == _ordered(b):
        return max(a, b)
    return a if less(a, b) else b


def maximum(a: int, b: int) -> int:
    """The larger number, a NaN only if both are; +0 is larger than -0."""
    if is_nan(a) or is_nan(b):
        return minimum(a, b)
    return minimum(a, b) ^ a ^ b


def classify(a: int) -> int:
    """The one-hot class fclass gives."""
    if is_nan(a):
        return 1 << (9 if a >> 22 & 1 else 8)
    magnitude = a & ~SIGN
    ranks = (magnitude == INFINITY, magnitude >= _SMALLEST_NORMAL, magnitude > 0, True)
    rank = ranks.index(True)
    return 1 << (rank if a & SIGN else 7 - rank)


def to_integer(a: int, mode: int, low: int, high: int) -> int:
    """Round to an integer by a RISC-V rounding mode and hold it in low..high; a NaN gives high."""
    if is_nan(a):
        return high
    if is_infinite(a):
        return low if a & SIGN else high
    number = value(a)
    down = floor(number)
    up = down if number == down else down + 1
    toward_zero = up if number < 0 else down
    away = floor(abs(number) + Fraction(1, 2)) * (-1 if number < 0 else 1)
    chosen = {0: round(number), 1: toward_zero, 2: down, 3: up, 4: away}[mode]
    return min(max(chosen, low), high)


def from_integer(number: int) -> int:
    """The float nearest to an integer."""
    return rounded(Fraction(number))
