# SPDX-License-Identifier: Apache-2.0
"""The Fourier transform gives the same bits in Python, in numpy and on 24 cores, and transforms."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from guardlane.chip.depths import check_depths
from guardlane.chip.engine import Schedule, StreamChip
from guardlane.chip.machine import Machine, Queue
from guardlane.core.protection import Protection
from guardlane.errors import GuardlaneError
from guardlane.faults import RETIRED, Fault, regfile_int
from guardlane.stream import GraphError
from guardlane_workloads.streams.complex_fir.signal import received
from guardlane_workloads.streams.fft.graph import SAMPLES, SINK, fft_graph
from guardlane_workloads.streams.fft.kernels import POINTS
from guardlane_workloads.streams.fft.transform import TWIDDLE_STEP, transformed, twiddles
from guardlane_workloads.streams.fft.workload import FULL_SCALE
from guardlane_workloads.streams.snr import Signal
from tests.workloads.jpeg.native_graph import run_natively

GUARDS = ("software-queue", "reliable-queue", "pass-through", "commguard")
WAITED = ("timeouts", "pads", "discarded_items", "traps", "watchdogs")


def bits(signal: Signal) -> npt.NDArray[np.int32]:
    return np.ascontiguousarray(signal).view(np.int32).ravel()


def complex_of(signal: Signal) -> npt.NDArray[np.complex128]:
    return signal[:, 0].astype(np.float64) + 1j * signal[:, 1]


def test_plain_python_and_numpy_agree_bit_for_bit() -> None:
    signal = received(2 * SAMPLES)
    found = run_natively(fft_graph(signal))[SINK]
    np.testing.assert_array_equal(found, bits(transformed(signal)))


@pytest.mark.parametrize("guard", GUARDS)
def test_the_cores_agree_bit_for_bit_and_nobody_waits_in_vain(guard: str) -> None:
    signal = received(5 * SAMPLES)
    for frame_size in (1, 2):
        result = StreamChip(fft_graph(signal), Machine(), frame_size).run(guard)
        assert result.outcome == "completed", result.detail
        np.testing.assert_array_equal(result.kept[SINK], bits(transformed(signal)))
        assert [result.total(count) for count in WAITED] == [0] * len(WAITED)


def test_it_is_the_transform_within_single_precision() -> None:
    """Within 6 steps of 2**-24 of the largest bin; it was 3.2 over 2,000 steady states."""
    signal = received(100 * SAMPLES)
    expected = np.fft.fft(complex_of(signal).reshape(-1, POINTS))
    error = complex_of(transformed(signal)).reshape(-1, POINTS) - expected
    assert (np.abs(error).max(axis=1) / np.abs(expected).max(axis=1)).max() < 6 * 2.0**-24


def test_a_tone_is_in_one_bin() -> None:
    for tone in (0, 1, 17, 63):
        turns = np.arange(POINTS) * tone / POINTS
        block = np.exp(2j * np.pi * turns)
        signal = np.stack([block.real, block.imag], axis=1).astype(np.float32)
        spectrum = np.abs(complex_of(transformed(signal)))
        assert spectrum[tone] == pytest.approx(POINTS, rel=1e-6)
        assert np.delete(spectrum, tone).max() < 1e-4


def test_each_stage_of_a_branch_is_a_filter_and_moves_a_transform() -> None:
    graph = fft_graph(received(3 * SAMPLES))
    balanced = graph.balance()
    sizes = {"reorder": (64, 32, 16, 8, 4), "combine": (2, 4, 8, 16, 32, 64)}
    expected = {"split": 1, "join": 1} | {
        f"{kind}{size}_{branch}": POINTS // size
        for kind, found in sizes.items()
        for size in found
        for branch in (0, 1)
    }
    assert len(expected) == 24
    assert balanced.firings == expected
    for edge, counts in balanced.counts.items():
        is_whole = "receiver" in edge.name or SINK in edge.name
        assert counts.tolist() == [256 if is_whole else 128] * 3


def test_the_counted_pops_and_pushes_are_the_rates() -> None:
    result = StreamChip(fft_graph(received(3 * SAMPLES)), Machine()).run("reliable-queue")
    for core in result.frames:
        moved = 256 if core in ("split", "join") else 128
        counted = [result.statistics[f"core.{core}.{name}"] for name in ("pops", "pushes")]
        assert counted == [3 * moved] * 2


def test_a_queue_must_hold_what_the_splitter_takes() -> None:
    """It takes 256 words from a device that gives them one by one, and a header comes before."""
    balanced = fft_graph(received(2 * SAMPLES)).balance()
    check_depths(balanced, dict.fromkeys(balanced.graph.edges, 257), 1, 1)
    with pytest.raises(GraphError, match="fft: queue receiver->split holds 256 words and needs"):
        check_depths(balanced, dict.fromkeys(balanced.graph.edges, 256), 1, 1)


def test_a_broken_steady_state_is_refused() -> None:
    with pytest.raises(GuardlaneError, match="fft: 100 samples are no whole groups of 128"):
        fft_graph(received(100))


def test_no_factor_hangs_on_a_machines_cosine() -> None:
    exact = [
        part(2 * math.pi * k / size) * TWIDDLE_STEP
        for size in (2, 4, 8, 16, 32, 64)
        for k in range(size // 2)
        for part in (math.cos, math.sin)
    ]
    assert min(abs(value % 1 - 0.5) for value in exact) > 1e-3  # doubles are off by 1e-8 of a step
    assert twiddles(4)["TWIDDLE_RE"][:2] == [1, 0]
    assert twiddles(4)["TWIDDLE_IM"][:2] == [0, -1]


def test_the_device_clips_nothing_that_is_received() -> None:
    assert np.abs(transformed(received(300 * SAMPLES))).max() < FULL_SCALE * 0.9


def wrong_frames(chip: StreamChip, guard: str, faults: list[Fault]) -> list[int]:
    result = chip.run(guard, faults=faults)
    assert result.outcome == "completed"
    assert len(result.fault_events) == len(faults)
    wrong = np.flatnonzero(result.kept[SINK] != chip.profile(guard).result.kept[SINK])
    return sorted({int(k) // (2 * SAMPLES) for k in wrong})


@pytest.mark.parametrize("queue", [Queue(depth=300, working_set=1), Queue()])
@pytest.mark.parametrize("core", ["split", "reorder16_1", "combine8_0", "join"])
@pytest.mark.parametrize("kind", ["missing-push", "extra-push"])
def test_a_miscount_stays_in_its_frame_with_headers_only(
    core: str, kind: str, queue: Queue
) -> None:
    chip = StreamChip(fft_graph(received(8 * SAMPLES)), Machine(queue=queue))
    first = sum(end.retired for end in chip.profile("commguard").result.frames[core][:3])
    faults = [Fault.parse(f"{core}@{first + 30}:{kind}.0")]
    assert wrong_frames(chip, "commguard", faults) == [3]
    assert wrong_frames(chip, "pass-through", faults) == [3, 4, 5, 6, 7]
    assert wrong_frames(chip, "reliable-queue", faults) == [3, 4, 5, 6, 7]


@pytest.mark.parametrize("guard", GUARDS)
def test_runs_with_faults_end(guard: str) -> None:
    chip = StreamChip(fft_graph(received(6 * SAMPLES)), Machine())
    for seed in (1, 2, 3):
        result = chip.run(guard, Protection(), Schedule(regfile_int, seed, 16_384, RETIRED))
        assert result.outcome == "completed", result.detail
        assert result.total("faults_injected") > 3


def test_frames_without_a_fault_a_pad_or_a_discard_are_bit_equal() -> None:
    chip = StreamChip(fft_graph(received(12 * SAMPLES)), Machine())
    clean = chip.profile("commguard").result.kept[SINK]
    struck = wrong = 0
    for seed in range(30):
        result = chip.run("commguard", Protection(), Schedule(regfile_int, seed, 65_536, RETIRED))
        found = {int(k) // (2 * SAMPLES) for k in np.flatnonzero(result.kept[SINK] != clean)}
        hit = {event["frame"] for event in result.fault_events}
        assert found <= hit | set(np.flatnonzero(result.pads + result.discards).tolist())
        struck += len(hit)
        wrong += len(found)
    assert wrong > 10
    assert struck < 30 * 12 - 100, "too many frames are struck to say anything about the others"
