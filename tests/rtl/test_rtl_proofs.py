# SPDX-License-Identifier: Apache-2.0
"""Proofs of the checkers: each comes out as it must, those that must fail among them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guardlane.errors import GuardlaneError
from guardlane_rtl.build import RTL
from guardlane_rtl.coverage import UNREACHABLE
from guardlane_rtl.proofs import PROOFS
from guardlane_rtl.prove import FORMAL, Proof, prove
from tests.rtl.defects import DEFECTS, Defect, plant

BY_NAME = {proof.name: proof for proof in PROOFS}

# The proof of a defect's block, and the promise that the defect breaks.
BROKEN = {
    "wrong transition": ("alignment: (a)-(d), ports, nothing lost", "p_a_place"),
    "lossy arc": ("inserter: a legal stream, the i-th push in its place", "p_place"),
    "wrong compare width": ("alignment: (a)-(d), ports, nothing lost", "p_header_discard"),
    "unpublished partial set": ("queue: delivers what was pushed", "p_shown"),
    "dropped header": ("inserter: a legal stream, the i-th push in its place", "p_place"),
}


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.name)
def test_a_proof_comes_out_as_it_must(proof: Proof) -> None:
    verdict = prove(proof)
    assert verdict.result == proof.expected, verdict.said
    assert (proof.label in verdict.labels) if proof.label else verdict.labels == ()


@pytest.mark.parametrize("top", sorted({proof.top for proof in PROOFS}))
def test_each_harness_has_a_cover_and_a_bound_that_fails(top: str) -> None:
    of_top = [proof for proof in PROOFS if proof.top == top]
    assert {proof.mode for proof in of_top} >= {"induction", "cover"}
    assert any(proof.expected == "fails" for proof in of_top)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name.split(":")[0])
def test_a_seeded_defect_breaks_a_promise(defect: Defect, tmp_path: Path) -> None:
    name, label = BROKEN[defect.name.split(":")[0]]
    folder = plant(defect, tmp_path / "defect")
    # Only the promises: that a helper falls would say nothing of what a core sees.
    proof = _promises_only(BY_NAME[name])
    assert prove(proof).result == "holds"
    verdict = prove(proof, (folder, RTL, FORMAL))
    assert verdict.result == "fails", verdict.said
    assert label in verdict.labels


# A block, what is wrong in it, and the promise that only a proof finds broken.
FORGETS = {
    "a source its end": (
        "commguard_source",
        {"eoc_q  <= eoc_q || eoc_i;": "eoc_q  <= eoc_i;"},
        "ending: what is left falls in every cycle",
        "p_nearer",
    ),
    "a manager the end": (
        "alignment_manager",
        {"(looks && closed_i)": "(1'b0)", "(unit_kind_i == KindEoc)": "(1'b0)"},
        "ending: what is left falls in every cycle",
        "p_nearer",
    ),
    "a reader its reset": (
        "shared_pointer",
        {"trusted_q <= '0;": "trusted_q <= value_o;"},
        "queue: two flips in each pointer",
        "p_published",
    ),
}


@pytest.mark.parametrize("who", FORGETS)
def test_what_is_forgotten_breaks_a_promise(who: str, tmp_path: Path) -> None:
    block, wrong, name, label = FORGETS[who]
    text = (RTL / f"{block}.sv").read_text()
    for right, other in wrong.items():
        assert text.count(right) == 1
        text = text.replace(right, other)
    (tmp_path / f"{block}.sv").write_text(text)
    verdict = prove(_promises_only(BY_NAME[name]), (tmp_path, RTL, FORMAL))
    assert (verdict.result, verdict.labels) == ("fails", (label,)), verdict.said


def test_a_waived_cell_alone_is_not_reached() -> None:
    for name in UNREACHABLE.values():
        assert prove(BY_NAME[name]).labels == ("c_cell",)  # its state and its command are


@pytest.mark.parametrize("label", ["p_disc_pop", "p_disc_new_frame", "p_disc_end"])
def test_a_manager_that_answers_nothing_after_a_discard_breaks_the_cells_proof(
    label: str, tmp_path: Path
) -> None:
    text = (RTL / "alignment_manager.sv").read_text()
    right = "open_d = looks && !gives_item && !gives_pad;"
    assert text.count(right) == 1
    wrong = text.replace(right, right.replace(";", " && !drops_item;"))
    (tmp_path / "alignment_manager.sv").write_text(wrong)
    # one promise at a time, as the solver names the first that falls
    harness = (FORMAL / "cells_proof.sv").read_text()
    others = re.sub(rf"^ +p_(?!{label[2:]}\b)\w+ : .*\n", "", harness, flags=re.MULTILINE)
    (tmp_path / "cells_proof.sv").write_text(others)
    proof = _promises_only(BY_NAME["cells: no command in Disc or DiscFr, no other state"])
    verdict = prove(proof, (tmp_path, RTL, FORMAL))
    assert (verdict.result, verdict.labels) == ("fails", (label,)), verdict.said


def test_a_cover_that_cannot_be_reached_fails_by_name() -> None:
    proof = BY_NAME["alignment: what happens"]._replace(depth=3)
    verdict = prove(proof)
    assert verdict.result == "fails"
    assert "c_realigned" in verdict.labels


def test_an_induction_that_lacks_its_helpers_is_not_a_proof() -> None:
    proof = BY_NAME["alignment: (a)-(d), ports, nothing lost"]
    verdict = prove(proof._replace(parameters={**proof.parameters, "Helpers": 0}))
    assert verdict.result == "unknown"


def test_assumptions_that_contradict_each_other_prove_nothing(tmp_path: Path) -> None:
    text = (FORMAL / "inserter_proof.sv").read_text()
    right = "assume (cmd_i != 2'd3);"
    assert text.count(right) == 1
    wrong = right + "\n      a_more :\n      assume (cmd_i == 2'd3);"
    (tmp_path / "inserter_proof.sv").write_text(text.replace(right, wrong))
    proof = BY_NAME["inserter: nothing lost without time-outs"]
    with pytest.raises(GuardlaneError, match="the assumptions of .* contradict each other"):
        prove(proof, (tmp_path, RTL, FORMAL))


def test_a_harness_that_is_not_there_is_one_error() -> None:
    with pytest.raises(GuardlaneError, match="Yosys refused no_such_proof"):
        prove(PROOFS[0]._replace(top="no_such_proof"))


def test_a_proof_that_takes_too_long_is_not_one() -> None:
    proof = BY_NAME["queue: wide, depth 8"]._replace(depth=30, limit=2)
    assert prove(proof).result == "unknown"


def _promises_only(proof: Proof) -> Proof:
    return proof._replace(mode="bounded", depth=8, parameters={**proof.parameters, "Helpers": 0})
