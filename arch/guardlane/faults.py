# SPDX-License-Identifier: Apache-2.0
"""Fault schedules as data: drawn ahead from (seed, core), applied by an engine that never draws.

A schedule entry says when (retired instructions or cycles of one core), what kind of fault, where
(a register, or a port) and which bit. The same schedule gives the same outcome on any engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.seeds import stream
from guardlane.shares import UNITS, UnitShares

RETIRED, CYCLE = 0, 1
CLOCKS = ("retired", "cycle")

INTEGER_REGISTER, FLOAT_REGISTER, ALU_RESULT = 0, 1, 2
MISSING_PUSH, EXTRA_PUSH, MISSING_POP, EXTRA_POP = 3, 4, 5, 6
BLOCK = 64  # faults drawn at a time, so that a longer run only appends to a shorter one's schedule
LATE, STUCK = 7, 8
KINDS = (
    "x", "f", "alu", "missing-push", "extra-push", "missing-pop", "extra-pop", "late", "stuck",
)  # fmt: skip
ANY_UNIT = 0  # the target of an ALU_RESULT that hits whichever unit computes next
THRESHOLDS = 1 << 32  # of a droop
_TARGETS = (32, 32, 1 + len(UNITS), *4 * (1 << 31,), THRESHOLDS, 2 * len(UNITS))  # of each kind
_READ = r"([\w.-]+)@(\d+)(c?):(?:([xf])(\d+)|(?:stuck([01])|alu)-([a-z]+)|([a-z-]+))\.(\d+)"

Targets = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]


@dataclass(frozen=True, order=True)
class Fault:
    """One fault of one core: at count `n` of its clock, `kind` hits `target` in `bit`.

    The target of ALU_RESULT is ANY_UNIT, or one more than its unit's number; that of LATE is the
    threshold of its droop; that of STUCK is twice its unit's number, plus the value at which the
    bit sticks.
    """

    core: str
    clock: int
    n: int
    kind: int
    target: int
    bit: int

    def __str__(self) -> str:
        count = f"{self.n}c" if self.clock == CYCLE else str(self.n)
        kind = KINDS[self.kind]
        if self.kind in (INTEGER_REGISTER, FLOAT_REGISTER):
            return f"{self.core}@{count}:{kind}{self.target}.{self.bit}"
        if self.kind == STUCK:
            unit, value = UNITS[self.target >> 1], self.target & 1
            return f"{self.core}@{count}:stuck{value}-{unit}.{self.bit}"
        if self.kind == ALU_RESULT:
            unit = "" if self.target == ANY_UNIT else f"-{UNITS[self.target - 1]}"
            return f"{self.core}@{count}:{kind}{unit}.{self.bit}"
        return f"{self.core}@{count}:{kind}.{self.target}"

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read what `str` writes: `huff@123456:x7.4`, `join@88c:alu.31`, `split@9:extra-push.2`."""
        found = re.fullmatch(_READ, text)
        kind = (found[4] or found[8] or ("stuck" if found[6] else "alu")) if found else None
        is_whole = found is not None and (kind not in ("x", "f", "stuck") or not found[8])
        if found is None or kind not in KINDS or not is_whole or len(found[9]) > 10:
            raise GuardlaneError(
                f"a fault reads CORE@COUNT:x7.4, f3.31, alu.5, alu-mul.5, late.123, stuck1-add.5 "
                f"or missing-push.0 "
                f"(COUNT in retired instructions, or cycles as 88c), not {text!r}"
            )
        number, last = KINDS.index(kind), int(found[9])
        clock = CYCLE if found[3] else RETIRED
        if number == LATE:
            if last >= THRESHOLDS:
                raise GuardlaneError(
                    f"the threshold of a late result must be 0 to {THRESHOLDS - 1}, as it is not "
                    f"in {text!r}"
                )
            return cls(found[1], clock, int(found[2]), LATE, last, 0)
        if found[7]:
            verb = "stuck" if number == STUCK else "wrong"
            if found[7] not in UNITS or last > 31:
                raise GuardlaneError(
                    f"what is {verb} is a bit 0 to 31 of {', '.join(UNITS)}, not as in {text!r}"
                )
            unit = UNITS.index(found[7])
            target = 2 * unit + int(found[6]) if number == STUCK else 1 + unit
            return cls(found[1], clock, int(found[2]), number, target, last)
        register = int(found[5]) if found[5] else 0
        if register > 31 or last > 31:
            raise GuardlaneError(f"registers and bits are numbered 0 to 31, not as in {text!r}")
        if kind == "x" and register == 0:
            raise GuardlaneError(f"x0 is hard-wired to zero and cannot be hit, as in {text!r}")
        is_port = number >= MISSING_PUSH
        return cls(
            found[1],
            clock,
            int(found[2]),
            number,
            last if is_port else register,
            0 if is_port else last,
        )


