# SPDX-License-Identifier: Apache-2.0
"""The Fourier transform as a workload: a radio signal in, its spectra and their noise out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from guardlane.chip.result import ChipResult
from guardlane.cite import assumed
from guardlane.workload import Comparison
from guardlane_workloads.streams.common import Judgement, Prepared, StreamConfig, StreamWorkload
from guardlane_workloads.streams.complex_fir.signal import received
from guardlane_workloads.streams.fft.graph import SAMPLES, SINK, fft_graph
from guardlane_workloads.streams.fft.kernels import POINTS
from guardlane_workloads.streams.fft.report import fft_report
from guardlane_workloads.streams.snr import SNR, Signal, judged, played
from guardlane_workloads.streams.snr_waterfall import waterfall

FULL_SCALE = 64.0  # of the device at the end: a tone of amplitude 1, above all that is received
PICTURE = "spectra.png"
SHOWN_DB = -60.0, 0.0  # from below the noise to the loudest tone


class FFTConfig(StreamConfig):
    """How much signal there is, and how the transform is run."""

    steady_states: Annotated[
        int,
        Field(ge=1, le=1 << 18),
        assumed(
            "length of the signal, 128 complex samples each",
            unit="steady states",
            why="7.4 M instructions, fourteen flips at the default rate",
        ),
    ] = 256


class FFT(StreamWorkload[FFTConfig]):
    """Fourier transforms of 64 points on 24 cores, in two branches."""

    name = "fft"
    sentence = "Transform a radio signal into spectra on 24 cores that make mistakes."
    Config = FFTConfig
    quality = (SNR,)

    def prepare(self, config: FFTConfig) -> Prepared:
        """Make the signal and the graph."""
        signal = received(config.steady_states * SAMPLES)
        digest = hashlib.sha256(signal.tobytes()).hexdigest()
        facts = {"signal_sha256": digest, "samples": len(signal)}
        return Prepared(fft_graph(signal), digest, SAMPLES * config.frame_size, facts)

    def judge(self, prepared: Prepared, result: ChipResult, golden: ChipResult) -> Judgement:
        """Measure the spectra against the error-free ones, and draw them."""
        spectra = kept_spectra(result)
        judgement = judged(kept_spectra(golden), spectra, prepared.input)
        picture = waterfall(power(spectra), *SHOWN_DB)
        return replace(judgement, files={**judgement.files, PICTURE: picture})

    def report(self, comparison: Comparison, command: str) -> Mapping[str, bytes]:
        """Draw up the page of a comparison, with the pictures it shows."""
        return fft_report(comparison, command, self, PICTURE)


def kept_spectra(result: ChipResult) -> Signal:
    """Value of the sink's spectra, float32[64 times transforms, 2], clipped by the device."""
    return played(result.kept[SINK], 2, FULL_SCALE)


def power(spectra: Signal) -> npt.NDArray[np.float64]:
    """Value of the power in each bin, float64[transforms, 64], lowest frequency first.

    A tone of amplitude 1 that falls on a bin has power 1 there.
    """
    squares = (spectra.astype(np.float64) / POINTS) ** 2
    return np.fft.fftshift(squares.sum(axis=1).reshape(-1, POINTS), axes=1)
