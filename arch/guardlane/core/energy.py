# SPDX-License-Identifier: Apache-2.0
"""Energy of instructions, exactly, in femtojoules: a table at nominal voltage, scaled by V squared.

Only what switches is counted; leakage and the clock tree are in the overhead of an instruction as
far as its source counts them in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from guardlane.cite import Citation, assumed, chosen, related
from guardlane.core.supply import DEFAULT, Supply
from guardlane.errors import GuardlaneError
from guardlane.units import Voltage

_FIGURE = "figure 1.1.9, 45 nm, 0.9 V, as quoted by table 3 of PMC8934428"


@dataclass(frozen=True)
class Cost:
    """Energy of one operation in femtojoules at nominal voltage, with its source."""

    femtojoules: int
    citation: Citation


def _figure(femtojoules: int, sentence: str, why: str = "") -> Cost:
    ref = "horowitz2014energy"
    return Cost(femtojoules, related(sentence, unit="fJ", ref=ref, place=_FIGURE, why=why))


def _assumed(femtojoules: int, sentence: str, why: str) -> Cost:
    return Cost(femtojoules, assumed(sentence, unit="fJ", why=why))


_ADD = _figure(100, "32-bit integer addition")
_DIVISION = "7.1 multiplications on a Cortex-M4F, footnote b of table 3 of PMC8934428"
OPERATIONS: Mapping[str, Cost] = {
    "alu": Cost(
        100,
        chosen("addition, logic, comparison", unit="fJ", why="logic is priced as an addition"),
    ),
    "shift": _assumed(100, "shift", "not in the figure; as an addition"),
    "mul": _figure(3100, "32-bit integer multiplication"),
    "mulh": _figure(3100, "32-bit integer multiplication, high word", "the same array works"),
    "div": _assumed(3200, "32-bit integer division", "32 steps of one addition each"),
    "fp_add": _figure(900, "32-bit float addition"),
    "fp_mul": _figure(3700, "32-bit float multiplication"),
    "fp_fma": _assumed(4600, "fused multiply and add", "a multiplication and an addition"),
    "fp_div": _assumed(26_300, "32-bit float division", _DIVISION),
    "fp_sqrt": _assumed(26_300, "32-bit float square root", "as a division, digit by digit"),
    "fp_move": _assumed(100, "move and sign of floats", "as an integer operation"),
    "fp_convert": _assumed(900, "conversion", "shifts and rounds as an addition does"),
    "fp_compare": _assumed(900, "comparison of floats", "as an addition, which subtracts"),
    "load": _figure(5000, "32-bit read of an 8 KiB cache", "half of a 64-bit access of 10 pJ"),
    "store": _assumed(5000, "32-bit write of an 8 KiB cache", "as a read"),
    "branch_not_taken": _assumed(100, "comparison of a branch", "as an addition"),
    "branch_taken": _assumed(100, "comparison of a branch", "as an addition"),
    "jump": _assumed(100, "target of a jump", "as an addition"),
    "jump_register": _assumed(100, "target of a jump", "as an addition"),
    "port": _assumed(5000, "32-bit access of a queue", "a small memory, as a load"),
    "system": _assumed(100, "fence and system instructions", "rare; as an addition"),
}
INSTRUCTION = Cost(
    70_000,
    related(
        "fetch, decode, registers and control of one instruction",
        unit="fJ",
        ref="horowitz2014energy",
        place="text on the overhead of a general-purpose processor, read as quoted by others",
        why="of a larger core than a scalar one; an upper bound here",
    ),
)


def operation_energy(counts: Mapping[str, int], voltage: Voltage, supply: Supply = DEFAULT) -> int:
    """Value of the energy of operations alone in femtojoules, rounded once, halves up.

    `counts` gives executed instructions by class of `isa.costs`, classes that are absent being 0.
    Raises GuardlaneError for an unknown class, a negative count or no voltage.
    """
    return _scaled(_at_nominal(counts), voltage, supply)


def energy(counts: Mapping[str, int], voltage: Voltage, supply: Supply = DEFAULT) -> int:
    """Value of the energy of instructions, overhead included, in femtojoules; see above."""
    overhead = INSTRUCTION.femtojoules * sum(counts.values())
    return _scaled(_at_nominal(counts) + overhead, voltage, supply)


def _at_nominal(counts: Mapping[str, int]) -> int:
    for name, count in counts.items():
        if name not in OPERATIONS:
            raise GuardlaneError(f"energy of instruction class {name!r}: there is no such class")
        if count < 0:
            raise GuardlaneError(f"count of {name} must be 0 or more, not {count}")
    return sum(OPERATIONS[name].femtojoules * int(count) for name, count in counts.items())


def _scaled(femtojoules: int, voltage: Voltage, supply: Supply) -> int:
    if int(voltage) < 1:
        raise GuardlaneError(f"supply voltage must be 1 mV or more, not {voltage}")
    square = int(supply.nominal) ** 2
    return (2 * femtojoules * int(voltage) ** 2 + square) // (2 * square)


def energy_pj(timing: Mapping[str, int], voltage: Voltage) -> int | None:
    """Value of `energy` in whole picojoules of what `pipeline.timing_counts` gave, None for {}."""
    counts = {
        key.removeprefix("retired_"): count
        for key, count in timing.items()
        if key.startswith("retired_") and key != "retired_instructions"
    }
    return energy(counts, voltage) // 1000 if counts else None
