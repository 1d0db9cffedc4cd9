# SPDX-License-Identifier: Apache-2.0
"""Shares of units and bits are settings of any program, and what they draw is a plain schedule."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guardlane.cli import main

SHARES = """
[fp]
weight = 2
bits = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]

[add]
weight = 1
"""


def of_units(capsys: pytest.CaptureFixture[str], place: Path, *options: str) -> str:
    (place / "shares.toml").write_text(SHARES)
    call = ["run", "complex-fir", "--alu", str(place / "shares.toml"), "--mtbe", "8k", *options]
    assert main([*call, "--steady-states", "32", "--json"]) == 0
    return capsys.readouterr().out


def faults_of(record: str) -> list[str]:
    return [str(event["fault"]) for event in json.loads(record)["fault_events"]]


def test_a_file_of_shares_decides_units_and_bits_and_the_run_replays(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    first = of_units(capsys, tmp_path, "--faults", "alu-uniform")
    assert of_units(capsys, tmp_path, "--faults", "alu-uniform") == first
    named = [text.partition(":")[2].rpartition(".") for text in faults_of(first)]
    assert {unit for unit, *_ in named} == {"alu-fp", "alu-add"}
    assert {bit for unit, _, bit in named if unit == "alu-fp"} == {"21", "22"}
    again = ["run", "complex-fir", "--steady-states", "32", "--json"]
    assert main([*again, "--replay", ",".join(faults_of(first))]) == 0
    replayed, drawn = json.loads(capsys.readouterr().out), json.loads(first)
    same = drawn.keys() - {"config", "config_hash", "alu", "faults", "mtbe", "replay"}
    assert {key: replayed[key] for key in same} == {key: drawn[key] for key in same}
    assert drawn["snr_db"] is not None


def test_stuck_bits_take_shares_and_models_without_units_refuse_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    stuck = of_units(capsys, tmp_path, "--faults", "alu-stuck")
    assert {text.partition("-")[2].partition(".")[0] for text in faults_of(stuck)} <= {"fp", "add"}
    for model in ("regfile-int", "alu-timing"):
        assert main(["run", "complex-fir", "--faults", model, "--set", "alu.mul.weight=1"]) == 2
        assert capsys.readouterr().err == (
            f"guardlane: faults {model} are not dealt to units of the ALU: all weights of alu must "
            "be 0\n"
        )


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("alu.mul.bits=[1, 2]", "alu.mul.bits: must be 32 weights, bit 0 first, not 2"),
        ("alu.mul.weight=nan", "alu.mul.weight: must be a finite number, not nan"),
        ("alu.mul.weight=-2", "alu.mul.weight: must be 0.0 or more, not -2"),
        ("alu.mull.weight=2", "alu.mull.weight: unknown key (did you mean 'mul'?)"),
    ],
)
def test_a_wrong_share_is_one_line_with_its_name_and_number(
    option: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "complex-fir", "--faults", "alu-uniform", "--set", option]) == 2
    assert capsys.readouterr().err == f"guardlane: --set {said}\n"


def test_the_table_of_shares_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "alu"]) == 0
    shown = capsys.readouterr().out
    assert all(f"alu.{unit}." in shown for unit in ("add", "shift", "logic", "mul", "div", "fp"))
