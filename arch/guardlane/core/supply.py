# SPDX-License-Identifier: Apache-2.0
"""How far a signal gets in a clock period when the supply voltage droops.

The period is fixed. Gate delay goes with V / (V - Vt)^alpha (Sakurai & Newton 1990). The longest
path just fits at the end of the guard band. A droop is drawn as an integer threshold, 0 to
2^32 - 1; its depth is a quantile of an exponential distribution that is cut off at the guard band.
All is decimal arithmetic of fifty digits, so that every machine has the same table.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Context, Decimal, localcontext
from functools import cache
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from guardlane.cite import assumed, related
from guardlane.config import Settings
from guardlane.core.paths import LONGEST, MOST_POSITIONS, PATHS
from guardlane.errors import GuardlaneError
from guardlane.kernel import part
from guardlane.units import Voltage

NEVER_LATE = 64  # the reach of a signal that arrives in time whatever the operands
THRESHOLDS = 1 << 32

_ARITHMETIC = Context(prec=50)
_MARGIN = "abstract: worst-case operating voltage margin and average swing of a Core 2 Duo"


class Supply(Settings):
    """The supply of a core and what its transistors make of it."""

    nominal: Annotated[
        Voltage,
        related(
            "supply voltage for which the core was designed",
            unit="mV",
            ref="horowitz2014energy",
            place="figure 1.1.9, 45 nm, 0.9 V",
            why="so that speed and energy are those of one technology",
        ),
    ] = Voltage(900)
    transistor_threshold: Annotated[
        Voltage,
        assumed(
            "voltage at which a transistor begins to conduct",
            unit="mV",
            why="a third of the nominal voltage; no fit for this technology was found in a source",
        ),
    ] = Voltage(300)
    exponent: Annotated[
        float,
        Field(ge=1, le=2),
        assumed(
            "exponent alpha of the alpha-power law",
            unit="1",
            why="between 1 (velocity saturated) and 2 (square law) and near the first, as for "
            "short channels; no fit for this technology was found in a source",
        ),
    ] = 1.3
    margin: Annotated[
        int,
        Field(ge=1, le=50),
        related(
            "guard band below the nominal voltage, and the deepest droop",
            unit="percent of the nominal voltage",
            ref="reddi2010voltage",
            place=_MARGIN,
        ),
    ] = 14
    droop: Annotated[
        int,
        Field(ge=1, le=50),
        related(
            "mean depth of a droop before the distribution is cut off",
            unit="percent of the nominal voltage",
            ref="reddi2010voltage",
            place=_MARGIN,
            why="the swing is read as a droop; the exponential form is an assumption",
        ),
    ] = 4

    @property
    def lowest(self) -> Decimal:
        """Value of the voltage in mV at which the longest path just fits: the guard band's end."""
        return Decimal(int(self.nominal) * (100 - self.margin)) / 100

    @property
    def deepest(self) -> Decimal:
        """Value of the depth of the deepest droop in mV."""
        return Decimal(int(self.nominal) * self.margin) / 100


DEFAULT = Supply()
NOMINAL = DEFAULT.nominal


def droop_depth(threshold: int, supply: Supply = DEFAULT) -> Decimal:
    """Value of the depth in mV of the droop that was drawn as `threshold`, 0 to 2^32 - 1."""
    if not 0 <= threshold < THRESHOLDS:
        raise GuardlaneError(f"threshold of a droop must be 0 to {THRESHOLDS - 1}, not {threshold}")
    with localcontext(_ARITHMETIC):
        scale = Decimal(int(supply.nominal) * supply.droop) / 100
        whole = 1 - (-supply.deepest / scale).exp()
        drawn = (Decimal(threshold) + Decimal("0.5")) / THRESHOLDS
        return -scale * (1 - drawn * whole).ln()


def slowness(voltage: Decimal, supply: Supply = DEFAULT) -> Decimal:
    """Value of gate delay at `voltage` mV over that at the guard band's end."""
    with localcontext(_ARITHMETIC):
        log = _log_delay(voltage, supply) - _log_delay(supply.lowest, supply)
        return log.exp()


