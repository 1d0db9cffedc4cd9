# SPDX-License-Identifier: Apache-2.0
"""How far a mean of a simulation can be trusted: where it is warmed up, and batch means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from guardlane.estimates import student_quantile

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
    t = student_quantile((1 + confidence) / 2, len(batches) - 1)
    return t * stdev(batches) / math.sqrt(len(batches))
