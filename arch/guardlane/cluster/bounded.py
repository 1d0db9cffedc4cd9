# SPDX-License-Identifier: Apache-2.0
"""Latency-bounded throughput: the most requests a second of which a quantile keeps to a bound."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from guardlane.cluster.answer import QUANTILES, Answer
from guardlane.errors import GuardlaneError


@dataclass(frozen=True)
class Step:
    """One rate that was tried, and the quantile there in ps, None where the run was unstable."""

    rate: float
    value: float | None
    is_within: bool


@dataclass(frozen=True)
class Throughput:
    """The highest rate that was tried and kept to the bound, and the lowest that did not.

    `too_fast` is None where even the highest rate that was allowed keeps to it. `is_clear` is
    whether the whole interval of the quantile at `rate` keeps to the bound, not its value alone.
    """

    rate: float
    too_fast: float | None
    is_clear: bool
    steps: tuple[Step, ...]


def throughput(
    answer_at: Callable[[float], Answer],
    bound: int,
    *,
    low: float,
    high: float,
    quantile: str = "p99",
    tolerance: float = 0.01,
) -> Throughput:
    """Find the highest rate from `low` to `high`, a second, at which a quantile is `bound` ps or less.

    `answer_at` runs a cluster at a rate; with the same draws at each, the quantile grows with the
    rate but for chance, which bisection relies on. An unstable run is over every bound. Stops when
    the two rates differ by less than `tolerance` of the lower. Raises GuardlaneError for bounds
    that make no sense, and when `low` is too fast already.
    """
    if not 0 < low <= high:
        raise GuardlaneError(
            f"rates to search must be more than 0 and go up, not {low:g} to {high:g}"
        )
    if bound < 1:
        raise GuardlaneError(f"bound of a latency must be 1 ps or more, not {bound}")
    if quantile not in QUANTILES:
        raise GuardlaneError(f"quantile must be one of {', '.join(QUANTILES)}, not {quantile!r}")
    if not 0 < tolerance < 1:
        raise GuardlaneError(f"tolerance must be more than 0 and less than 1, not {tolerance:g}")
    steps: list[Step] = []
    clear: dict[float, bool] = {}

    def keeps(rate: float) -> bool:
        answer = answer_at(rate)
        value = answer.quantiles[quantile].value if answer.is_stable else None
        is_within = value is not None and value <= bound
        if is_within:
            end = answer.quantiles[quantile].high
            clear[rate] = end is not None and end <= bound
        steps.append(Step(rate, value, is_within))
        return is_within

    if not keeps(low):
        value = steps[0].value
        met = "the run is unstable" if value is None else f"it is {value / 1e9:.4g} ms"
        raise GuardlaneError(
            f"{low:g} requests a second are too many for a {quantile} of {bound / 1e9:.4g} ms: {met}"
        )
    if low == high or keeps(high):
        return Throughput(high, None, clear[high], tuple(steps))
    while high > low * (1 + tolerance):
        middle = math.sqrt(low * high)
        if keeps(middle):
            low = middle
        else:
            high = middle
    return Throughput(low, high, clear[low], tuple(steps))