def reach(unit: int, voltage: Voltage, threshold: int, supply: Supply = DEFAULT) -> int:
    """Value of the positions that a signal passes in `unit` within a period, or NEVER_LATE.

    `voltage` is the supply's before it droops by the depth that `threshold` stands for. Raises
    GuardlaneError for a voltage at which the longest path is late without any droop.
    """
    check_voltage(voltage, supply)
    path = PATHS[unit]
    with localcontext(_ARITHMETIC):
        there = int(voltage) - droop_depth(threshold, supply)
        time = LONGEST / slowness(there, supply)
        passed = int(((time - path.fixed) / path.step).to_integral_value(ROUND_FLOOR))
    return NEVER_LATE if passed >= path.positions else max(0, passed)


def check_voltage(voltage: Voltage, supply: Supply = DEFAULT) -> None:
    """Raise GuardlaneError unless the longest path fits while the supply is quiet."""
    if int(voltage) < supply.lowest:
        least = Voltage(int(supply.lowest.to_integral_value("ROUND_CEILING")))
        raise GuardlaneError(
            f"supply voltage must be {least} or more, where the longest path still fits the period "
            f"without a droop, not {voltage}"
        )
    if supply.lowest - supply.deepest <= int(supply.transistor_threshold):
        raise GuardlaneError(
            f"transistor threshold must be less than {supply.lowest - supply.deepest} mV, the "
            f"voltage in the deepest droop, not {supply.transistor_threshold}"
        )


def reach_table(voltage: Voltage, supply: Supply = DEFAULT) -> npt.NDArray[np.int64]:
    """Tabulate the reach of every unit at `voltage`: int64[units, 33], for `reach_of`.

    Entry r of a unit is the first threshold at which r positions are no longer passed, 2^32 if
    none; 0 past the unit's last position. Entry 0 repeats that of the last position: below it
    nothing is late. Raises GuardlaneError as `reach` does.
    """
    check_voltage(voltage, supply)
    table = np.zeros((len(PATHS), MOST_POSITIONS + 1), np.int64)
    for unit, path in enumerate(PATHS):
        for position in range(1, path.positions + 1):
            least = _least_voltage(path.time_to(position), supply)
            table[unit, position] = _thresholds_to(int(voltage) - least, supply)
        table[unit, 0] = table[unit, path.positions]
    return table


@part
def reach_of(table: Any, unit: Any, threshold: Any) -> Any:
    """Look up the positions passed in `unit` under the droop `threshold`, or NEVER_LATE."""
    if threshold < table[unit, 0]:
        return NEVER_LATE
    position = MOST_POSITIONS
    while position > 0 and threshold >= table[unit, position]:
        position -= 1
    return position


def _log_delay(voltage: Decimal, supply: Supply) -> Decimal:
    above = voltage - int(supply.transistor_threshold)
    return voltage.ln() - Decimal(repr(supply.exponent)) * above.ln()


@cache
def _least_voltage(time: int, supply: Supply) -> Decimal:
    """Value of the voltage in mV at which what takes `time` thousandths just fits the period."""
    with localcontext(_ARITHMETIC):
        wanted = _log_delay(supply.lowest, supply) + (Decimal(LONGEST) / time).ln()
        bottom = Decimal(int(supply.transistor_threshold))
        alpha = Decimal(repr(supply.exponent))
        # Newton from the slow side: the logarithm of delay is convex and falls with voltage.
        voltage, step = bottom + Decimal("1e-9"), Decimal(1)
        while abs(step) > Decimal("1e-30"):
            slope = 1 / voltage - alpha / (voltage - bottom)
            step = (wanted - _log_delay(voltage, supply)) / slope
            voltage += step
        return voltage


def _thresholds_to(depth: Decimal, supply: Supply) -> int:
    """Value of the number of thresholds whose droop is no deeper than `depth` mV."""
    if depth < 0:
        return 0
    if depth >= supply.deepest:
        return THRESHOLDS
    with localcontext(_ARITHMETIC):
        scale = Decimal(int(supply.nominal) * supply.droop) / 100
        whole = 1 - (-supply.deepest / scale).exp()
        share = (1 - (-depth / scale).exp()) / whole
        return int((share * THRESHOLDS + Decimal("0.5")).to_integral_value(ROUND_FLOOR))
