# SPDX-License-Identifier: Apache-2.0
"""Faults fall on units and bits as their shares say, and without shares as they always did."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import pytest
from pydantic import ValidationError

from guardlane.core import paths
from guardlane.faults import (
    RETIRED,
    Fault,
    FaultModel,
    OnUnits,
    alu_stuck,
    alu_timing,
    alu_uniform,
    as_rows,
    draw,
    regfile_int,
)
from guardlane.shares import BITS, UNITS, UnitShare, UnitShares

MANY = 20_000


def high(count: int) -> tuple[float, ...]:
    """Weights of which the highest `count` bits have all."""
    return (0.0,) * (BITS - count) + (1.0,) * count


def faults(model: FaultModel, bound: int = 100 * MANY) -> list[Fault]:
    return draw(model, 7, "huff", mean=100, clock=RETIRED, bound=bound)


def parts(fault: Fault) -> tuple[str, int]:
    """The unit that a fault names, and its bit."""
    what, _, bit = str(fault).partition(":")[2].partition(".")
    return what.partition("-")[2], int(bit)


@pytest.mark.parametrize(
    ("model", "count", "digest", "first"),
    [
        (alu_uniform, 1984, "db95eca545972e51", "huff@514:alu.7"),
        (alu_stuck, 2027, "d4fda8a18f8ab96a", "huff@25:stuck0-shift.4"),
        (alu_timing, 1913, "c7582d216ff2cb0b", "huff@988:late.1625184487"),
    ],
)
def test_without_shares_schedules_are_those_that_were_published(
    model: FaultModel, count: int, digest: str, first: str
) -> None:
    found = draw(model, 7, "huff", mean=1000, clock=RETIRED, bound=2_000_000)
    assert (len(found), str(found[0])) == (count, first)
    assert hashlib.sha256(as_rows(found).tobytes()).hexdigest()[:16] == digest


def test_units_are_hit_in_proportion_to_their_weights_and_others_never() -> None:
    shares = UnitShares(mul=UnitShare(weight=3), fp=UnitShare(weight=1))
    found = Counter(parts(fault)[0] for fault in faults(alu_uniform.on_units(shares)))
    assert set(found) == {"mul", "fp"}
    assert found["mul"] / found.total() == pytest.approx(0.75, abs=0.02)


def test_bits_are_hit_in_proportion_to_the_weights_of_their_unit() -> None:
    slope = tuple(float(bit) for bit in range(BITS))
    shares = UnitShares(
        add=UnitShare(weight=1, bits=high(2)), div=UnitShare(weight=1, bits=slope),
        shift=UnitShare(weight=1),
    )  # fmt: skip
    found = Counter(parts(fault) for fault in faults(alu_uniform.on_units(shares)))
    assert {bit for unit, bit in found if unit == "add"} == {30, 31}
    assert {bit for unit, bit in found if unit == "shift"} == set(range(BITS))
    assert {bit for unit, bit in found if unit == "div"} == set(range(1, BITS))
    divisions = sum(count for (unit, _), count in found.items() if unit == "div")
    for bit in (4, 16, 31):
        expected = bit / sum(slope)
        assert found["div", bit] / divisions == pytest.approx(expected, abs=0.012)


def test_a_bit_of_every_weight_is_the_only_one() -> None:
    for bit in (0, 13, 31):
        only = tuple(float(place == bit) for place in range(BITS))
        model = alu_uniform.on_units(UnitShares(logic=UnitShare(weight=0.1, bits=only)))
        assert {parts(fault) for fault in faults(model, 10_000)} == {("logic", bit)}


def test_stuck_bits_follow_the_shares_and_stick_at_both_values() -> None:
    model = alu_stuck.on_units(UnitShares(mul=UnitShare(weight=2, bits=high(1))))
    found = Counter(str(fault).partition(":")[2] for fault in faults(model))
    assert set(found) == {"stuck0-mul.31", "stuck1-mul.31"}
    assert found["stuck0-mul.31"] / found.total() == pytest.approx(0.5, abs=0.02)


def test_a_longer_run_only_appends_to_a_schedule_with_shares() -> None:
    model = alu_uniform.on_units(UnitShares(mul=UnitShare(weight=1, bits=high(9))))
    short, long = faults(model, 20_000), faults(model, 200_000)
    assert 10 < len(short) < len(long)
    assert long[: len(short)] == short


def test_only_models_with_units_can_be_dealt_to_them() -> None:
    assert isinstance(alu_uniform, OnUnits)
    assert isinstance(alu_stuck, OnUnits)
    assert not isinstance(alu_timing, OnUnits)
    assert not isinstance(regfile_int, OnUnits)


def test_units_are_those_of_the_core() -> None:
    assert UNITS == paths.UNITS


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"weight": 1, "bits": (1.0,) * 31}, "must be 32 weights, bit 0 first, not 31"),
        ({"weight": 1, "bits": (1.0,) * 33}, "must be 32 weights, bit 0 first, not 33"),
        ({"weight": 1, "bits": (0.0,) * 32}, "must have a weight of more than 0, not 32 of 0"),
        ({"weight": 1, "bits": (-1.0, *high(31)[1:])}, "greater than or equal to 0"),
        ({"weight": 1, "bits": (float("nan"), *high(31)[1:])}, "finite number"),
        ({"weight": 1, "bits": (float("inf"), *high(31)[1:])}, "finite number"),
        ({"weight": float("nan")}, "finite number"),
        ({"weight": -0.5}, "greater than or equal to 0"),
        ({"weight": 1e10}, "less than or equal to 1000000000"),
        ({"weight": True}, "valid number"),
        ({"bits": high(3)}, "weight must be more than 0, not 0"),
    ],
)
def test_shares_that_cannot_be_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        UnitShare(**given)
