# SPDX-License-Identifier: Apache-2.0
"""How far a signal gets: the table is the model at every threshold, and the model is physics."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardlane.cite import references
from guardlane.config import explain
from guardlane.core import paths
from guardlane.core.paths import LONGEST, MOST_POSITIONS, PATHS, UNITS
from guardlane.core.supply import (
    DEFAULT,
    NEVER_LATE,
    THRESHOLDS,
    Supply,
    droop_depth,
    reach,
    reach_of,
    reach_table,
    slowness,
)
from guardlane.errors import GuardlaneError
from guardlane.kernel import kernel
from guardlane.units import Voltage

PAGE = Path(__file__).parents[3] / "docs" / "alu-errors.md"
VOLTAGES = [Voltage(mv) for mv in (774, 775, 800, 840, 880, 899, 900, 1000)]
ADD_AT_800 = [2277806663, 3088479491, 3584253309, 4280798267, 4294967296]
FP_AT_800 = [2277806663, 3088479491, 4294967296]


@kernel
def looked_up(table: Any, unit: Any, threshold: Any) -> Any:
    """The part, called from a kernel."""
    return reach_of(table, unit, threshold)


@pytest.mark.parametrize("voltage", VOLTAGES, ids=str)
def test_the_table_changes_exactly_where_the_model_does(voltage: Voltage) -> None:
    table = reach_table(voltage)
    assert table.shape == (len(UNITS), MOST_POSITIONS + 1)
    for unit in range(len(UNITS)):
        for edge in {int(edge) for edge in table[unit]}:
            for threshold in (edge - 1, edge):
                if 0 <= threshold < THRESHOLDS:
                    wanted = reach(unit, voltage, threshold)
                    assert looked_up(table, unit, threshold) == wanted


@settings(max_examples=200, deadline=None)
@given(st.integers(774, 950), st.integers(0, len(UNITS) - 1), st.integers(0, THRESHOLDS - 1))
def test_the_table_is_the_model_anywhere(voltage: int, unit: int, threshold: int) -> None:
    table = reach_table(Voltage(voltage))
    assert looked_up(table, unit, threshold) == reach(unit, Voltage(voltage), threshold)


def test_a_table_is_the_same_to_the_last_bit_everywhere() -> None:
    # Pinned: decimal arithmetic gives these on any machine; another number changes results.
    table = reach_table(Voltage(800))
    assert table[paths.ADD, 0] == table[paths.ADD, 32]
    assert [int(table[paths.ADD, r]) for r in (32, 31, 30, 26, 25)] == ADD_AT_800
    assert [int(table[paths.FP, r]) for r in (24, 23, 17)] == FP_AT_800


def test_delay_and_droop_agree_with_floating_point() -> None:
    for millivolts in (650, 700, 774, 900):
        law = [mv / (mv - 300) ** 1.3 for mv in (millivolts, 774)]
        assert float(slowness(millivolts * DEFAULT.lowest / 774)) == pytest.approx(law[0] / law[1])
    for threshold in (0, 1 << 20, 1 << 31, THRESHOLDS - 1):
        share = (threshold + 0.5) / THRESHOLDS
        depth = -36 * math.log(1 - share * (1 - math.exp(-126 / 36)))
        assert float(droop_depth(threshold)) == pytest.approx(depth)


def test_the_longest_path_just_fits_where_the_guard_band_ends() -> None:
    assert max(path.length for path in PATHS) == PATHS[paths.ADD].length == LONGEST
    assert DEFAULT.lowest == 774
    assert float(slowness(DEFAULT.lowest)) == 1
    slack = 1 - float(slowness(DEFAULT.lowest * 900 / 774))
    assert 0.14 < slack < 0.15  # of the period, at the nominal voltage


def test_nothing_is_late_at_the_nominal_voltage_and_fast_units_never() -> None:
    assert (reach_table(Voltage(900))[:, 0] == THRESHOLDS).all()
    lowest = reach_table(Voltage(774))
    assert (lowest[[paths.SHIFT, paths.LOGIC], 0] == THRESHOLDS).all()
    assert lowest[paths.ADD, 0] == 0


def test_a_deeper_droop_and_a_lower_voltage_never_help() -> None:
    before = np.zeros((len(UNITS), MOST_POSITIONS + 1), np.int64)
    for voltage in VOLTAGES:
        table = reach_table(voltage)
        assert (np.diff(table[:, 1:], axis=1) <= 0).all()
        assert (table >= before).all()
        before = table


def test_a_voltage_too_low_for_a_quiet_supply_names_the_lowest() -> None:
    with pytest.raises(GuardlaneError, match="supply voltage must be 774 mV or more.*not 773 mV"):
        reach_table(Voltage(773))
    with pytest.raises(
        GuardlaneError, match="threshold of a droop must be 0 to 4294967295, not -1"
    ):
        droop_depth(-1)
    weak = Supply(transistor_threshold=Voltage(700))
    with pytest.raises(GuardlaneError, match="transistor threshold must be less than 648.* 700 mV"):
        reach(paths.ADD, Voltage(800), 0, weak)


def test_the_table_on_the_page_is_the_models() -> None:
    """Bits or positions passed in the deepest droop, and the share of droops that make it late."""

    def cell(unit: int, voltage: int) -> tuple[int, float] | None:
        passed = reach(unit, Voltage(voltage), THRESHOLDS - 1)
        share = 1 - int(reach_table(Voltage(voltage))[unit, 0]) / THRESHOLDS
        return None if passed == NEVER_LATE else (passed, round(100 * share, 1))

    _, _, rest = PAGE.read_text().partition("Positions passed in the deepest droop")
    table = rest.split("\n\n")[1]
    rows = re.findall(r"^\| (\d+) mV \|(.*)\|$", table, re.MULTILINE)
    assert [int(mv) for mv, _ in rows] == [774, 780, *range(800, 901, 20)]
    for mv, row in rows:
        for name, said in zip(("add", "mul", "div", "fp"), row.split("|"), strict=True):
            numbers = re.fullmatch(r" (\d+)(?: of \d+)?, ([\d.]+) % ", said)
            want = (int(numbers[1]), float(numbers[2])) if numbers else None
            assert want == cell(UNITS.index(name), int(mv)), (mv, name)


def test_another_supply_has_another_table() -> None:
    sharp = Supply(exponent=2.0)
    assert (
        reach_table(Voltage(800), sharp)[paths.ADD] != reach_table(Voltage(800))[paths.ADD]
    ).any()
    assert reach(paths.ADD, Voltage(800), THRESHOLDS - 1, sharp) < reach(
        paths.ADD, Voltage(800), THRESHOLDS - 1
    )


def test_every_number_of_the_supply_and_the_paths_has_a_source() -> None:
    cited = [one.citation for one in explain(Supply)] + [path.citation for path in PATHS]
    assert None not in cited
    assert {one.ref for one in cited if one is not None} <= {None, *references()}
    assert NEVER_LATE > MOST_POSITIONS
