# SPDX-License-Identifier: Apache-2.0
"""The exact arithmetic that judges the interpreter is itself right, by definition and by numpy."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from guardlane.isa import exact
from tests.arch.isa.random_programs import FLOATS, corner


def as_float(bits: int) -> np.float32:
    """The float32 with these bits."""
    return np.uint32(bits).view(np.float32)


def as_bits(value: np.floating) -> int:
    """The bits of a float32, its NaN made canonical."""
    return exact.NAN if np.isnan(value) else int(np.float32(value).view(np.uint32))


def pairs() -> list[tuple[int, int]]:
    """Corners against corners, and random bits."""
    draw = random.Random(5)
    return [(corner(draw, FLOATS), corner(draw, FLOATS)) for _ in range(3000)]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (exact.add, np.add),
        (exact.multiply, np.multiply),
        (exact.divide, np.divide),
        (lambda a, b: exact.root(a), lambda a, b: np.sqrt(a)),
        (lambda a, b: 0x3F800000 * exact.less(a, b), lambda a, b: np.float32(a < b)),
        (lambda a, b: 0x3F800000 * exact.equal(a, b), lambda a, b: np.float32(a == b)),
    ],
    ids=["add", "multiply", "divide", "root", "less", "equal"],
)
def test_an_operation_is_the_one_of_ieee_754(ours: object, theirs: object) -> None:
    with np.errstate(all="ignore"):
        for a, b in pairs():
            expected = as_bits(theirs(as_float(a), as_float(b)))  # type: ignore[operator]
            assert ours(a, b) == expected, (hex(a), hex(b))  # type: ignore[operator]


def test_every_finite_float_is_its_own_rounding() -> None:
    draw = random.Random(6)
    for _ in range(2000):
        bits = corner(draw, FLOATS)
        if exact.is_nan(bits) or exact.is_infinite(bits):
            continue
        assert exact.value(bits) == Fraction(float(as_float(bits)))
        assert exact.rounded(exact.value(bits), bits & exact.SIGN) == bits


@pytest.mark.parametrize(
    ("number", "bits"),
    [
        (Fraction(1) + Fraction(1, 1 << 24), 0x3F800000),  # a tie goes to the even one
        (Fraction(1) + Fraction(3, 1 << 24), 0x3F800002),
        (Fraction(1) + Fraction(1, 1 << 24) + Fraction(1, 1 << 90), 0x3F800001),
        (Fraction(1, 1 << 150), 0),  # half the smallest subnormal
        (Fraction(3, 1 << 151), 1),
        (Fraction((1 << 25) - 1) * (1 << 103), 0x7F800000),  # half a step past the largest
        (Fraction((1 << 26) - 3) * (1 << 102), 0x7F7FFFFF),
        (-(Fraction(1, 1 << 126) - Fraction(1, 1 << 151)), 0x80800000),  # up into the normal ones
    ],
)
def test_rounding_is_to_nearest_even_at_every_edge(number: Fraction, bits: int) -> None:
    assert exact.rounded(number) == bits


def test_a_fused_product_is_rounded_once() -> None:
    almost_one = 0x3F7FFFFF
    # (1 - 2**-24)**2 - (1 - 2**-23) is 2**-48: a product rounded first would leave nothing.
    assert exact.fused(almost_one, almost_one, 0xBF7FFFFE) == 0x27800000
    assert exact.fused(0x7F800000, 0, 0x3F800000) == exact.NAN
    assert exact.fused(0x7F800000, 0x3F800000, 0xFF800000) == exact.NAN
    assert exact.fused(0x3F800000, 0x80000000, 0x80000000) == 0x80000000
    assert exact.fused(0x3F800000, 0x3F800000, 0xBF800000) == 0
