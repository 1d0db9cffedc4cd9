# SPDX-License-Identifier: Apache-2.0
"""The shipped ledger is in order, its evidence comes again bit by bit, and its tests can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardlane.ledger.badge import badge
from guardlane.ledger.check import problems
from guardlane.ledger.claims import Claims, read_claims
from guardlane.ledger.evidence import Evidence, read_evidence
from guardlane.ledger.test import Trial
from guardlane.ledger.trial import put_to_test
from guardlane.ledger.verdict import judge, judge_all
from guardlane.units import SeedRange

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def claims() -> Claims:
    return read_claims()


@pytest.fixture(scope="module")
def evidence() -> list[Evidence]:
    return read_evidence()


def test_nothing_is_wrong_with_the_ledger_and_the_pages(
    claims: Claims, evidence: list[Evidence]
) -> None:
    assert list(problems(claims, evidence, DOCS)) == []


def test_the_badge_on_the_page_is_the_one_that_is_exported(
    claims: Claims, evidence: list[Evidence]
) -> None:
    shipped = (DOCS / "pictures" / "claims.svg").read_text("utf-8")
    assert shipped == badge(judge_all(claims, evidence)), "guardlane ledger export writes badge.svg"


def test_no_evidence_was_fitted_to_a_claim(evidence: list[Evidence]) -> None:
    assert not any(row.calibrated_on for row in evidence)


def test_every_claim_with_a_test_has_evidence_and_no_other(
    claims: Claims, evidence: list[Evidence]
) -> None:
    judged = judge_all(claims, evidence)
    for one in judged:
        assert bool(one.rows) == (one.claim.test is not None)
        if one.claim.untested and one.claim.kind == "claim":
            assert one.verdict == "not yet tested"


@pytest.mark.parametrize("name", ["commguard-c5-accesses", "scaleout-c5-memory-one-batch"])
def test_evidence_comes_again_to_the_last_bit(
    name: str, claims: Claims, evidence: list[Evidence]
) -> None:
    (shipped,) = (row for row in evidence if row.claim == name)
    assert put_to_test(claims.named(name)).to_json() == shipped.to_json()


@pytest.mark.parametrize(
    ("name", "seeds", "guard"),
    [("commguard-c3", "1..16", "reliable-queue"), ("commguard-c5-accesses", "1", "")],
)
def test_a_claim_that_is_borne_out_would_not_be_without_commguard(
    claims: Claims, name: str, seeds: str, guard: str
) -> None:
    claim = claims.named(name)
    assert claim.test is not None
    if guard:  # misalignment stays where nobody realigns
        changed = {"settings": {**claim.test.runs[0].settings, "guard": guard}}
        runs: tuple[Trial, ...] = (claim.test.runs[0].model_copy(update=changed),)
    else:  # a header for every item
        (fir,) = (run for run in claim.test.runs if run.workload == "complex-fir")
        small = {"samples_per_steady_state": 1, "steady_states": 256}
        runs = (fir.model_copy(update={"settings": fir.settings | small}),) * 5
    worse = claim.model_copy(update={"test": claim.test.model_copy(update={"runs": runs})})
    row = put_to_test(worse, SeedRange.parse(seeds))
    assert judge(worse, [row]).verdict == "contrasting"
