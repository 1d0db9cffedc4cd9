# SPDX-License-Identifier: Apache-2.0
"""A test of a claim: the runs that it takes, and the measure that makes one number of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from guardlane.cite import chosen
from guardlane.config import Settings
from guardlane.ledger.texts import ABSENT, Name
from guardlane.units import SeedRange

Measure = Literal[
    "completed", "mean", "difference", "overhead", "late-damage",
    "least", "median", "greatest", "below", "slope", "rank-correlation",
]  # fmt: skip
PAIRED = ("difference", "overhead")  # measures of a run and the run beside it
MAY_BE_PAIRED = ("least", "median", "greatest", "slope")  # of a metric, or of its difference
TWOFOLD = ("below", "slope", "rank-correlation")  # measures of two quantities
METRICAL = ("mean", *PAIRED, *MAY_BE_PAIRED, *TWOFOLD)  # measures that have a metric
MOST_RUNS = 10_000  # of a test, a seed


class Trial(Settings):
    """A program to run, with settings as one types them; `baseline` are those that differ beside.

    Names are dotted, as in `--set`: `machine.queue.depth`. A list of values stands for a run each.
    """

    workload: Name
    settings: Annotated[
        dict[str, str | int | list[str | int]], chosen("as --set", unit="text", why="none")
    ] = {}
    baseline: Annotated[dict[str, str | int], chosen("as --set", unit="text", why="none")] = {}

    @model_validator(mode="after")
    def _has_a_value_of_each(self) -> Trial:
        for name, value in self.settings.items():
            if value == []:
                raise ValueError(f"{name} must have one value or more")
        return self

    @property
    def count(self) -> int:
        """Value of the number of runs a seed, those beside not counted."""
        return math.prod(len(one) if isinstance(one, list) else 1 for one in self.settings.values())

    def points(self) -> Iterator[dict[str, str | int]]:
        """Give the settings of each run; of lists every combination, the last one fastest."""
        listed = [one if isinstance(one, list) else [one] for one in self.settings.values()]
        for values in itertools.product(*listed):
            yield dict(zip(self.settings, values, strict=True))


class Test(Settings):
    """How runs become one number with an interval; see `guardlane.ledger.measures`.

    `against` is the other quantity of a measure that has two: a metric or a setting.
    """

    measure: Measure
    metric: Annotated[str, ABSENT] = ""
    against: Annotated[str, ABSENT] = ""
    seeds: SeedRange  # of the small scale, which runs by default
    least: Annotated[int, Field(ge=2)]  # values without which there is no verdict
    runs: tuple[Trial, ...]

    @model_validator(mode="after")
    def _fits_its_measure(self) -> Test:
        if not self.runs:
            raise ValueError("must have one run or more")
        if not self.metric and self.measure in METRICAL:
            raise ValueError(f"measure {self.measure} must have a metric")
        if bool(self.against) != (self.measure in TWOFOLD):
            wanted = "something in `against`" if self.measure in TWOFOLD else "nothing in `against`"
            raise ValueError(f"measure {self.measure} must have {wanted}")
        has = {bool(run.baseline) for run in self.runs}
        if self.measure in PAIRED:
            fits, wanted = has == {True}, "a baseline in every run"
        elif self.measure in MAY_BE_PAIRED:
            fits, wanted = len(has) == 1, "a baseline in every run, or in none"
        else:
            fits, wanted = has == {False}, "no baseline"
        if not fits:
            raise ValueError(f"measure {self.measure} must have {wanted}")
        count = sum(run.count for run in self.runs)
        if count > MOST_RUNS:
            raise ValueError(f"a test must have {MOST_RUNS:,} runs a seed or less, not {count:,}")
        return self
