# SPDX-License-Identifier: Apache-2.0
"""The beamformer gives the same bits in Python, in numpy and on 24 cores, and hears the speaker."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from guardlane.chip.engine import Schedule, StreamChip
from guardlane.chip.machine import Machine, Queue
from guardlane.core.protection import Protection
from guardlane.errors import GuardlaneError
from guardlane.faults import RETIRED, Fault, regfile_int
from guardlane_workloads.streams.audiobeamformer.geometry import (
    LATEST,
    NOISE,
    SPEAKER,
    Place,
    delays,
    lags,
)
from guardlane_workloads.streams.audiobeamformer.graph import SINK, beam_graph
from guardlane_workloads.streams.audiobeamformer.signal import Scene, beamed, delayed, scene
from guardlane_workloads.streams.audiobeamformer.voice import PEAK, voice
from guardlane_workloads.streams.snr import Signal, snr_db
from tests.workloads.jpeg.native_graph import run_natively

GUARDS = ("software-queue", "reliable-queue", "pass-through", "commguard")
WAITED = ("timeouts", "pads", "discarded_items", "traps", "watchdogs")
MICROPHONES = 15
GROUP = 64


@cache
def heard(samples: int) -> Scene:
    return scene(voice(samples))


def bits(signal: Signal) -> npt.NDArray[np.int32]:
    return np.ascontiguousarray(signal).view(np.int32).ravel()


def ratio(reference: Signal, signal: Signal) -> float:
    found = snr_db(reference, signal)
    assert found is not None
    return found


def test_plain_python_and_numpy_agree_bit_for_bit() -> None:
    microphones = heard(3 * GROUP).microphones
    found = run_natively(beam_graph(microphones, GROUP))[SINK]
    np.testing.assert_array_equal(found, bits(beamed(microphones)))


@pytest.mark.parametrize("guard", GUARDS)
def test_the_cores_agree_bit_for_bit_and_nobody_waits_in_vain(guard: str) -> None:
    for group, frame_size in ((64, 1), (64, 4), (1, 2)):
        microphones = heard(10 * group).microphones
        result = StreamChip(beam_graph(microphones, group), Machine(), frame_size).run(guard)
        assert result.outcome == "completed", result.detail
        np.testing.assert_array_equal(result.kept[SINK], bits(beamed(microphones)))
        assert [result.total(count) for count in WAITED] == [0] * len(WAITED)


def test_every_filter_fires_once_a_sample() -> None:
    graph = beam_graph(heard(3 * GROUP).microphones, GROUP)
    balanced = graph.balance()
    names = {"split", "join", "average"}
    names |= {f"{kind}_{way}" for kind in ("split", "join") for way in range(3)}
    names |= {f"interpolate_{number}" for number in range(MICROPHONES)}
    assert balanced.firings == dict.fromkeys(names, GROUP)
    assert len(names) == 24
    widths = {edge.name: int(counts[0]) // GROUP for edge, counts in balanced.counts.items()}
    assert widths.pop("microphones->split") == widths.pop("join->average") == 15
    assert widths.pop(f"average->{SINK}") == 1
    assert {name: width for name, width in widths.items() if width != 1} == {
        name: 5 for way in range(3) for name in (f"split->split_{way}", f"join_{way}->join")
    }


def test_the_counted_pops_and_pushes_are_the_rates() -> None:
    graph = beam_graph(heard(3 * GROUP).microphones, GROUP)
    result = StreamChip(graph, Machine()).run("reliable-queue")
    wide = {"split": (15, 15), "join": (15, 15), "average": (15, 1)}
    for core in result.frames:
        moved = wide.get(core, (1, 1) if core.startswith("interpolate") else (5, 5))
        counted = (result.statistics[f"core.{core}.{name}"] for name in ("pops", "pushes"))
        assert tuple(counted) == tuple(3 * GROUP * items for items in moved)


def test_the_splitters_deal_microphones_in_order() -> None:
    graph = beam_graph(heard(GROUP).microphones, GROUP)
    order = {
        edge.consumer: 5 * int(edge.producer[-1]) + edge.out_port
        for edge in graph.edges
        if edge.consumer.startswith("interpolate")
    }
    assert order == {f"interpolate_{number}": number for number in range(MICROPHONES)}


def test_a_broken_group_is_refused() -> None:
    with pytest.raises(GuardlaneError, match="audiobeamformer: 100 samples are no whole groups"):
        beam_graph(heard(100).microphones, GROUP)


def test_delays_are_those_of_the_array() -> None:
    found = delays(SPEAKER)
    assert (found[0], found[-1]) == pytest.approx((1.2537, 13.3410), abs=1e-4)
    assert found == sorted(found)
    assert delays(NOISE) == sorted(delays(NOISE), reverse=True)
    for lag, delay in zip(lags(SPEAKER), found, strict=True):
        assert lag + delay == LATEST
        assert (delay * 2**20).is_integer()


def test_delay_lines_that_are_too_short_are_an_error() -> None:
    with pytest.raises(GuardlaneError, match="a beam at .* needs delay lines of 21 samples"):
        beam_graph(heard(GROUP).microphones, GROUP, NOISE)


def test_a_delay_by_part_of_a_sample_is_one() -> None:
    times = np.arange(400)
    for frequency in (0.01, 0.1, 0.25):
        tone = np.sin(2 * np.pi * frequency * times)
        for delay in (0.0, 3.0, 7.25, 13.8):
            late = delayed(tone, delay)[50:350]
            expected = np.sin(2 * np.pi * frequency * (times - delay))[50:350]
            np.testing.assert_allclose(late, expected, atol=2e-3)
    assert (delayed(np.ones(30), 20.0)[:4] == 0).all()


@pytest.mark.parametrize(
    "elsewhere", [(1.5, 3.0, 1.0), (1.5, 2.6, 1.0), (1.83, 3.6, 1.0), (1.4, 3.4, 0.8)]
)
def test_the_beam_raises_the_voice_out_of_the_noise_and_others_do_not(elsewhere: Place) -> None:
    found = heard(9600)
    alone = ratio(found.voice_at_first, found.microphones[:, :1])
    aimed = ratio(found.voice, beamed(found.microphones))
    assert alone < 3
    assert aimed > alone + 12
    assert ratio(found.voice, beamed(found.microphones, elsewhere)) < alone + 4


def test_the_voice_comes_through_as_it_is() -> None:
    said = voice(9600)
    voices = np.stack([delayed(said, delay) for delay in delays(SPEAKER)], axis=1)
    assert ratio(heard(9600).voice, beamed(voices.astype(np.float32))) > 25


def test_what_is_heard_is_made_of_converter_steps_and_never_changes() -> None:
    found = heard(9600)
    for signal in (found.microphones, found.voice, found.voice_at_first):
        np.testing.assert_array_equal(signal * 32768, np.rint(signal * 32768))
    assert 0.5 < np.abs(found.microphones).max() < 1
    np.testing.assert_array_equal(
        (found.microphones[2000:2002, :5] * 32768).astype(int),
        [[3275, 3500, -1880, -1255, -3248], [3503, 73, -2078, -2142, 1653]],
    )


def test_the_voice_speaks_in_syllables() -> None:
    said = voice(2 * 3200)
    assert np.abs(said).max() == pytest.approx(PEAK)
    loud = (said.reshape(-1, 400) ** 2).mean(axis=1) > 1e-8
    assert loud.tolist() == 2 * (6 * [True] + 2 * [False])
    spectrum = np.abs(np.fft.rfft(said[:2400]))
    assert 650 < 16_000 / 2400 * spectrum.argmax() < 850, "the first formant of an a"


def wrong_frames(chip: StreamChip, guard: str, faults: list[Fault]) -> list[int]:
    result = chip.run(guard, faults=faults)
    assert result.outcome == "completed"
    assert len(result.fault_events) == len(faults)
    wrong = np.flatnonzero(result.kept[SINK] != chip.profile(guard).result.kept[SINK])
    return sorted({int(k) // GROUP for k in wrong})


@pytest.mark.parametrize("queue", [Queue(depth=64, working_set=1), Queue()])
@pytest.mark.parametrize("core", ["split", "split_1", "interpolate_7", "join_2", "join"])
def test_a_missing_push_stays_near_with_headers_only(core: str, queue: Queue) -> None:
    chip = StreamChip(beam_graph(heard(8 * GROUP).microphones, GROUP), Machine(queue=queue))
    first = sum(end.retired for end in chip.profile("commguard").result.frames[core][:3])
    faults = [Fault.parse(f"{core}@{first + 30}:missing-push.0")]
    # A delay line that was given a pad at the end of a frame plays it in the next.
    near = [3, 4] if core.startswith("split") else [3]
    assert wrong_frames(chip, "commguard", faults) == near
    assert wrong_frames(chip, "pass-through", faults) == [3, 4, 5, 6, 7]
    assert wrong_frames(chip, "reliable-queue", faults) == [3, 4, 5, 6, 7]


@pytest.mark.parametrize("guard", GUARDS)
def test_runs_with_faults_end(guard: str) -> None:
    chip = StreamChip(beam_graph(heard(6 * GROUP).microphones, GROUP), Machine())
    for seed in (1, 2, 3):
        result = chip.run(guard, Protection(), Schedule(regfile_int, seed, 16_384, RETIRED))
        assert result.outcome == "completed", result.detail
        assert result.total("faults_injected") > 3
