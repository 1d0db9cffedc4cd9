# SPDX-License-Identifier: Apache-2.0
"""How far a signal of floats is from the one it should be, whole and frame by frame."""

from __future__ import annotations

import io
import math

import numpy as np
import numpy.typing as npt

from guardlane.stats import Metric
from guardlane_workloads.streams.common import Judgement

Signal = npt.NDArray[np.float32]  # [samples, channels]

SNR = Metric("snr_db", "dB", "signal-to-noise ratio against the error-free output", "higher")
OUTPUT = "output.npy"
LEAST_POWER = 2.0**-298  # of the smallest single: where nothing was to be heard, a ratio is finite


def played(items: npt.NDArray[np.int32], channels: int, full_scale: float) -> Signal:
    """Value of a sink's items as float32[samples, channels], clipped by the device; NaN becomes 0.

    A flipped exponent would otherwise make one sample outweigh all others together.
    """
    signal = np.ascontiguousarray(items, np.int32).view(np.float32).reshape(-1, channels)
    return np.clip(np.where(np.isnan(signal), np.float32(0), signal), -full_scale, full_scale)


def snr_db(reference: Signal, signal: Signal) -> float | None:
    """Value of the signal-to-noise ratio of `signal` against `reference`, dB; None when equal."""
    error = (signal.astype(np.float64) - reference).ravel()
    # fsum is exact, so that the ratio does not depend on how a machine orders the additions.
    noise = math.fsum(error * error)
    power = math.fsum(reference.astype(np.float64).ravel() ** 2)
    return 10 * math.log10(max(power, LEAST_POWER) / noise) if noise else None


def judged(clean: Signal, output: Signal, step: int) -> Judgement:
    """Measure `output` against `clean`, whole and in frames of `step` samples, and keep it."""
    frames = [slice(start, start + step) for start in range(0, len(clean), step)]
    out = io.BytesIO()
    np.save(out, output, allow_pickle=False)
    return Judgement(
        metrics={SNR.name: snr_db(clean, output)},
        series={SNR.name: [snr_db(clean[frame], output[frame]) for frame in frames]},
        files={OUTPUT: out.getvalue()},
    )
