# SPDX-License-Identifier: Apache-2.0
"""How far the answers to requests are from those of an error-free run."""

from __future__ import annotations

import math

import numpy as np

from guardlane_workloads.recommender.rows import Floats

WORST = 1.0  # what an answer of zeros, which is none at all, scores


def relative_errors(clean: Floats, output: Floats) -> list[float]:
    """Value of ||y - y0|| / ||y0|| for each request of float32[requests, ...], at most WORST.

    An answer with an element that is no finite number scores WORST, as does any wrong answer where
    the error-free one is all zeros.
    """
    errors = []
    for right, found in zip(
        clean.reshape(len(clean), -1), output.reshape(len(clean), -1), strict=True
    ):
        if not np.isfinite(found).all():
            errors.append(WORST)
            continue
        difference = found.astype(np.float64) - right
        # fsum is exact: how a machine orders the additions cannot show.
        error, norm = math.fsum(difference**2), math.fsum(right.astype(np.float64) ** 2)
        ratio = math.sqrt(error / norm) if norm else math.inf
        errors.append(min(ratio, WORST) if error else 0.0)
    return errors


def wrong(clean: Floats, output: Floats) -> list[bool]:
    """Say of each request whether any bit of its answer differs."""
    both = clean.view(np.int32) != output.view(np.int32)
    found: list[bool] = both.reshape(len(clean), -1).any(axis=1).tolist()
    return found
