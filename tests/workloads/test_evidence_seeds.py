# SPDX-License-Identifier: Apache-2.0
"""A thousand seeds over nine octaves of error rates: every run ends in an outcome, none raises."""

from __future__ import annotations

from collections import Counter

import pytest

from guardlane.chip.engine import Schedule, StreamChip
from guardlane.chip.machine import Machine
from guardlane.core.protection import Protection
from guardlane.faults import CYCLE, RETIRED, alu_uniform, regfile_int, regfile_int_fp
from guardlane.record import Outcome
from guardlane_workloads.streams.complex_fir.graph import fir_graph
from guardlane_workloads.streams.complex_fir.signal import received
from guardlane_workloads.streams.jpeg.graph import jpeg_graph
from guardlane_workloads.streams.jpeg.picture import prepare
from tests.workloads.jpeg.sample_photos import file_of, photo

SEEDS = 1000
LOWEST, OCTAVES = 16_384, 9  # mean time between errors, from 16k to 8192k
MODELS = (regfile_int, regfile_int, alu_uniform, regfile_int_fp)
GUARDS = ("software-queue", "reliable-queue", "pass-through", "commguard")
GAPS = ("none", "budget", "sequencer,budget", "sequencer,address-guard,write-guard")


def small_decoder() -> StreamChip:
    picture = photo("coffee.png", (200, 100, 224, 124))  # three rows of three MCUs
    return StreamChip(jpeg_graph(prepare(file_of(picture), 85, "coffee").encoded), Machine())


def small_filter() -> StreamChip:
    return StreamChip(fir_graph(received(16 * 16), 16), Machine(), frame_size=2)


def schedule(seed: int, count: int) -> Schedule:
    """Value of a schedule whose rate, model and clock depend on the seed alone."""
    mean = round(LOWEST * 2 ** (OCTAVES * (seed - 1) / (count - 1)))
    return Schedule(MODELS[seed % 4], seed, mean, CYCLE if seed % 8 > 5 else RETIRED)


def outcomes(
    chip: StreamChip, guard: str, count: int, step: int = 1, protections: tuple[str, ...] = ("ppu",)
) -> tuple[Counter[str], int]:
    """Value of how often each outcome occurs over every `step`-th of `count` seeds, and of flips.

    The seeds take turns with `protections`.
    """
    found: Counter[str] = Counter()
    flips = 0
    for turn, seed in enumerate(range(1, count + 1, step)):
        protection = Protection.parse(protections[turn % len(protections)])
        result = chip.run(guard, protection, schedule(seed, count))
        found[Outcome(result.outcome)] += 1  # raises on anything that is none
        flips += result.total("faults_injected")
    return found, flips


@pytest.mark.parametrize("guard", GUARDS)
def test_a_thousand_decodes_on_protected_cores_all_end(guard: str) -> None:
    found, flips = outcomes(small_decoder(), guard, SEEDS)
    assert found.total() == SEEDS
    # Only a queue whose pointers lie in the cores' hands can keep a run busy up to its limit.
    assert found["completed"] >= (0.9 * SEEDS if guard == "software-queue" else SEEDS)
    assert flips > SEEDS


@pytest.mark.parametrize("guard", GUARDS)
def test_decodes_on_cores_that_lack_protection_end_too(guard: str) -> None:
    found, _ = outcomes(small_decoder(), guard, SEEDS, 5, GAPS)
    assert found.total() == SEEDS // 5
    assert found["trapped"] > 0, "a core without address guards should have crashed"
    assert found["completed"] > SEEDS // 10


@pytest.mark.parametrize("guard", GUARDS)
def test_filters_end_too(guard: str) -> None:
    found, _ = outcomes(small_filter(), guard, SEEDS, 5)
    assert found == {"completed": SEEDS // 5}
    assert outcomes(small_filter(), guard, SEEDS, 5, GAPS)[0].total() == SEEDS // 5
