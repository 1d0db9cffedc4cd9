# SPDX-License-Identifier: Apache-2.0
"""Which functional units faults of the ALU fall on, and which bits of their results: shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator, model_validator

from guardlane.cite import Citation, chosen
from guardlane.config import Settings

BITS = 32  # of a result
MOST = 1e9  # weight; far from where sums of floats end

Int64s = npt.NDArray[np.int64]
Weight = Annotated[float, Field(ge=0, le=MOST)]


class UnitShare(Settings):
    """The share of one functional unit in the faults, and that of each bit of its results."""

    weight: Annotated[
        Weight,
        chosen(
            "share of the faults, over the sum of those of all units; 0: none",
            unit="1",
            why="no published share of a unit was found; while all are 0, a fault hits whichever "
            "unit computes next",
        ),
    ] = 0.0
    bits: Annotated[
        tuple[Weight, ...],
        chosen(
            "shares of the 32 bits of a result, bit 0 first; an empty list: all alike",
            unit="1",
            why="no published distribution was found, so none is preferred",
        ),
    ] = ()

    @field_validator("bits")
    @classmethod
    def _one_a_bit(cls, bits: tuple[float, ...]) -> tuple[float, ...]:
        if bits and len(bits) != BITS:
            raise ValueError(f"must be {BITS} weights, bit 0 first, not {len(bits)}")
        if bits and not any(bits):
            raise ValueError(f"must have a weight of more than 0, not {BITS} of 0")
        return bits

    @model_validator(mode="after")
    def _bits_of_somebody(self) -> Self:
        if self.bits and not self.weight:
            raise ValueError("has bits but no faults: weight must be more than 0, not 0")
        return self


_NONE = UnitShare()


def _unit(sentence: str) -> Citation:
    return chosen(sentence, unit="table", why="see its fields")


class UnitShares(Settings):
    """The share of every functional unit; while all are 0, faults hit whichever computes next."""

    add: Annotated[UnitShare, _unit("additions, subtractions, integer comparisons")] = _NONE
    shift: Annotated[UnitShare, _unit("shifts and conversions")] = _NONE
    logic: Annotated[UnitShare, _unit("logic, moves, sign of floats")] = _NONE
    mul: Annotated[UnitShare, _unit("integer multiplications")] = _NONE
    div: Annotated[UnitShare, _unit("integer divisions and remainders")] = _NONE
    fp: Annotated[UnitShare, _unit("floating-point arithmetic")] = _NONE

    @property
    def are_given(self) -> bool:
        """Whether faults are dealt to units at all."""
        return any(share.weight for share in self.listed())

    def listed(self) -> list[UnitShare]:
        """Value of the shares in the order of `UNITS`."""
        return [getattr(self, name) for name in UNITS]

    def draw(self, generator: np.random.Generator, count: int) -> tuple[Int64s, Int64s]:
        """Draw the unit, by its number in `UNITS`, and the bit of `count` faults: int64[count]."""
        listed = self.listed()
        unit = _dealt(generator.random(count), [share.weight for share in listed])
        place, bit = generator.random(count), np.zeros(count, np.int64)
        for number, share in enumerate(listed):
            own = unit == number
            bit[own] = _dealt(place[own], share.bits or (1.0,) * BITS)
        return unit, bit


UNITS = tuple(UnitShares.model_fields)


def _dealt(places: npt.NDArray[np.float64], weights: Sequence[float]) -> Int64s:
    """Find what each of `places`, 0 up to 1, falls on where `weights` lie side by side."""
    ends = np.cumsum(np.array(weights, np.float64))
    return np.searchsorted(ends / ends[-1], places, side="right").astype(np.int64)
