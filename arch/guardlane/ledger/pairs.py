# SPDX-License-Identifier: Apache-2.0
"""What a measure is made of: runs, each with the run beside it, and what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from guardlane.errors import GuardlaneError
from guardlane.estimates import Estimate
from guardlane.record import Record


@dataclass(frozen=True)
class Measured:
    """A mean, the ends of its 95 % interval, and of how many values.

    One value alone has no interval: its ends are None.
    """

    mean: float
    low: float | None
    high: float | None
    n: int

    @classmethod
    def of(cls, found: Estimate) -> Measured:
        """Value of an estimate of a mean as what is measured."""
        return cls(found.mean, found.low, found.high, found.count)


@dataclass(frozen=True)
class Pair:
    """A run, and the run beside it that differs in its baseline alone; None without a baseline."""

    run: Record
    baseline: Record | None = None

    @property
    def beside(self) -> Record:
        """Value of the run beside it; raises GuardlaneError where there is none."""
        if self.baseline is None:
            raise GuardlaneError(f"the run of {self.run.workload} must have a baseline")
        return self.baseline

    def value(self, metric: str) -> float:
        """Value of a metric, less that of the run beside it if there is one."""
        own = number(self.run, metric)
        return own if self.baseline is None else own - number(self.baseline, metric)


Point = Sequence[Pair]  # one setting, a pair for each seed
Entry = Sequence[Point]  # one entry of `runs`, a point for each combination of its lists


def number(record: Record, name: str) -> float:
    """Value of a metric, or else of a setting; raises GuardlaneError for what is no number."""
    value = record.metrics.get(name)
    if name not in record.metrics:
        value = record.config
        for key in name.split("."):
            value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        seed = record.config.get("seed")
        raise GuardlaneError(
            f"metric {name} of {record.workload}, seed {seed}, must be a number, not {value!r}"
        )
    return float(value)


def series(record: Record, name: str) -> Sequence[Any]:
    """Value of a series; raises GuardlaneError where the record has none of that name."""
    if name not in record.series:
        raise GuardlaneError(f"{record.workload} has no series {name}")
    return record.series[name]
