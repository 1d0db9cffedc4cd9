# SPDX-License-Identifier: Apache-2.0
"""The locksteps run through every line, branch and cell of the contract; waivers are named."""

from __future__ import annotations

import re

import pytest

from guardlane.guard.alignment import State
from guardlane.guard.shell_alignment import Command
from guardlane_rtl.build import RTL, build
from guardlane_rtl.cases import CASES
from guardlane_rtl.coverage import (
    KINDS,
    UNREACHABLE,
    WAIVERS,
    cover,
    legal_cells,
    read_points,
    share,
    waiver,
)
from guardlane_rtl.lockstep import alignment_lockstep
from guardlane_rtl.proofs import PROOFS
from guardlane_rtl.prove import FORMAL

SEGMENTS = 100
CELLS = re.findall(r"\b(p_\w+) :", (FORMAL / "cells_proof.sv").read_text())


@pytest.mark.parametrize("block", CASES)
def test_a_lockstep_runs_through_its_block(block: str) -> None:
    points = cover(block, CASES[block], SEGMENTS)
    hit, of = zip(*(share(points, kind) for kind in KINDS), strict=True)
    assert hit[:2] == of[:2], [p for p in points if not p.hits and not waiver(p)]
    assert hit[2] >= 0.95 * of[2]
    assert of[2] > (15 if block == "command_timer" else 50)
    # what is waived never runs, or it would not need to be
    assert not [point for point in points if point.kind != "toggle" and waiver(point) and point.hits
                and not point.file.endswith(".svh")]  # fmt: skip


def test_one_short_segment_does_not_run_through_it() -> None:
    points = cover("alignment_manager", CASES["alignment_manager"], 1)
    assert share(points, "toggle")[0] < share(points, "toggle")[1]


def test_every_waiver_names_a_line_that_is_there() -> None:
    for (file, text, _), reason in WAIVERS.items():
        assert reason
        lines = [line.strip() for line in (RTL / file).read_text().splitlines()]
        assert not text or lines.count(text) == 1


def test_every_legal_cell_of_the_contract_is_run_and_no_other() -> None:
    built = build("alignment_manager", {"DataWidth": 8, "IdWidth": 2, "PadData": 0})
    done = alignment_lockstep(built, 8, 2, 0, 12_000_000)
    assert done.mismatches == 0, done.first
    cells = {key[1:] for key in done.seen if key[0] == "cell"}
    assert len(legal_cells()) == 122
    assert cells == legal_cells()


def test_every_cell_that_is_waived_has_a_cover_that_fails_for_every_run() -> None:
    assert len(UNREACHABLE) == 6
    by_name = {proof.name: proof for proof in PROOFS}
    for cell, name in UNREACHABLE.items():
        proof = by_name[name]
        state, command = cell.split(" while ")
        number = {"State": State[state], "Command": Command[command.split()[0]]}
        assert (proof.top, proof.mode, dict(proof.parameters)) == ("cells_proof", "cover", number)
        assert (proof.expected, proof.label) == ("fails", "c_cell")
        promise = f"p_{state}_{command.split()[0]}".lower()
        assert promise in CELLS  # so that no longer run reaches it either
    assert len(CELLS) == len(set(CELLS)) == 7
    assert any(p.top == "cells_proof" and p.mode == "induction" for p in PROOFS)


def test_no_cell_that_is_waived_is_a_legal_one() -> None:
    commands = {(state, command) for state, _, command, _ in legal_cells()}
    for cell in UNREACHABLE:
        state, command = cell.split(" while ")
        assert (State[state], Command[command.split()[0]]) not in commands


def test_points_of_two_instances_of_a_module_add_up() -> None:
    keys = "\x01f\x02a.sv\x01l\x023\x01page\x02v_line/m\x01o\x02block\x01h\x02top.{}"
    text = "# SystemC::Coverage-3\n" + "".join(f"C '{keys.format(n)}' {n}\n" for n in (2, 3))
    assert [tuple(point) for point in read_points(text)] == [("line", "a.sv", 3, "block", 5)]
