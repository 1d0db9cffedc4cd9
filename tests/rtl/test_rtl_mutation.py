# SPDX-License-Identifier: Apache-2.0
"""The locksteps find nearly every mutant of the blocks; those left are proved to be no defect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from guardlane.errors import GuardlaneError
from guardlane_rtl import mutation
from guardlane_rtl.cases import CASES
from guardlane_rtl.equivalence import prove_equal
from guardlane_rtl.mutation import measure, mutate, table
from guardlane_rtl.segments import Segment

MUTANTS = dict.fromkeys(CASES, 120) | {"commguard_link": 60}  # a proof of a link takes a second
SEGMENTS = 60


@pytest.mark.parametrize("block", CASES)
def test_the_lockstep_finds_the_mutants_of_its_block(block: str) -> None:
    asked = MUTANTS[block]
    verdict = measure(block, asked, SEGMENTS)
    assert 0.9 * asked < verdict.mutants <= asked
    assert verdict.killed + len(verdict.equal) + len(verdict.survivors) == verdict.mutants
    assert verdict.killed > asked // 2
    assert verdict.score >= 95, verdict.survivors
    assert f"| {block} | {verdict.mutants} |" in table([verdict])


@pytest.mark.parametrize("block", ["alignment_manager", "queue_manager", "commguard_link"])
def test_a_mutant_that_the_lockstep_finds_is_not_proved_equal(block: str, tmp_path: Path) -> None:
    mutants = mutate(block, CASES[block], 40, tmp_path)
    verdict = measure(block, 40, 20)
    found = [m for m in mutants if m not in verdict.equal + verdict.survivors][:8]
    assert len(found) == 8
    assert prove_equal(block, found, tmp_path) == []


def test_batches_and_late_segments_change_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measure("command_timer", 80, SEGMENTS)
    assert whole.equal
    monkeypatch.setattr(mutation, "BATCH", 25)
    monkeypatch.setattr(mutation, "SOON", 1)
    assert measure("command_timer", 80, SEGMENTS) == whole


def test_a_twin_that_goes_wrong_late_finds_no_mutants(monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES["command_timer"]

    def spoilt() -> Iterator[Segment]:
        for number, (stimulus, due, counts) in enumerate(case.segments()):
            yield Segment(stimulus, 1 - due if number == mutation.SOON else due, counts)

    monkeypatch.setitem(CASES, "command_timer", case._replace(segments=spoilt))
    with pytest.raises(GuardlaneError, match="command_timer differs from its twin without a"):
        measure("command_timer", 20, SEGMENTS)


def test_a_mutant_of_a_clock_is_never_proved_equal(tmp_path: Path) -> None:
    mutants = mutate("command_timer", CASES["command_timer"], mutation.ALL, tmp_path)
    clocks = [mutant for mutant in mutants if " -port CLK " in mutant]
    assert clocks
    assert prove_equal("command_timer", clocks, tmp_path) == []