class FaultModel(Protocol):
    """What a researcher implements to bring an own fault model (entry point `guardlane.faults`)."""

    name: str

    def targets(self, generator: np.random.Generator, count: int) -> Targets:
        """Draw (kind, target, bit), each int64[count]."""
        ...


class _Registers:
    """Bit flips in architectural registers, each register and bit alike likely."""

    def __init__(self, name: str, *, floats: bool) -> None:
        self.name = name
        self._floats = floats

    def targets(self, generator: np.random.Generator, count: int) -> Targets:
        register = generator.integers(1, 64 if self._floats else 32, count)
        kind = np.where(register < 32, INTEGER_REGISTER, FLOAT_REGISTER)
        return kind.astype(np.int64), register % 32, generator.integers(0, 32, count)


@runtime_checkable
class OnUnits(Protocol):
    """A fault model whose faults can be dealt to the functional units of an ALU."""

    def on_units(self, shares: UnitShares) -> FaultModel:
        """Value of the model with the unit and the bit of each fault drawn from `shares`."""
        ...


class _UniformResults:
    """A wrong bit in the result of the next arithmetic or logic instruction, each alike likely.

    With shares it is the next instruction of a unit that is drawn, in a bit that is drawn for it.
    """

    name = "alu-uniform"

    def __init__(self, shares: UnitShares | None = None) -> None:
        self._shares = shares

    def on_units(self, shares: UnitShares) -> FaultModel:
        return _UniformResults(shares)

    def targets(self, generator: np.random.Generator, count: int) -> Targets:
        kind = np.full(count, ALU_RESULT, np.int64)
        if self._shares is None:
            return kind, np.full(count, ANY_UNIT, np.int64), generator.integers(0, 32, count)
        unit, bit = self._shares.draw(generator, count)
        return kind, 1 + unit, bit


regfile_int = _Registers("regfile-int", floats=False)
regfile_int_fp = _Registers("regfile-int+fp", floats=True)


class _LateResults:
    """A droop of the supply while one instruction executes: its result is late if it takes long.

    Whether and where it is wrong depends on its operands, the unit and the voltage; drawn is the
    depth of the droop, as a threshold that the schedule records.
    """

    name = "alu-timing"

    def targets(self, generator: np.random.Generator, count: int) -> Targets:
        kind, nothing = np.full(count, LATE, np.int64), np.zeros(count, np.int64)
        return kind, generator.integers(0, THRESHOLDS, count), nothing


class _StuckResults:
    """A result bit of one unit that from then on is always 0 or always 1.

    Units and bits are alike likely, or as the shares say; 0 and 1 are alike likely in any case.
    """

    name = "alu-stuck"

    def __init__(self, shares: UnitShares | None = None) -> None:
        self._shares = shares

    def on_units(self, shares: UnitShares) -> FaultModel:
        return _StuckResults(shares)

    def targets(self, generator: np.random.Generator, count: int) -> Targets:
        kind = np.full(count, STUCK, np.int64)
        if self._shares is None:
            target = generator.integers(0, 2 * len(UNITS), count)
            return kind, target, generator.integers(0, 32, count)
        unit, bit = self._shares.draw(generator, count)
        return kind, 2 * unit + generator.integers(0, 2, count), bit


alu_uniform = _UniformResults()
alu_timing = _LateResults()
alu_stuck = _StuckResults()


def draw(
    model: FaultModel, seed: int, core: str, *, mean: int, clock: int, bound: int
) -> list[Fault]:
    """Draw the faults of one core up to count `bound`.

    The gaps are geometric with the given mean, in retired instructions or cycles as `clock` says.
    """
    faults: list[Fault] = []
    last, block = 0, 0
    while last <= bound:
        generator = stream(seed, "faults", model.name, core, block)
        when = last + np.cumsum(generator.geometric(1.0 / mean, BLOCK))
        kind, target, bit = model.targets(generator, BLOCK)
        faults.extend(
            Fault(core, clock, int(when[i]), int(kind[i]), int(target[i]), int(bit[i]))
            for i in range(BLOCK)
        )
        last, block = int(when[-1]), block + 1
    return [fault for fault in faults if fault.n <= bound]


def as_rows(faults: Sequence[Fault]) -> npt.NDArray[np.int64]:
    """Value of the faults of a core as int64[n, 5] rows (n, clock, kind, target, bit), by n.

    Raises GuardlaneError for a target or bit that there is not: an engine looks no further.
    """
    rows = sorted((fault.n, fault.clock, fault.kind, fault.target, fault.bit) for fault in faults)
    for n, _, kind, target, bit in rows:
        if not (0 <= target < _TARGETS[kind] and 0 <= bit < 32):
            raise GuardlaneError(
                f"fault {KINDS[kind]} at {n}: target must be 0 to {_TARGETS[kind] - 1} and bit 0 "
                f"to 31, not {target} and {bit}"
            )
    return np.array(rows, np.int64).reshape(-1, 5)
