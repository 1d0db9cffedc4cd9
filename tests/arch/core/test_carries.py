# SPDX-License-Identifier: Apache-2.0
"""Late sums bit by bit: those of a ripple carry in plain Python, exhaustively for few bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardlane.core.carries import carry_chain, late_carry_out, late_sum

WORDS = st.integers(0, (1 << 32) - 1)


def ripple(a: int, b: int, carry_in: int, width: int) -> list[tuple[int, int]]:
    """Carry into each bit from 0 to `width`, and the positions that it has come so far."""
    carries = [(carry_in, 1)]
    for bit in range(width):
        left, right = a >> bit & 1, b >> bit & 1
        carry, age = carries[-1]
        carries.append((1, 1) if left and right else (carry & (left ^ right), age + 1))
    return carries


def late_sum_by_bits(a: int, b: int, carry_in: int, reach: int, width: int) -> tuple[int, int]:
    """Sum and carry out of which later carries than `reach` are missing."""
    total = 0
    for bit, (carry, age) in enumerate(ripple(a, b, carry_in, width)):
        seen = carry if age <= reach else 0
        if bit == width:
            return total, seen
        total |= ((a >> bit ^ b >> bit ^ seen) & 1) << bit
    raise AssertionError("the carry out is the last of the carries")


def chain_by_bits(a: int, b: int, carry_in: int, width: int) -> int:
    """The longest way of a carry into bits 0 to width - 1."""
    return max((age for carry, age in ripple(a, b, carry_in, width)[:-1] if carry), default=0)


def compiled(a: int, b: int, carry_in: int, reach: int, width: int) -> tuple[int, int]:
    """What the kernels say."""
    x, y = np.uint64(a), np.uint64(b)
    return (
        int(late_sum(x, y, carry_in, reach, width)),
        int(late_carry_out(x, y, carry_in, reach, width)),
    )


@pytest.mark.parametrize("width", [1, 2, 6])
def test_every_sum_of_few_bits_is_the_ripple_carrys(width: int) -> None:
    for a in range(1 << width):
        for b in range(1 << width):
            for carry_in in (0, 1):
                x, y = np.uint64(a), np.uint64(b)
                assert carry_chain(x, y, carry_in, width) == chain_by_bits(a, b, carry_in, width)
                for reach in range(width + 2):
                    wanted = late_sum_by_bits(a, b, carry_in, reach, width)
                    assert compiled(a, b, carry_in, reach, width) == wanted


@settings(max_examples=500, deadline=None)
@given(WORDS, WORDS, st.integers(0, 1), st.integers(0, 33))
def test_a_sum_of_32_bits_is_the_ripple_carrys(a: int, b: int, carry_in: int, reach: int) -> None:
    assert compiled(a, b, carry_in, reach, 32) == late_sum_by_bits(a, b, carry_in, reach, 32)


@settings(max_examples=500, deadline=None)
@given(WORDS, WORDS, st.integers(0, 1))
def test_a_sum_is_right_from_its_chain_on_and_wrong_below(a: int, b: int, carry_in: int) -> None:
    exact = (a + b + carry_in) & 0xFFFFFFFF
    chain = int(carry_chain(np.uint64(a), np.uint64(b), carry_in, 32))
    assert 0 <= chain <= 32
    assert compiled(a, b, carry_in, chain, 32)[0] == exact
    if chain:
        assert compiled(a, b, carry_in, chain - 1, 32)[0] != exact


def test_bits_above_the_width_do_not_count() -> None:
    high = 0xFFFFFF00
    assert compiled(high | 3, high | 1, 0, 2, 8) == compiled(3, 1, 0, 2, 8) == (4, 0)


def test_a_decrement_of_one_carries_all_the_way() -> None:
    assert carry_chain(np.uint64(1), np.uint64(0xFFFFFFFF), 0, 32) == 31
    assert compiled(1, 0xFFFFFFFF, 0, 30, 32)[0] == 1 << 31
    assert carry_chain(np.uint64(1), np.uint64(2), 0, 32) == 0
