# SPDX-License-Identifier: Apache-2.0
"""From runs to one number with its 95 % interval: pure functions of records, one a measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from guardlane.errors import GuardlaneError
from guardlane.estimates import estimate, share_interval
from guardlane.ledger.joint import below, greatest, least, median, rank_correlation, slope
from guardlane.ledger.pairs import Entry, Measured, Pair, number, series
from guardlane.ledger.test import Test

WHOLE = ("late-damage",)  # measures of what only a whole record has


def measure(test: Test, entries: Sequence[Entry]) -> Measured:
    """Value of what `test` measures of its runs, which stand as [entry][point][seed].

    Raises GuardlaneError where a run has it not.
    """
    pairs = [pair for entry in entries for point in entry for pair in point]
    if not pairs:
        raise GuardlaneError("a measure needs one run or more, not 0")
    if test.measure in _SIMPLE:
        return _SIMPLE[test.measure](test.metric, pairs)
    if test.measure in _OF_POINTS:
        return _OF_POINTS[test.measure](test.metric, [p for entry in entries for p in entry])
    return _TWOFOLD[test.measure](test.metric, test.against, entries)


def _completed(_: str, pairs: Sequence[Pair]) -> Measured:
    """Share of runs that ended by themselves, with Wilson's interval."""
    return _share(sum(pair.run.completed for pair in pairs), len(pairs))


def _mean(metric: str, pairs: Sequence[Pair]) -> Measured:
    """Mean of a metric, with Student's interval; how a run ended makes no difference."""
    return Measured.of(estimate([number(pair.run, metric) for pair in pairs]))


def _difference(metric: str, pairs: Sequence[Pair]) -> Measured:
    """Mean of a metric less that of the run beside, pair by pair."""
    return Measured.of(estimate([number(p.run, metric) - number(p.beside, metric) for p in pairs]))


def _overhead(metric: str, pairs: Sequence[Pair]) -> Measured:
    """Mean of how much larger a metric is than in the run beside, as a part of that."""
    found = []
    for pair in pairs:
        before = number(pair.beside, metric)
        if before <= 0:
            raise GuardlaneError(f"an overhead needs a baseline above 0, not {metric} = {before:g}")
        found.append(number(pair.run, metric) / before - 1)
    return Measured.of(estimate(found))


def _late_damage(metric: str, pairs: Sequence[Pair]) -> Measured:
    """Share of frames that are wrong though no fault struck in them or in the frame before.

    A frame is wrong where the series `metric` is not equal to the series `error_free_<metric>`.
    Wilson's interval, as if frames were independent: what one fault spoils later comes together.
    """
    calm = wrong = 0
    for pair in pairs:
        struck = series(pair.run, "faults")
        found = series(pair.run, metric)
        clean = series(pair.run, f"error_free_{metric}")
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


def _share(count: int, size: int) -> Measured:
    found = share_interval(count, size)
    return Measured(found.value, found.low, found.high, size)


_SIMPLE: Mapping[str, Callable[[str, Sequence[Pair]], Measured]] = {
    "completed": _completed,
    "mean": _mean,
    "difference": _difference,
    "overhead": _overhead,
    "late-damage": _late_damage,
}
_OF_POINTS = {"least": least, "median": median, "greatest": greatest}
_TWOFOLD = {"below": below, "slope": slope, "rank-correlation": rank_correlation}
