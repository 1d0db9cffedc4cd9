# SPDX-License-Identifier: Apache-2.0
"""Energy is exact: a sum over classes, rounded once, that goes with the square of the voltage."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardlane.cite import references
from guardlane.core.energy import INSTRUCTION, OPERATIONS, energy, operation_energy
from guardlane.errors import GuardlaneError
from guardlane.isa.costs import CLASSES
from guardlane.units import Voltage

COUNTS = st.dictionaries(st.sampled_from(CLASSES), st.integers(0, 1 << 50))


def test_every_class_of_instruction_has_an_energy_with_a_source() -> None:
    assert tuple(OPERATIONS) == CLASSES
    for cost in (*OPERATIONS.values(), INSTRUCTION):
        assert cost.femtojoules > 0
        assert cost.citation.unit == "fJ"
        assert cost.citation.ref in {None, *references()}


def test_a_known_mix_costs_what_the_table_says() -> None:
    counts = {"alu": 3, "mul": 1, "load": 2}
    assert operation_energy(counts, Voltage(900)) == 3 * 100 + 3100 + 2 * 5000
    assert energy(counts, Voltage(900)) == 3 * 100 + 3100 + 2 * 5000 + 6 * 70_000
    assert operation_energy({"alu": 9}, Voltage(300)) == 100
    assert energy({}, Voltage(900)) == 0


@given(COUNTS, COUNTS, st.integers(1, 2000))
def test_energy_adds_up_and_is_within_half_a_femtojoule_of_the_square_law(
    first: dict[str, int], second: dict[str, int], millivolts: int
) -> None:
    voltage = Voltage(millivolts)
    nominal = energy(first, Voltage(900))
    exact = Fraction(nominal * millivolts**2, 900**2)
    assert abs(energy(first, voltage) - exact) <= Fraction(1, 2)
    both = {name: first.get(name, 0) + second.get(name, 0) for name in CLASSES}
    assert energy(both, Voltage(900)) == nominal + energy(second, Voltage(900))


def test_less_voltage_takes_less_energy() -> None:
    mix = {"alu": 1000, "load": 300, "fp_mul": 100}
    spent = [energy(mix, Voltage(mv)) for mv in (774, 800, 850, 900)]
    assert spent == sorted(set(spent))
    assert spent[0] / spent[-1] == pytest.approx(0.86**2, rel=1e-6)


def test_what_cannot_be_counted_is_named() -> None:
    with pytest.raises(GuardlaneError, match="class 'warp': there is no such class"):
        energy({"warp": 1}, Voltage(900))
    with pytest.raises(GuardlaneError, match="count of alu must be 0 or more, not -1"):
        energy({"alu": -1}, Voltage(900))
    with pytest.raises(GuardlaneError, match="supply voltage must be 1 mV or more, not 0 mV"):
        energy({"alu": 1}, Voltage(0))
