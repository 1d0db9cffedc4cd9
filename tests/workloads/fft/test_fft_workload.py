# SPDX-License-Identifier: Apache-2.0
"""The Fourier transform as a workload: what its records hold, and what its report shows."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from guardlane.units import Mtbe
from guardlane.workload import Comparable
from guardlane_workloads.streams.complex_fir.signal import received
from guardlane_workloads.streams.fft.graph import SAMPLES
from guardlane_workloads.streams.fft.transform import transformed
from guardlane_workloads.streams.fft.workload import FFT, FFTConfig, power
from tests.here import compared


def config(mtbe: str, **settings: Any) -> FFTConfig:
    return FFTConfig(mtbe=Mtbe.parse(mtbe), **settings)


def test_an_error_free_run_gives_the_spectra() -> None:
    record = FFT().run(config("inf", steady_states=5))
    output = np.load(io.BytesIO(record.files["output.npy"]))
    np.testing.assert_array_equal(output, transformed(received(5 * SAMPLES)))
    assert record.metrics["snr_db"] is None
    assert record.series["snr_db"] == [None] * 5
    assert record.config["samples"] == 640


def test_power_is_that_of_the_tones_lowest_frequency_first() -> None:
    turns = np.arange(128) * -0.25
    signal = 0.5 * np.stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)], axis=1)
    found = power(transformed(signal.astype(np.float32)))
    assert found.shape == (2, 64)
    assert found[:, 16] == pytest.approx(0.25)
    assert np.delete(found, 16, axis=1).max() < 1e-12


def test_faults_cost_quality_in_their_frames() -> None:
    record = FFT().run(config("32k", steady_states=24, seed=3))
    assert record.metrics["faults_injected"] > 5
    assert record.metrics["snr_db"] < 40
    assert None in record.series["snr_db"]


def test_a_record_repeats() -> None:
    first, second = (
        FFT().run(config("64k", steady_states=12, quantum=quantum)) for quantum in (4096, 7)
    )
    assert first.to_json() == second.to_json()
    assert first.files == second.files


def test_a_frame_of_several_steady_states_has_one_value() -> None:
    record = FFT().run(config("inf", steady_states=5, frame_size=2))
    assert [len(values) for values in record.series.values()] == [3] * len(record.series)


def test_a_comparison_has_a_report_with_its_spectra() -> None:
    workload = FFT()
    assert isinstance(workload, Comparable)
    comparison = compared(workload, config("64k", steady_states=12), [1, 2])
    files = workload.report(comparison, "guardlane run fft --compare")
    assert sorted(files) == [
        "commguard.png", "error-free.png", "reliable-queue.png", "report.html",
        "software-queue.png",
    ]  # fmt: skip
    page = files["report.html"].decode()
    assert "7 of 7 runs completed" in page
    assert "beside the picture" in page, "a frame is whole pixels high"
    picture = Image.open(io.BytesIO(files["error-free.png"]))
    assert picture.size == (512, 528)  # 64 bins of 8 pixels, 24 transforms of 22
    assert files["error-free.png"] == comparison[0][1][0].files["spectra.png"]


@pytest.mark.parametrize("states", [0, 1 << 19])
def test_a_signal_has_a_length_that_can_be_run(states: int) -> None:
    with pytest.raises(ValueError, match="steady_states"):
        FFTConfig(steady_states=states)
