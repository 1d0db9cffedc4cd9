# SPDX-License-Identifier: Apache-2.0
"""Which seeds a study runs: those that it names, or as many as its wanted interval takes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from pydantic import Field, model_validator

from guardlane.config import Settings
from guardlane.estimates import estimate
from guardlane.units import MOST_SEEDS, QuantityError, Read, SeedRange


@dataclass(frozen=True)
class Seeds(Read):
    """Seeds that are named, by a range (`1..20`) or one by one (`[3, 1, 4]`)."""

    numbers: Sequence[int]

    @classmethod
    def parse(cls, text: str) -> Self:
        named = SeedRange.parse(text)
        return cls(range(named.first, named.last + 1))

    @classmethod
    def accept(cls, value: object) -> Self:
        if not isinstance(value, list | tuple):
            return super().accept(value)
        if not 1 <= len(value) <= MOST_SEEDS:
            raise QuantityError(f"seeds must be 1 to {MOST_SEEDS:,}, not {len(value):,}")
        for one in value:
            if type(one) is not int or one < 0:
                raise QuantityError(f"a seed must be a whole number of 0 or more, not {one!r}")
        if len(set(value)) < len(value):
            raise QuantityError("a seed must be named once only")
        return cls(tuple(value))

    @classmethod
    def refusal(cls, value: object) -> QuantityError:
        return QuantityError(
            f"want seeds such as '7', '1..20' (both included) or [3, 1, 4], not {value!r}"
        )

    def __iter__(self) -> Iterator[int]:
        return iter(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)


class Interval(Settings):
    """As many seeds as it takes until the mean of `metric` is known to within `half_width`.

    `half_width` is of Student's 95 % interval, in the unit of the metric. Points that differ in
    `paired` settings only have the same seeds, and as many, so that they can be compared seed by
    seed. Seeds are added `batch` at a time to all of them or none.
    """

    metric: str
    half_width: float = Field(gt=0)
    min_seeds: int = Field(default=8, ge=2, le=MOST_SEEDS)
    max_seeds: int = Field(default=200, ge=2, le=MOST_SEEDS)
    batch: int = Field(default=8, ge=1, le=MOST_SEEDS)
    paired: tuple[str, ...] = ("guard",)

    @model_validator(mode="after")
    def _goes_up(self) -> Self:
        if self.max_seeds < self.min_seeds:
            raise ValueError(f"max_seeds must be min_seeds, {self.min_seeds}, or more")
        return self

    def wants_more(self, values: Sequence[float | None]) -> bool:
        """Whether more values would mend the interval that these have.

        A mean over a run that has no such value is none, which more runs do not mend.
        """
        numbers = [value for value in values if value is not None]
        if len(numbers) < len(values):
            return False
        found = estimate(numbers)
        return found.high is None or not found.high - found.mean <= self.half_width


def derived_seed(group: str, number: int) -> int:
    """Value of seed `number` of the points that share `group`: 48 bits of BLAKE2b of both.

    It depends on what is run, never on what else is, nor on the version of the model: a changed
    model is judged by the same faults.
    """
    digest = hashlib.blake2b(f"{group} {number}".encode(), digest_size=6, person=b"guardlane seeds")
    return int.from_bytes(digest.digest())
