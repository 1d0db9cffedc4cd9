# SPDX-License-Identifier: Apache-2.0
"""What a radio receiver hears, made by formula: a chirp, a carrier beside it, and noise.

Frequencies are parts of the sample rate. Everything is rounded to steps of a converter, so that the
last bit of a machine's cosine cannot show.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from guardlane.seeds import stream
from guardlane_workloads.streams.complex_fir.kernels import TAPS
from guardlane_workloads.streams.snr import Signal, played

# Wanted, over and over: a chirp inside the pass band.
CHIRP_FROM, CHIRP_TO, CHIRP_SAMPLES = 0.05, 0.20, 1024
CARRIER = -0.15  # unwanted: real taps would pass it, with its mirror image at 0.15
CENTRE, HALF_WIDTH = 0.125, 0.10  # of the pass band
CONVERTER_BITS = 12
TAP_STEP = 1 << 15
FULL_SCALE = 2.0  # of the device at the end: four times the amplitude of the chirp


def received(samples: int) -> Signal:
    """Value of the signal, float32[samples, 2] in -1..1: chirp 0.5, carrier 0.35, noise to 0.1."""
    n = np.arange(samples, dtype=np.float64)
    along = n % CHIRP_SAMPLES
    slope = (CHIRP_TO - CHIRP_FROM) / CHIRP_SAMPLES
    turns = np.stack([along * (CHIRP_FROM + slope * along / 2), n * CARRIER])
    chirp, carrier = np.exp(2j * np.pi * (turns % 1.0))
    clean = 0.5 * chirp + 0.35 * carrier
    step = 1 << CONVERTER_BITS - 1
    loudest = step // 10
    noise = stream(0, "complex-fir", "noise").integers(-loudest, loudest + 1, (samples, 2))
    digital = np.rint(np.stack([clean.real, clean.imag], axis=1) * step) + noise
    signal: Signal = (digital / step).astype(np.float32)
    return signal


def taps() -> tuple[list[float], list[float]]:
    """Value of the taps' real and imaginary parts: a Hamming-windowed sinc, moved to CENTRE."""
    re, im = [], []
    for k in range(TAPS):
        t = k - (TAPS - 1) / 2
        sinc = math.sin(2 * math.pi * HALF_WIDTH * t) / (math.pi * t)
        window = 0.54 - 0.46 * math.cos(2 * math.pi * k / (TAPS - 1))
        phase = 2 * math.pi * CENTRE * t
        re.append(round(TAP_STEP * sinc * window * math.cos(phase)) / TAP_STEP)
        im.append(round(TAP_STEP * sinc * window * math.sin(phase)) / TAP_STEP)
    return re, im


def filtered(signal: Signal) -> Signal:
    """Value of the filter's output, float32[samples, 2], rounded at each step as on a core."""
    past = np.concatenate([np.zeros((TAPS - 1, 2), np.float32), signal])
    re = np.zeros(len(signal), np.float32)
    im = np.zeros(len(signal), np.float32)
    for k, (tap_re, tap_im) in enumerate(zip(*np.array(taps(), np.float32), strict=True)):
        x_re, x_im = past[TAPS - 1 - k : len(past) - k].T
        re += tap_re * x_re - tap_im * x_im
        im += tap_re * x_im + tap_im * x_re
    return np.stack([re, im], axis=1)


def heard(items: npt.NDArray[np.int32]) -> Signal:
    """Value of the sink's items as float32[samples, 2], clipped by the device; NaN becomes 0."""
    return played(items, 2, FULL_SCALE)
