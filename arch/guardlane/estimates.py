# SPDX-License-Identifier: Apache-2.0
"""What a handful of seeds says about the mean: Student's t, exact for whole degrees of freedom.

Student's interval and not a bootstrap: of 4,000 samples of 20 normal values it holds the mean in
94.8 %, a percentile bootstrap in 92.2 %, which would also need a generator of its own. Both hold it
less often where values are very skewed (log-normal: 86 % and 85 %).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, median

from guardlane.errors import GuardlaneError


@dataclass(frozen=True)
class Estimate:
    """Mean of `count` values, their standard deviation, and the interval that should hold the mean.

    With a single value there is no deviation and no interval: they are None.
    """

    count: int
    mean: float
    deviation: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Interval:
    """A value, and the two ends between which the true one should lie."""

    value: float
    low: float
    high: float


def estimate(values: Sequence[float], confidence: float = 0.95) -> Estimate:
    """Estimate the mean of finite values; raises GuardlaneError on none and on one that is not."""
    if not values:
        raise GuardlaneError("a mean needs one value or more, not 0")
    for position, value in enumerate(values):
        if not math.isfinite(value):
            raise GuardlaneError(f"a mean needs finite values, but value {position} is {value}")
    size = len(values)
    mean = math.fsum(values) / size
    if size == 1:
        return Estimate(1, mean, None, None, None)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (size - 1))
    half = student_quantile(0.5 + confidence / 2, size - 1) * deviation / math.sqrt(size)
    return Estimate(size, mean, deviation, mean - half, mean + half)


def median_interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """Find the median and the interval that should hold that of all runs, by the sign test.

    The ends are values themselves, so it assumes no distribution and holds for infinite values too:
    of 20, the 6th and the 15th. Raises GuardlaneError for NaN and for too few values, of which not
    even the outermost two are an interval of such confidence.
    """
    if any(math.isnan(value) for value in values):
        raise GuardlaneError("a median needs numbers, but one value is nan")
    ordered, size = sorted(values), len(values)
    # Left out at each end is the most of which fair coins show so few heads rarely enough.
    outside, left_out, heads = (1 - confidence) / 2 * 2**size, 0, 1
    while heads <= outside:
        left_out += 1
        heads += math.comb(size, left_out)
    if not left_out:
        raise GuardlaneError(
            f"an interval of a median at {100 * confidence:g} % needs more than {size} values"
        )
    return Interval(median(ordered), ordered[left_out - 1], ordered[-left_out])


def share_interval(count: int, size: int, confidence: float = 0.95) -> Interval:
    """Find the share of `count` in `size` and Wilson's interval, which is sound at none and all."""
    if not 0 <= count <= size or size < 1:
        raise GuardlaneError(f"a share needs 0 to {size} of 1 or more, not {count} of {size}")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, spread = count / size, z * z / size
    centre = (share + spread / 2) / (1 + spread)
    half = math.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half))


def paired_differences(after: Mapping[int, float], before: Mapping[int, float]) -> dict[int, float]:
    """Subtract `before` from `after` seed by seed, in the order of the seeds.

    Raises GuardlaneError when a seed stands on one side only: a mean over different seeds compares
    different faults.
    """
    alone = sorted(after.keys() ^ before.keys())
    if alone:
        listed = ", ".join(str(seed) for seed in alone)
        raise GuardlaneError(
            f"a paired difference needs the same seeds on both sides; alone: {listed}"
        )
    return {seed: after[seed] - before[seed] for seed in sorted(after)}


def median_seed(values: Mapping[int, float]) -> int:
    """Find the seed in the middle by value: the lower of two middles, the smaller of equals."""
    if not values:
        raise GuardlaneError("a median seed needs one run or more, not 0")
    order = sorted(values, key=lambda seed: (values[seed], seed))
    return order[(len(order) - 1) // 2]


@functools.cache
def student_quantile(probability: float, freedom: int) -> float:
    """Find the t that Student's distribution of whole `freedom` stays below with `probability`.

    Bisects on the angle atan(t / sqrt(freedom)), in which the distribution is a finite sum
    (Abramowitz and Stegun, 26.7.3 and 26.7.4); 60 halvings are past the last bit.
    """
    if freedom < 1 or not 0.5 <= probability < 1:
        raise GuardlaneError(
            "Student's quantile needs freedom >= 1 and 0.5 <= probability < 1, "
            f"not {freedom} and {probability}"
        )
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        if 0.5 + _central_mass(middle, freedom) / 2 < probability:
            low = middle
        else:
            high = middle
    return math.tan(low) * math.sqrt(freedom)


def _central_mass(angle: float, freedom: int) -> float:
    """Mass of Student's distribution between -t and t, with t = sqrt(freedom) tan(angle)."""
    square = math.cos(angle) ** 2
    odd = freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = term if freedom > 1 else 0.0
    for index in range(2 + odd, freedom, 2):
        term *= square * (index - 1) / index
        total += term
    total *= math.sin(angle)
    return 2 / math.pi * (angle + total) if odd else total
