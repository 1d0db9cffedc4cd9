# SPDX-License-Identifier: Apache-2.0
"""The transform in numpy, rounded at each step as on a core, and the factors both work with."""

from __future__ import annotations

import math

import numpy as np

from guardlane_workloads.streams.fft.kernels import HALF, POINTS
from guardlane_workloads.streams.snr import Signal

# Single precision has steps of 2**-24 just below 1. Rounded to them, a factor does not show the
# last bit of a machine's cosine, and that of a quarter turn is 0.
TWIDDLE_STEP = 1 << 24


def twiddles(size: int) -> dict[str, list[float]]:
    """Value of the tables of a `combine` of `size` elements: exp(-2 pi i k / size), then zeros."""
    angles = [2 * math.pi * k / size for k in range(size // 2)]
    unused = [0.0] * (HALF - size // 2)
    return {
        "TWIDDLE_RE": [_rounded(math.cos(angle)) for angle in angles] + unused,
        "TWIDDLE_IM": [_rounded(-math.sin(angle)) for angle in angles] + unused,
    }


def _rounded(value: float) -> float:
    return round(value * TWIDDLE_STEP) / TWIDDLE_STEP


def transformed(signal: Signal) -> Signal:
    """Value of the spectra of the blocks of 64 samples of `signal`, float32[samples, 2] as it."""
    blocks = signal.astype(np.float32).reshape(-1, POINTS, 2)
    size = POINTS
    while size > 2:
        halves = blocks.reshape(-1, size // 2, 2, 2)
        blocks = np.ascontiguousarray(halves.swapaxes(1, 2))  # even elements, then odd ones
        size //= 2
    while size <= POINTS:
        half = size // 2
        tables = twiddles(size)
        factor_re, factor_im = (np.array(t[:half], np.float32) for t in tables.values())
        pairs = blocks.reshape(-1, 2, half, 2)
        re, im = pairs[:, 1, :, 0], pairs[:, 1, :, 1]
        turned = np.stack(
            [re * factor_re - im * factor_im, re * factor_im + im * factor_re], axis=-1
        )
        blocks = np.concatenate([pairs[:, 0] + turned, pairs[:, 0] - turned], axis=1)
        size *= 2
    return blocks.reshape(-1, 2)
