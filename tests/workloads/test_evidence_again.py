# SPDX-License-Identifier: Apache-2.0
"""A run done again is the same run: wherever the picture lies, however the host slices time."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from guardlane.record import Record
from guardlane.units import Mtbe
from guardlane_workloads.streams.complex_fir.workload import ComplexFIR, ComplexFIRConfig
from guardlane_workloads.streams.jpeg.workload import JPEG, JPEGConfig
from tests.workloads.jpeg.sample_photos import file_of, photo

GUARDS = ("software-queue", "reliable-queue", "pass-through", "commguard")
OF_THE_SCHEDULE = ("config", "config_hash", "mtbe", "replay")


@cache
def picture() -> bytes:
    return file_of(photo("coffee.png", (200, 100, 232, 132)))


def printed(folder: Path, name: str, hash_seed: str, quantum: str = "9999", seed: str = "3") -> str:
    """Value of the JSON that a process of its own prints, started in `folder`."""
    folder.mkdir(parents=True)
    (folder / name).write_bytes(picture())
    command = [sys.executable, "-m", "guardlane.cli", "run", "jpeg", name, "--json"]
    found = subprocess.run(
        [*command, "--mtbe", "32k", "--seed", seed, "--quantum", quantum],
        cwd=folder,
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout


def test_neither_place_nor_hash_seed_nor_quantum_changes_a_byte(tmp_path: Path) -> None:
    first = printed(tmp_path / "here", "photo.png", "0")
    assert '"completed": true' in first
    for place, name, hash_seed, quantum in (
        ("there", "photo.png", "1", "1"),
        ("there/below", "same.png", "random", "7"),
        ("elsewhere", "again.bin", "random", "1000"),
    ):
        assert printed(tmp_path / place, name, hash_seed, quantum) == first
    assert printed(tmp_path / "other", "photo.png", "0", seed="4") != first


def jpeg(tmp_path: Path, **settings: Any) -> Record:
    path = tmp_path / "photo.png"
    path.write_bytes(picture())
    return JPEG().run(JPEGConfig(image=path, **settings))


@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("protection", ["ppu", "none"])
def test_no_quantum_changes_a_record(tmp_path: Path, guard: str, protection: str) -> None:
    for seed in (1, 2, 3):
        settings = {"guard": guard, "protection": protection, "seed": seed}
        first, *others = (
            jpeg(tmp_path, quantum=quantum, mtbe=Mtbe.parse("64k"), **settings)
            for quantum in (1 << 20, 1, 7, 1000)
        )
        assert first.metrics["faults_injected"] > 0
        for other in others:
            assert other.to_json() == first.to_json()
            assert other.files == first.files


def same_but_for_the_schedule(first: Record, second: Record) -> None:
    seen = [record.as_dict() for record in (first, second)]
    for fields in seen:
        for name in OF_THE_SCHEDULE:
            fields.pop(name)
    assert seen[0] == seen[1]
    assert first.files == second.files


@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize(
    "faults", ["regfile-int", "regfile-int+fp", "alu-uniform", "alu-timing", "alu-stuck"]
)
@pytest.mark.parametrize("mtbe", ["64k", "50us"])
def test_the_faults_of_a_record_replay_it(
    tmp_path: Path, guard: str, faults: str, mtbe: str
) -> None:
    settings: dict[str, Any] = {"guard": guard, "seed": 5, "faults": faults}
    drawn = jpeg(tmp_path, mtbe=Mtbe.parse(mtbe), **settings)
    struck = [event["fault"] for event in drawn.fault_events]
    assert len(struck) == drawn.metrics["faults_injected"] > 0
    again = jpeg(tmp_path, replay=",".join(struck), **settings)
    same_but_for_the_schedule(drawn, again)
    alone = jpeg(tmp_path, replay=struck[0], **settings)
    assert [event["fault"] for event in alone.fault_events] == struck[:1]


def test_the_faults_of_a_filters_record_replay_it() -> None:
    drawn = ComplexFIR().run(ComplexFIRConfig(mtbe=Mtbe.parse("64k"), faults="regfile-int+fp"))
    struck = [event["fault"] for event in drawn.fault_events]
    assert len(struck) > 1
    again = ComplexFIR().run(ComplexFIRConfig(replay=",".join(struck), faults="regfile-int+fp"))
    same_but_for_the_schedule(drawn, again)
