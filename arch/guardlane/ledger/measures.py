# SPDX-License-Identifier: Apache-2.0
"""From runs to one number with its 95 % interval: pure functions of records, one a measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guardlane.errors import GuardlaneError
from guardlane.estimates import estimate, share_interval
from guardlane.ledger.claims import Test
from guardlane.record import Record

WHOLE = ("late-damage",)  # measures of what only a whole record has


@dataclass(frozen=True)
class Measured:
    """A mean, the ends of its 95 % interval, and of how many values.

    One value alone has no interval: its ends are None.
    """

    mean: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Pair:
    """A run, and the run beside it that differs in its baseline alone; None without a baseline."""

    run: Record
    baseline: Record | None = None


def measure(test: Test, pairs: Sequence[Pair]) -> Measured:
    """Value of what `test` measures of the runs; raises GuardlaneError where a run has it not."""
    if not pairs:
        raise GuardlaneError("a measure needs one run or more, not 0")
    return _MEASURES[test.measure](test.metric, pairs)


def _completed(_: str, pairs: Sequence[Pair]) -> Measured:
    """Share of runs that ended by themselves, with Wilson's interval."""
    return _share(sum(pair.run.completed for pair in pairs), len(pairs))


def _mean(metric: str, pairs: Sequence[Pair]) -> Measured:
    """Mean of a metric, with Student's interval; how a run ended makes no difference."""
    return _estimated([_metric(pair.run, metric) for pair in pairs])


def _difference(metric: str, pairs: Sequence[Pair]) -> Measured:
    """Mean of a metric less that of the run beside, pair by pair."""
    return _estimated([_metric(p.run, metric) - _metric(_beside(p), metric) for p in pairs])


def _overhead(metric: str, pairs: Sequence[Pair]) -> Measured:
    """Mean of how much larger a metric is than in the run beside, as a part of that."""
    found = []
    for pair in pairs:
        before = _metric(_beside(pair), metric)
        if before <= 0:
            raise GuardlaneError(f"an overhead needs a baseline above 0, not {metric} = {before:g}")
        found.append(_metric(pair.run, metric) / before - 1)
    return _estimated(found)


def _late_damage(metric: str, pairs: Sequence[Pair]) -> Measured:
    """Share of frames that are wrong though no fault struck in them or in the frame before.

    A frame is wrong where the series `metric` is not equal to the series `error_free_<metric>`.
    Wilson's interval, as if frames were independent: what one fault spoils later comes together.
    """
    calm = wrong = 0
    for pair in pairs:
        struck = _series(pair.run, "faults")
        found = _series(pair.run, metric)
        clean = _series(pair.run, f"error_free_{metric}")
        if not len(struck) == len(found) == len(clean):
            raise GuardlaneError(
                f"series {metric} of {pair.run.workload} must have a value a frame"
            )
        for frame, value in enumerate(found):
            if not any(struck[max(frame - 1, 0) : frame + 1]):
                calm += 1
                wrong += value != clean[frame]
    if not calm:
        raise GuardlaneError("late damage needs a frame without a fault, and there is none")
    return _share(wrong, calm)


_MEASURES: Mapping[str, Callable[[str, Sequence[Pair]], Measured]] = {
    "completed": _completed,
    "mean": _mean,
    "difference": _difference,
    "overhead": _overhead,
    "late-damage": _late_damage,
}


def _share(count: int, size: int) -> Measured:
    found = share_interval(count, size)
    return Measured(found.value, found.low, found.high, size)


def _estimated(values: Sequence[float]) -> Measured:
    found = estimate(values)
    return Measured(found.mean, found.low, found.high, found.count)


def _beside(pair: Pair) -> Record:
    if pair.baseline is None:
        raise GuardlaneError(f"the run of {pair.run.workload} must have a baseline")
    return pair.baseline


def _metric(record: Record, name: str) -> float:
    value = record.metrics.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        seed = record.config.get("seed")
        raise GuardlaneError(
            f"metric {name} of {record.workload}, seed {seed}, must be a number, not {value!r}"
        )
    return float(value)


def _series(record: Record, name: str) -> Sequence[Any]:
    if name not in record.series:
        raise GuardlaneError(f"{record.workload} has no series {name}")
    return record.series[name]
