# SPDX-License-Identifier: Apache-2.0
"""Late results: those of a twin in plain Python, and wrong where physics says that they are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardlane.core import lateness as kinds
from guardlane.core import paths
from guardlane.core.carries import carry_chain
from guardlane.core.late import late_result
from guardlane.core.paths import UNITS
from guardlane.core.supply import NEVER_LATE, THRESHOLDS, reach_of, reach_table
from guardlane.isa import ops
from guardlane.kernel import kernel
from guardlane.units import Voltage
from tests.arch.core.late_twin import float_bits, integer_result, signed, twin

NEAR = [0, 1, 2, -1, -2, 5, 1 << 31, (1 << 31) - 1, 0x55555555, -0x55555556, 0x00010000, 0x7F800000]
WORDS = st.one_of(
    st.integers(-(1 << 31), (1 << 31) - 1),
    st.integers(-300, 300),
    st.sampled_from(NEAR).map(signed),
)
INTEGERS = sorted({*range(kinds.FLOAT_SUM)} - {kinds.CONVERSION})
FLOATS = list(range(kinds.FLOAT_SUM, kinds.KINDS))
REACHES = st.one_of(st.integers(0, 33), st.just(NEVER_LATE))


def late(kind: int, a: int, b: int, correct: int, reach: int) -> int:
    """What the kernel says."""
    return int(late_result(kind, a, b, correct, reach))


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(INTEGERS), WORDS, WORDS, REACHES)
def test_a_late_integer_is_the_twins(kind: int, a: int, b: int, reach: int) -> None:
    correct = integer_result(kind, a, b)
    assert late(kind, a, b, correct, reach) == twin(kind, a, b, correct, reach)


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from([kinds.CONVERSION, *FLOATS]), WORDS, WORDS, WORDS, REACHES)
def test_late_bits_of_a_float_are_the_twins(
    kind: int, a: int, b: int, correct: int, reach: int
) -> None:
    if kind == kinds.FLOAT_LESS:
        correct &= 1
    if kind == kinds.FLOAT_CHOICE:
        correct = a if correct & 1 else b
    assert late(kind, a, b, correct, reach) == twin(kind, a, b, correct, reach)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(INTEGERS), WORDS, WORDS)
def test_with_time_enough_every_integer_is_right(kind: int, a: int, b: int) -> None:
    correct = integer_result(kind, a, b)
    assert late(kind, a, b, correct, NEVER_LATE) == correct
    assert late(kind, a, b, correct, 34) == correct


@pytest.mark.parametrize("kind", FLOATS)
def test_with_time_enough_every_float_is_right(kind: int) -> None:
    rng = np.random.default_rng(kind)
    for value in rng.normal(size=200).astype(np.float32):
        a, b = float_bits(float(value)), float_bits(float(value) * 1.7)
        correct = a if kind == kinds.FLOAT_CHOICE else int(kind == kinds.FLOAT_LESS and value < 0)
        assert late(kind, a, b, correct or a, 34) == (correct or a)


def test_a_late_decrement_shows_the_bits_that_the_carry_has_not_cleared() -> None:
    assert late(kinds.SUM, 5, -3, 2, 29) == 2
    assert late(kinds.SUM, 5, -3, 2, 28) == signed(0x80000002)
    assert late(kinds.SUM, 5, -3, 2, 27) == signed(0xC0000002)
    assert late(kinds.DIFFERENCE, 4, 4, 0, 31) == signed(0x80000000)
    assert late(kinds.LESS, 4, 4, 0, 31) == 1
    assert late(kinds.LESS_UNSIGNED, 5, 4, 0, 31) == 1
    assert late(kinds.QUOTIENT, 7, 1, 7, 31) == 6
    assert late(kinds.REMAINDER, 7, 1, 0, 31) == 1
    assert late(kinds.LEFT, 1, 17, 1 << 17, 4) == 2
    assert late(kinds.GATE, 6, 3, 2, 0) == 0


def test_infinities_nans_and_zeros_are_known_without_a_carry() -> None:
    nan, infinity = 0x7FC00000, float_bits(math.inf)
    for kind in (kinds.FLOAT_SUM, kinds.FLOAT_PRODUCT, kinds.FLOAT_QUOTIENT):
        for correct in (nan, infinity, 0):
            assert late(kind, float_bits(1.9), float_bits(-1.7), correct, 0) == correct
    assert late(kinds.FLOAT_LESS, nan, float_bits(1.0), 0, 0) == 0


def test_a_late_float_keeps_sign_and_exponent() -> None:
    rng = np.random.default_rng(8)
    wrong = 0
    for left, right in rng.normal(size=(500, 2)).astype(np.float32):
        correct = float_bits(float(left * right))
        got = late(kinds.FLOAT_PRODUCT, float_bits(left), float_bits(right), correct, 4)
        assert (got ^ correct) & ~0x7FFFFF == 0
        wrong += got != correct
    assert wrong > 20


@kernel
def errors(
    table: Any, kind: Any, unit: Any, a: Any, b: Any, correct: Any, threshold: Any, wrong: Any
) -> Any:
    """Late results of int32[n] operations under the droops `threshold`: their wrong bits."""
    for number in range(len(a)):
        reach = reach_of(table, unit, threshold[number])
        got = late_result(kind, a[number], b[number], correct[number], reach)
        wrong[number] = np.uint32(got ^ correct[number])


def wrong_bits(millivolts: int, seed: int = 1) -> tuple[npt.NDArray[np.uint32], Any, Any]:
    """Wrong bits of 200,000 late sums of numbers of every size and sign, and their operands."""
    rng = np.random.default_rng(seed)
    size = rng.integers(0, 31, (2, 200_000))
    a, b = (rng.integers(-(1 << 30), 1 << 30, size.shape) >> size).astype(np.int32)
    threshold = rng.integers(0, THRESHOLDS, len(a))
    wrong = np.zeros(len(a), np.uint32)
    table = reach_table(Voltage(millivolts))
    errors(table, kinds.SUM, paths.ADD, a, b, a + b, threshold, wrong)
    return wrong, a, b


def uniform(count: int) -> npt.NDArray[np.uint32]:
    """The control: a random bit of each result is wrong, whatever operands and voltage are."""
    return np.uint32(1) << np.random.default_rng(2).integers(0, 32, count).astype(np.uint32)


def upper_half(wrong: npt.NDArray[np.uint32]) -> float:
    """Share of the wrong bits that are in the upper half of the word."""
    by_bit = [int(np.count_nonzero(wrong >> np.uint32(bit) & np.uint32(1))) for bit in range(32)]
    return sum(by_bit[16:]) / sum(by_bit)


def test_late_carries_spoil_high_bits_and_a_uniform_model_all_alike() -> None:
    wrong, _, _ = wrong_bits(780)
    assert np.count_nonzero(wrong) > 300
    assert upper_half(wrong) == 1
    assert upper_half(uniform(200_000)) == pytest.approx(0.5, abs=0.01)


def test_long_carries_go_wrong_and_short_ones_do_not_but_in_a_uniform_model() -> None:
    wrong, a, b = wrong_bits(780)
    chains = np.array(
        [
            carry_chain(np.uint64(int(x) & 0xFFFFFFFF), np.uint64(int(y) & 0xFFFFFFFF), 0, 32)
            for x, y in zip(a[:20_000], b[:20_000], strict=True)
        ]
    )
    control = uniform(20_000) != 0
    late_sums = wrong[:20_000] != 0
    is_long = chains > 28
    assert late_sums[is_long].mean() > 0.1
    assert late_sums[chains <= 23].sum() == 0
    middle = (chains > 24) & (chains <= 26)
    assert late_sums[middle].mean() < late_sums[is_long].mean()
    assert control[is_long].mean() == control[~is_long].mean() == 1


def test_fewer_results_are_wrong_at_a_higher_voltage_but_in_a_uniform_model() -> None:
    rates = [np.count_nonzero(wrong_bits(mv)[0]) / 200_000 for mv in (780, 820, 860, 900)]
    assert rates[0] > 1.5 * rates[1] > 1.5 * 1.5 * rates[2] > 0
    assert rates[3] == 0
    control = [np.count_nonzero(uniform(1000)) for _ in (780, 820, 860)]
    assert len(set(control)) == 1


def test_every_kind_has_a_unit_and_every_computing_operation_a_kind() -> None:
    units, of_operation = kinds.unit_of_kind(), kinds.kind_of_operation()
    assert len(units) == kinds.KINDS
    assert set(units.tolist()) == set(range(len(UNITS)))
    assert set(of_operation.tolist()) == {kinds.NO_KIND, *range(kinds.KINDS)}
    none = {number for number, kind in enumerate(of_operation) if kind == kinds.NO_KIND}
    assert none == {
        *range(ops.LB, ops.JALR + 1), ops.FLW, ops.FPOP, *range(ops.SB, ops.ILLEGAL + 1)
    }  # fmt: skip
