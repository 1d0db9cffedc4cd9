# SPDX-License-Identifier: Apache-2.0
"""Quantiles and the mean of latencies that were served one after the other, with intervals.

Latencies of one run depend on each other, so an interval as if they did not would be too narrow. By
how much is told by the means of batches: how much more they vary than means of as many independent
latencies would (the design effect, 1 or more). Both intervals are widened by it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from guardlane.errors import GuardlaneError
from guardlane.estimates import student_quantile

LEAST_BATCHES = 20


@dataclass(frozen=True)
class Bounds:
    """A value in ps and the interval that should hold the true one; None where too little is known.

    `error` is the most by which value and ends can be off as they come from a histogram; 0: exact.
    """

    value: float
    low: float | None
    high: float | None
    error: float = 0.0


def mean_bounds(total: int, count: int, batches: list[int], size: int, confidence: float) -> Bounds:
    """Find the mean of `count` latencies that add up to `total`, from whole batches of `size`."""
    mean = total / count
    if len(batches) < LEAST_BATCHES:
        return Bounds(mean, None, None)
    half = student_quantile(0.5 + confidence / 2, len(batches) - 1) * math.sqrt(
        spread(batches, size) / len(batches)
    )
    return Bounds(mean, mean - half, mean + half)


def spread(batches: list[int], size: int) -> float:
    """Value of the variance of the means of batches, each the sum of `size` latencies."""
    means = [batch / size for batch in batches]
    middle = math.fsum(means) / len(means)
    return math.fsum((mean - middle) ** 2 for mean in means) / (len(means) - 1)


def design_effect(variance: float, batches: list[int], size: int) -> float:
    """Value of how many latencies of a run say as much as one independent one, 1 or more."""
    if len(batches) < LEAST_BATCHES or variance <= 0:
        return 1.0
    return max(1.0, spread(batches, size) * size / variance)


def ranks(
    count: int, per_mille: int, effect: float, confidence: float
) -> tuple[int, int | None, int | None]:
    """Value of the ranks, from 1, of a quantile and of the two ends of its interval.

    The quantile is the least latency that `per_mille` of a thousand do not exceed. An end outside
    the sample is None. Raises GuardlaneError for a quantile outside 1 to 999.
    """
    if not 1 <= per_mille <= 999:
        raise GuardlaneError(f"a quantile must be 1 to 999 per mille, not {per_mille}")
    share = per_mille / 1000
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * math.sqrt(
        effect * count * share * (1 - share)
    )
    low, high = math.floor(count * share - half), math.ceil(count * share + half) + 1
    rank = -(-count * per_mille // 1000)
    return max(1, rank), low if low >= 1 else None, high if high <= count else None
