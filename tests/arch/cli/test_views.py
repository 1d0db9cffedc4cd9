# SPDX-License-Identifier: Apache-2.0
"""Views of a run: whole files or none, one line for a mistake, and the record of a plain run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guardlane.cli import main
from guardlane.window import MOST_INSTRUCTIONS
from tests.core_golden import golden_images
from tests.kanata import read_kanata
from tests.plugin import TOY, install

FIR = "run complex-fir --steady-states 4 --mtbe 20k --seed 3"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "site", "toybox", TOY, {"guardlane.workloads": {"toy": "toybox:Toy"}})
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path)
    Path("fir.hex").write_bytes(golden_images()["fir16_4"])
    Path("folder").mkdir()


def said(arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(arguments.split()) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("guard", ["commguard", "software-queue"])
@pytest.mark.parametrize("timing", ["classes", "cv32e40p_fpu_lat1"])
def test_the_record_is_the_same_to_the_last_byte(
    guard: str, timing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = f"{FIR} --guard {guard} --set machine.core.timing={timing} --json"
    plain = said(call, capsys)
    views = "--stats s.txt --timeline t.json --pipeline-trace p.kanata --trace-window 101..400"
    assert said(f"{call} {views}", capsys) == plain
    record = json.loads(plain)
    stats = {
        line.split()[0]: line.split()[1]
        for line in Path("s.txt").read_text().splitlines()
        if line and not line.startswith("-")
    }
    numbers = record["statistics"] | {
        f"run.{name}": record[name] for name in ("cycles", "retired_instructions", "snr_db")
    }
    assert {name: stats[name] for name in numbers} == {
        name: repr(value) for name, value in numbers.items()
    }
    assert "not described" not in Path("s.txt").read_text()
    assert len(read_kanata(Path("p.kanata").read_text()).ops) == 300
    slices = [e for e in json.loads(Path("t.json").read_text())["traceEvents"] if e["ph"] == "X"]
    cycles = sum(e["dur"] for e in slices if e["cat"] == "frame" and e["pid"] == 1)
    assert cycles == record["statistics"]["core.fir.cycles"]


def test_no_quantum_changes_a_view(capsys: pytest.CaptureFixture[str]) -> None:
    for quantum in (7, 1_000_000):
        views = f"--timeline t{quantum}.json --pipeline-trace p{quantum}.kanata"
        said(f"{FIR} --quantum {quantum} {views} --trace-window 900..1200", capsys)
    assert Path("t7.json").read_bytes() == Path("t1000000.json").read_bytes()
    assert Path("p7.kanata").read_bytes() == Path("p1000000.kanata").read_bytes()


def test_a_program_alone_has_a_trace(capsys: pytest.CaptureFixture[str]) -> None:
    call = "run elf fir.hex --core ibex_small --memory-wait 1 --json"
    plain = said(call, capsys)
    assert said(f"{call} --pipeline-trace p.kanata --trace-window 1..999999", capsys) == plain
    record = json.loads(plain)
    log = read_kanata(Path("p.kanata").read_text())
    assert (len(log.ops), log.last) == (record["retired_instructions"], record["cycles"])


def test_files_are_named_as_they_were_given(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(f"{FIR} --stats new/s.txt --timeline t.json --out kept", capsys)
    lines = out.splitlines()[-4:]
    assert lines == ["kept/record.json", *lines[1:2], "new/s.txt", "t.json"]
    assert Path("new/s.txt").exists()
    assert not Path("kept/t.json").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("--timeline /dev/null/x/t.json", "--timeline: /dev/null/x: Not a directory"),
        ("--stats folder", "--stats: folder: is not a regular file"),
        ("--stats /dev/null", "--stats: /dev/null: is not a regular file"),
        ("--stats a --timeline ./a", "--timeline: a is where --stats goes"),
        ("--stats a --seeds 1..2", "--stats: shows one run, not those of --seeds or --compare"),
        ("--timeline a --compare", "--timeline: shows one run, not those of --seeds or --compare"),
        ("--trace-core fir", "--trace-core: says what --pipeline-trace shows, which is missing"),
        ("--trace-window 1..9", "--trace-window: says what --pipeline-trace shows, which is"),
        ("--pipeline-trace a --trace-window 9..1", "--trace-window: instructions must go up, not"),
        ("--pipeline-trace a --trace-window 0..1", "--trace-window: instructions are counted from"),
        ("--pipeline-trace a --trace-window x", "--trace-window: want instructions such as"),
        (
            f"--pipeline-trace a --trace-window 1..{MOST_INSTRUCTIONS + 1}",
            "--trace-window: a window has 1,000,000 instructions at most, not 1..1000001",
        ),
        ("--pipeline-trace a --trace-core fri", "no core is named 'fri'; there are fir"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(
    arguments: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(Path().rglob("*"))
    assert main(f"{FIR} {arguments}".split()) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"guardlane: {line}")
    assert shown.err.count("\n") == 1
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ("run toy --timeline a", "--timeline: workload toy cannot be watched"),
        ("run toy --pipeline-trace a", "--pipeline-trace: workload toy cannot be watched"),
        ("run elf fir.hex --timeline a", "--timeline: a program alone has no frames and no queues"),
        (
            "run elf fir.hex --pipeline-trace a --trace-core x",
            "no core is named 'x'; there is core",
        ),
    ],
)
def test_a_workload_that_has_no_such_view_says_so(
    call: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(call.split()) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"guardlane: {line}")
    assert not Path("a").exists()


def test_any_workload_has_statistics(capsys: pytest.CaptureFixture[str]) -> None:
    said("run toy --stats s.txt --seed 5", capsys)
    lines = [line.split(maxsplit=2) for line in Path("s.txt").read_text().splitlines()]
    assert ["run.sum", "15", "# pips of all throws (pips)"] in lines
    assert ["throws_made", "3", "# dice thrown (throws)"] in lines


def test_an_old_file_is_replaced_as_a_whole_or_not_at_all(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("s.txt").write_text("old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("guardlane.cli.keep.os.fsync", full)
    assert main(["run", "toy", "--stats", "s.txt"]) != 0
    assert "No space left on device" in capsys.readouterr().err
    assert Path("s.txt").read_text() == "old"
