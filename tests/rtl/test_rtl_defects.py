# SPDX-License-Identifier: Apache-2.0
"""One thing wrong in the hardware is found twice: by the lockstep, and by the stream benches."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardlane_rtl.build import RTL, Built, build
from guardlane_rtl.lockstep import (
    QUEUE_FLIPS,
    Agreement,
    alignment_lockstep,
    inserter_lockstep,
    queue_lockstep,
)
from guardlane_rtl.simulate import build_simulation
from tests.rtl.conftest import BENCHES
from tests.rtl.defects import DEFECTS, Defect, plant

CYCLES = 20_000


def lockstep(block: str, sources: tuple[Path, ...]) -> Agreement:
    """Run the lockstep of `block`, built out of `sources`, at one set of parameters."""

    def built(parameters: dict[str, int]) -> Built:
        flips = QUEUE_FLIPS if block == "queue_manager" else None
        return build(block, parameters, sources=sources, flips=flips)

    if block == "alignment_manager":
        parameters = {"DataWidth": 32, "IdWidth": 8, "PadData": 3}
        return alignment_lockstep(built(parameters), 32, 8, 3, CYCLES)
    if block == "header_inserter":
        parameters = {"DataWidth": 32, "IdWidth": 8, "DelayFrames": 0}
        return inserter_lockstep(built(parameters), 32, 8, 0, CYCLES)
    parameters = {"DataWidth": 32, "IdWidth": 8, "Depth": 5, "WorkingSet": 2}
    return queue_lockstep(built(parameters), 32, 8, 5, 2, CYCLES)


@pytest.mark.parametrize("block", sorted({defect.block for defect in DEFECTS}))
def test_the_hardware_as_it_is_passes(block: str) -> None:
    assert lockstep(block, (RTL,)).mismatches == 0


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name.partition(":")[0])
def test_a_defect_is_found_by_the_lockstep(defect: Defect, tmp_path: Path) -> None:
    found = lockstep(defect.block, (plant(defect, tmp_path / "planted"), RTL))
    assert found.mismatches > 10
    assert found.first.startswith("cycle ")


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name.partition(":")[0])
def test_a_defect_is_found_by_the_stream_benches(defect: Defect, tmp_path: Path) -> None:
    sources = (plant(defect, tmp_path / "planted"), RTL, BENCHES)
    simulation = build_simulation("icarus", "bench_top", tmp_path / "build", sources=sources)
    outcomes = simulation.run("tests.rtl.benches.bench_link")
    failed = [outcome for outcome in outcomes.values() if outcome.failure]
    assert failed
    assert all("Error" in outcome.failure for outcome in failed)
    assert any(outcome.name.startswith(defect.bench) for outcome in failed)
