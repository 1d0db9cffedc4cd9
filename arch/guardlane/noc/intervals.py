# SPDX-License-Identifier: Apache-2.0
"""How far a mean of a simulation can be trusted: where it is warmed up, and batch means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, fmean, stdev

BATCHES = 20


def warmed_up(values: Sequence[float]) -> int:
    """Find after how many values a series has lost the memory of its start, by the MSER rule.

    That is the cut for which the standard error of the rest is least (White 1997), looked for in
    the first half: a series that is best cut later has not settled, and half of it is cut.
    """
    best, cut = math.inf, 0
    total, squares, count = 0.0, 0.0, 0
    errors = []
    for value in reversed(values):
        total, squares, count = total + value, squares + value * value, count + 1
        errors.append((squares - total * total / count) / count**2)
    errors.reverse()
    for start in range(len(values) // 2 + 1):
        if start < len(errors) and errors[start] < best:
            best, cut = errors[start], start
    return cut


def half_width(values: Sequence[float], confidence: float = 0.95) -> float | None:
    """Value of half the confidence interval of the mean of a settled series, by batch means.

    The series is cut into up to BATCHES batches of equal length; None for fewer than 4 values.
    """
    length = max(1, len(values) // BATCHES)
    batches = [
        fmean(values[first : first + length])
        for first in range(len(values) % length, len(values), length)
    ]
    if len(batches) < 4:
        return None
    freedom = len(batches) - 1
    return student_t(confidence, freedom) * stdev(batches) / math.sqrt(len(batches))


def student_t(confidence: float, freedom: int) -> float:
    """Value of Student's t for a two-sided confidence, within 1 % from 3 degrees of freedom on.

    Cornish and Fisher's expansion about the normal quantile, to the third power of 1 / freedom.
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
