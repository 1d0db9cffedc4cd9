# SPDX-License-Identifier: Apache-2.0
"""Sizes with a given sum and a given largest: quantiles of the log-normal law that has both."""

from __future__ import annotations

import math
from statistics import NormalDist

from guardlane.errors import GuardlaneError

STEEPEST = 12.0  # sigma of ln(size) up to which a law is looked for
HALVINGS = 60  # of that interval


def log_normal(count: int, sigma: float) -> list[float]:
    """Value of the `count` middle quantiles of a log-normal law of sum 1, rising."""
    ranks = [NormalDist().inv_cdf((place + 0.5) / count) for place in range(count)]
    sizes = [math.exp(sigma * (rank - ranks[-1])) for rank in ranks]
    total = math.fsum(sizes)
    return [size / total for size in sizes]


def sized(count: int, total: int, largest: int) -> list[int]:
    """Value of `count` sizes, rising, that add up to about `total` and end with about `largest`.

    Nothing is free: the one parameter of the law follows from the share of the largest. Sizes have
    six digits, lest the last bit of a logarithm show.
    Raises GuardlaneError when no such law exists.
    """
    if count < 1 or not total / count <= largest <= total:
        raise GuardlaneError(
            f"{count} sizes that add up to {total:,} cannot have {largest:,} as the largest"
        )
    low, high = 0.0, STEEPEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if log_normal(count, middle)[-1] * total < largest:
            low = middle
        else:
            high = middle
    return [int(float(f"{share * total:.6g}")) for share in log_normal(count, high)]
