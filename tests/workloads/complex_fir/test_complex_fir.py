# SPDX-License-Identifier: Apache-2.0
"""The complex FIR filter gives the same bits in Python, in numpy and on a core, and filters."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from guardlane.chip.engine import StreamChip
from guardlane.chip.machine import Machine
from guardlane.errors import GuardlaneError
from guardlane.isa.native import native
from guardlane_workloads.streams.complex_fir import kernels
from guardlane_workloads.streams.complex_fir.graph import SINK, fir_graph
from guardlane_workloads.streams.complex_fir.signal import (
    CARRIER,
    CENTRE,
    FULL_SCALE,
    filtered,
    heard,
    received,
    taps,
)
from guardlane_workloads.streams.snr import snr_db


def natively(signal: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
    graph = fir_graph(signal, 1)
    fir = graph.filters()[0]
    runner = native(fir.work, fir.begin, [graph.sources()[0].items], fir.tables)
    return runner.run(steady_states=len(signal)).words(0)


def tone(frequency: float, samples: int = 400) -> npt.NDArray[np.float32]:
    turns = 2 * np.pi * frequency * np.arange(samples)
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


def gain_db(frequency: float) -> float:
    settled = filtered(tone(frequency))[kernels.TAPS :].astype(np.float64)
    return 10 * math.log10((settled**2).sum(axis=1).mean())


def test_plain_python_and_numpy_agree_bit_for_bit() -> None:
    signal = received(600)
    np.testing.assert_array_equal(natively(signal), filtered(signal).view(np.int32).ravel())


@pytest.mark.parametrize("guard", ["reliable-queue", "software-queue"])
def test_the_core_agrees_bit_for_bit(guard: str) -> None:
    signal = received(1024)
    result = StreamChip(fir_graph(signal, 64), Machine()).run(guard)
    assert result.outcome == "completed", result.detail
    np.testing.assert_array_equal(result.kept[SINK], filtered(signal).view(np.int32).ravel())


@pytest.mark.parametrize("group", [1, 20])
def test_a_steady_state_is_a_group_of_samples(group: int) -> None:
    balanced = fir_graph(received(100), group).balance()
    assert balanced.steady_states == 100 // group
    assert balanced.firings == {"fir": group}
    expected = [2 * group] * (100 // group)
    assert [counts.tolist() for counts in balanced.counts.values()] == [expected] * 2


def test_a_broken_group_is_refused() -> None:
    with pytest.raises(GuardlaneError, match="complex-fir: 100 samples are no whole groups of 64"):
        fir_graph(received(100), 64)


def test_an_impulse_gives_the_taps_in_order() -> None:
    impulse = np.zeros((kernels.TAPS + 4, 2), np.float32)
    impulse[2] = 1, 0
    re, im = taps()
    expected = np.zeros_like(impulse)
    expected[2 : 2 + kernels.TAPS] = np.stack([re, im], axis=1)
    np.testing.assert_array_equal(filtered(impulse), expected)


def test_the_pass_band_is_one_sided() -> None:
    assert gain_db(CENTRE) == pytest.approx(0, abs=0.5)
    assert gain_db(-CARRIER) > -1
    assert gain_db(CARRIER) < -40


def test_the_signal_is_made_of_converter_steps_and_never_changes() -> None:
    signal = received(1100)
    np.testing.assert_array_equal(signal * 2048, np.rint(signal * 2048))
    assert 0.8 < np.abs(signal).max() < 1
    np.testing.assert_array_equal(
        (signal[:3] * 2048).astype(int), [[1913, 178], [1311, -209], [581, 11]]
    )
    np.testing.assert_array_equal(received(50), signal[:50])


def test_the_taps_never_change() -> None:
    re, im = (np.array(part) * 32768 for part in taps())
    assert re[:8].tolist() == [-103, -60, 52, -263, -1310, -1229, 1964, 5896]
    assert im[:8].tolist() == [-43, -144, -126, 109, -543, -2968, -4741, -2442]
    np.testing.assert_array_equal(re, re[::-1])
    np.testing.assert_array_equal(im, -im[::-1])


def test_the_device_clips_and_hears_nothing_in_no_number() -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 3, 0.25, -1e38], np.float32)
    played = heard(odd.view(np.int32)).ravel().tolist()
    assert played == [0, FULL_SCALE, -FULL_SCALE, FULL_SCALE, 0.25, -FULL_SCALE]


def test_snr_is_the_ratio_of_powers() -> None:
    reference = tone(0.1)
    assert snr_db(reference, reference.copy()) is None
    assert snr_db(reference, np.zeros_like(reference)) == 0
    assert snr_db(reference, reference * np.float32(0.9)) == pytest.approx(20, abs=1e-4)


def test_snr_against_silence_is_a_number() -> None:
    silence = np.zeros((4, 1), np.float32)
    assert snr_db(silence, silence) is None
    ratio = snr_db(silence, silence + np.float32(1))
    assert ratio is not None
    assert -1000 < ratio < -800
