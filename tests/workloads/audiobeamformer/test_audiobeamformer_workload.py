# SPDX-License-Identifier: Apache-2.0
"""The beamformer as a workload: what its records hold, and what its report shows."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guardlane.config import resolved
from guardlane.errors import GuardlaneError
from guardlane.units import Mtbe
from guardlane.workload import Comparable
from guardlane_workloads.streams.audiobeamformer.signal import beamed, scene
from guardlane_workloads.streams.audiobeamformer.sound import wav
from guardlane_workloads.streams.audiobeamformer.voice import voice
from guardlane_workloads.streams.audiobeamformer.workload import (
    AudioBeamformer,
    AudioBeamformerConfig,
    power,
)
from tests.here import compared


def config(mtbe: str, **settings: Any) -> AudioBeamformerConfig:
    return AudioBeamformerConfig(mtbe=Mtbe.parse(mtbe), **settings)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "said.wav"
    found.write_bytes(wav(voice(1500)[:, np.newaxis].astype(np.float32)))
    return found


def test_an_error_free_run_gives_the_beam() -> None:
    record = AudioBeamformer().run(config("inf", steady_states=50))
    output = np.load(io.BytesIO(record.files["output.npy"]))
    expected = beamed(scene(voice(3200)).microphones)
    np.testing.assert_array_equal(output, expected)
    assert record.files["beam.wav"] == wav(expected)
    assert record.metrics["snr_db"] is None
    assert record.series["snr_db"] == [None] * 50
    assert record.metrics["snr_vs_voice_db"] > record.config["microphone_snr_db"] + 12
    assert record.config["sound_note"] == "a voice by formula"
    assert record.notes == ()


def test_faults_cost_quality() -> None:
    found = [
        AudioBeamformer().run(config(mtbe, steady_states=40, guard="reliable-queue"))
        for mtbe in ("inf", "32k")
    ]
    assert found[1].metrics["faults_injected"] > 10
    assert found[1].metrics["snr_db"] < 40
    assert found[1].metrics["snr_vs_voice_db"] < found[0].metrics["snr_vs_voice_db"] - 1


def test_a_record_repeats_and_knows_no_place(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "again" / "same.wav"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(path.read_bytes())
    first, second = (
        AudioBeamformer().run(config("64k", file=file, quantum=quantum))
        for file, quantum in ((path, 4096), (elsewhere, 7))
    )
    assert first.to_json() == second.to_json()
    assert first.files == second.files
    assert first.notes == (f"{path}: WAV, 16,000 Hz, the first 0.09 s of 0.09 s",)
    assert str(tmp_path) not in first.to_json()
    assert "file" not in resolved(config("inf", file=path))
    assert first.config["samples"] == 23 * 64  # whole groups of 1500
    other = AudioBeamformer().run(config("64k"))
    assert other.config_hash != first.config_hash


def test_another_cut_of_the_same_sound_is_another_run() -> None:
    cuts = [(4, 64), (8, 32)]
    first, second = (
        AudioBeamformer().run(config("inf", steady_states=states, samples_per_steady_state=group))
        for states, group in cuts
    )
    assert first.files["output.npy"] == second.files["output.npy"]
    assert (first.metrics["frame_count"], second.metrics["frame_count"]) == (4, 8)
    assert first.config_hash != second.config_hash


def test_a_sound_shorter_than_a_steady_state_is_refused(path: Path) -> None:
    path.write_bytes(wav(voice(63)[:, np.newaxis].astype(np.float32)))
    with pytest.raises(GuardlaneError, match="must last 64 samples at 16,000 Hz, .*, not 63"):
        AudioBeamformer().run(config("inf", file=path))


def test_power_is_that_of_the_tones() -> None:
    tone = 0.25 * np.cos(2 * np.pi * np.arange(960) * 32 / 256)
    found = power(tone[:, np.newaxis].astype(np.float32))
    assert found.shape == (15, 128)
    assert found[7].argmax() == 32
    assert found[7, 32] == pytest.approx(0.25**2, rel=1e-3)
    assert power(np.zeros((3, 1), np.float32)).shape == (1, 128)


def test_a_comparison_has_a_report_with_pictures_and_sounds() -> None:
    workload = AudioBeamformer()
    assert isinstance(workload, Comparable)
    comparison = compared(workload, config("64k", steady_states=20), [1, 2])
    files = workload.report(comparison, "guardlane run audiobeamformer --compare")
    kinds = ("commguard", "error-free", "reliable-queue", "software-queue")
    assert sorted(files) == sorted(
        ["report.html", *(f"{kind}.{suffix}" for kind in kinds for suffix in ("png", "wav"))]
    )
    page = files["report.html"].decode()
    assert "7 of 7 runs completed" in page
    assert "Signal-to-noise ratio against the voice alone" in page
    assert "beside the picture" in page, "a frame is whole pixels high"
    error_free = comparison[0][1][0]
    assert files["error-free.wav"] == error_free.files["beam.wav"]
    assert f"{error_free.metrics['snr_vs_voice_db']:.1f} dB" in page


def test_frames_that_are_no_whole_rows_have_no_bars_beside_the_picture() -> None:
    workload = AudioBeamformer()
    small = config("inf", steady_states=50, samples_per_steady_state=30)
    page = workload.report(compared(workload, small, [1]), "again")["report.html"].decode()
    assert "4 of 4 runs completed" in page
    assert "beside the picture" not in page


@pytest.mark.parametrize("name", ["steady_states", "samples_per_steady_state"])
def test_a_sound_is_never_empty(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        AudioBeamformerConfig.model_validate({name: 0})
