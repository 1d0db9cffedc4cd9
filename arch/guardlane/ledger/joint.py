# SPDX-License-Identifier: Apache-2.0
"""Measures of many settings at once: the least of their means, the share that agree, a slope.

The least of many noisy means is below the least true one. So the means of all points get intervals
that hold all at once (Bonferroni), and then the least true mean lies between the least of their
lower and the least of their upper ends, whichever point it belongs to; so do median and greatest.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence

from guardlane.errors import GuardlaneError
from guardlane.estimates import Estimate, estimate, share_interval
from guardlane.ledger.pairs import Entry, Measured, Pair, Point, number

CONFIDENCE = 0.95


def least(metric: str, points: Sequence[Point]) -> Measured:
    """Least of the means of points, each a metric or its difference to the run beside."""
    return _joint(metric, points, min)


def median(metric: str, points: Sequence[Point]) -> Measured:
    """Median of the means of points."""
    return _joint(metric, points, statistics.median)


def greatest(metric: str, points: Sequence[Point]) -> Measured:
    """Greatest of the means of points."""
    return _joint(metric, points, max)


def below(metric: str, against: str, entries: Sequence[Entry]) -> Measured:
    """Share of points where the mean of `metric` is below that of `against`.

    Wilson's interval, as if points were drawn alike: it says how far a grid of so many can tell.
    """
    points = [point for entry in entries for point in entry]
    count = sum(
        math.fsum(number(pair.run, metric) - number(pair.run, against) for pair in point) < 0
        for point in points
    )
    found = share_interval(count, len(points))
    return Measured(found.value, found.low, found.high, len(points))


def slope(metric: str, against: str, entries: Sequence[Entry]) -> Measured:
    """Slope of `metric` in `against`, by least squares over the points of an entry."""

    def fitted(xs: Sequence[float], ys: Sequence[float]) -> float:
        return _product(xs, ys) / _product(xs, xs)

    return _by_seed(metric, against, entries, fitted)


def rank_correlation(metric: str, against: str, entries: Sequence[Entry]) -> Measured:
    """Spearman's rank correlation of `metric` and `against` over the points of an entry."""

    def correlated(xs: Sequence[float], ys: Sequence[float]) -> float:
        x, y = _ranks(xs), _ranks(ys)
        spread = _product(x, x) * _product(y, y)
        return _product(x, y) / math.sqrt(spread) if spread else 0.0

    found = _by_seed(metric, against, entries, correlated)
    if found.low is None or found.high is None:
        return found
    return Measured(found.mean, max(-1.0, found.low), min(1.0, found.high), found.n)


def _joint(
    metric: str, points: Sequence[Point], choose: Callable[[Sequence[float]], float]
) -> Measured:
    each = 1 - (1 - CONFIDENCE) / len(points)
    found = [estimate([pair.value(metric) for pair in point], each) for point in points]
    lows = [one.low for one in found if one.low is not None]
    highs = [one.high for one in found if one.high is not None]
    has_ends = len(lows) == len(highs) == len(found)
    return Measured(
        choose([one.mean for one in found]),
        choose(lows) if has_ends else None,
        choose(highs) if has_ends else None,
        sum(one.count for one in found),
    )


def _by_seed(
    metric: str,
    against: str,
    entries: Sequence[Entry],
    fit: Callable[[Sequence[float], Sequence[float]], float],
) -> Measured:
    """Mean over seeds, with Student's interval, of the mean over entries of what is fitted."""
    seeds = range(len(entries[0][0]))
    found = []
    for seed in seeds:
        own = [_fitted(metric, against, [point[seed] for point in entry], fit) for entry in entries]
        found.append(math.fsum(own) / len(own))
    measured: Estimate = estimate(found, CONFIDENCE)
    return Measured.of(measured)


def _fitted(
    metric: str,
    against: str,
    pairs: Sequence[Pair],
    fit: Callable[[Sequence[float], Sequence[float]], float],
) -> float:
    xs = [number(pair.run, against) for pair in pairs]
    if len(set(xs)) < 2:
        raise GuardlaneError(f"{against} must have two values or more in an entry of runs, not 1")
    return fit(xs, [pair.value(metric) for pair in pairs])


def _product(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Sum of products of the distances of both from their means."""
    x, y = (math.fsum(values) / len(values) for values in (xs, ys))
    return math.fsum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1; equal values share the mean of theirs."""
    ordered = sorted(values)
    return [ordered.index(one) + (ordered.count(one) + 1) / 2 for one in values]
