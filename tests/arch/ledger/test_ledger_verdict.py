# SPDX-License-Identifier: Apache-2.0
"""The verdict follows from interval and band alone, and nothing talks a contrast away."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from guardlane.ledger.badge import badge
from guardlane.ledger.claims import Band, Claims
from guardlane.ledger.table import rows, summary
from guardlane.ledger.verdict import Verdict, changes, judge, judge_all, place
from tests.arch.ledger.ledger_samples import CLAIMS, claims_in, row

UP, DOWN = math.inf, -math.inf


def above(value: float) -> float:
    return math.nextafter(value, UP)


def below(value: float) -> float:
    return math.nextafter(value, DOWN)


@pytest.fixture
def claims(tmp_path: Path) -> Claims:
    return claims_in(tmp_path / "claims")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (5.0, 7.0, "supporting"),
        (below(5.0), 7.0, "mentioning"),
        (5.0, above(7.0), "mentioning"),
        (7.0, 8.0, "mentioning"),
        (above(7.0), 8.0, "contrasting"),
        (4.0, 5.0, "mentioning"),
        (4.0, below(5.0), "contrasting"),
        (4.0, 8.0, "mentioning"),
        (6.0, 6.0, "supporting"),
        (None, None, "mentioning"),
    ],
)
def test_each_bound_is_held_from_both_sides(
    low: float | None, high: float | None, verdict: str
) -> None:
    assert place(low, high, Band(low=5.0, high=7.0, unit="1")) == verdict


def test_an_open_end_lets_everything_through() -> None:
    assert place(-1e300, 7.0, Band(high=7.0, unit="1")) == "supporting"
    assert place(above(7.0), 1e300, Band(high=7.0, unit="1")) == "contrasting"
    assert place(5.0, 1e300, Band(low=5.0, unit="1")) == "supporting"
    assert place(-1e300, below(5.0), Band(low=5.0, unit="1")) == "contrasting"


def test_too_few_values_only_mention(claims: Claims) -> None:
    claim = claims.named("toy-sum")
    assert judge(claim, [row(claim, n=2)]).verdict == "supporting"
    assert judge(claim, [row(claim, n=1)]).verdict == "mentioning"
    assert judge(claim, [row(claim, low=8.0, high=9.0, n=1)]).verdict == "mentioning"


def test_one_contrast_is_not_outvoted_and_comes_first(claims: Claims) -> None:
    claim = claims.named("toy-sum")
    bad = row(claim, mean=9.0, low=8.0, high=10.0)
    judged = judge(claim, [row(claim), bad, row(claim, seeds="4..6")])
    assert judged.verdict == "contrasting"
    assert judged.deciding == bad
    assert judged.tally == {
        "supporting": 2,
        "contrasting": 1,
        "mentioning": 0,
        "stale": 0,
        "calibrated": 0,
        "total": 3,
    }


def test_contrasting_claims_are_listed_first_and_recollections_last(claims: Claims) -> None:
    first, recalled = claims.listed
    last = first.model_copy(update={"id": "other-sum"})
    both = Claims((first, recalled, last), claims.reviewed)
    rows = [row(first), row(last, low=8.0, high=10.0)]
    listed = [one.claim.id for one in judge_all(both, rows)]
    assert listed == ["other-sum", "toy-sum", "toy-recalled"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("low = 5.0", "low = 4.9"),
        ("high = 7.0", "high = 7.1"),
        ('unit = "pips"', 'unit = "dots"'),
        ("add up to six", "add up to seven"),
        ("Three throws", "Four throws"),
        ('quote = "six"', 'quote = "seven"'),
        ('"tray.depth" = 5', '"tray.depth" = 6'),
        ("least = 2", "least = 3"),
    ],
)
def test_evidence_is_stale_once_what_it_judged_has_moved(
    old: str, new: str, claims: Claims, tmp_path: Path
) -> None:
    before = claims.named("toy-sum")
    moved = claims_in(tmp_path / "claims", CLAIMS.replace(old, new)).named("toy-sum")
    assert judge(moved, [row(before)]).verdict == "stale"
    assert judge(moved, [row(before), row(moved)]).verdict == "supporting"


@pytest.mark.parametrize(
    ("old", "new"), [("A pip either way.", "Two of them."), ('seeds = "1..3"', 'seeds = "1..9"')]
)
def test_reasons_and_seeds_make_nothing_stale(
    old: str, new: str, claims: Claims, tmp_path: Path
) -> None:
    same = claims_in(tmp_path / "claims", CLAIMS.replace(old, new)).named("toy-sum")
    assert judge(same, [row(claims.named("toy-sum"))]).verdict == "supporting"


def test_a_run_that_was_calibrated_on_a_claim_neither_supports_nor_contrasts_it(
    claims: Claims,
) -> None:
    claim = claims.named("toy-sum")
    fitted = row(claim, calibrated_on=("toy-sum",))
    assert judge(claim, [fitted]).verdict == "calibrated"
    assert judge(claim, [row(claim, low=8.0, high=9.0, calibrated_on=("toy-sum",))]).verdict == (
        "calibrated"
    )
    assert judge(claim, [row(claim, calibrated_on=("another",))]).verdict == "supporting"


def test_a_recollection_is_never_scored_whatever_evidence_there_is(claims: Claims) -> None:
    claim = claims.named("toy-recalled")
    judged = judge(claim, [row(claim)])
    assert judged.verdict is Verdict.UNSCORED
    assert sum(judged.tally.values()) == judged.tally["total"] == 1
    assert judged.tally["supporting"] == 0


RECALLED = CLAIMS.replace('kind = "claim"', 'kind = "recollection"').replace('quote = "six"\n', "")


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "As recalled: Dice add up to six."),
        ({"low": 8.0, "high": 9.0}, "Not as recalled: Dice add up to six."),
        ({"low": 6.0, "high": 9.0}, "Open: Dice add up to six."),
        ({"n": 1}, "Open: Dice add up to six."),
        ({"claim_hash": "1" * 32}, "Dice add up to six."),
    ],
)
def test_what_runs_show_of_a_recollection_is_told_and_counts_for_nothing(
    changes: dict[str, Any], shown: str, tmp_path: Path
) -> None:
    claims = claims_in(tmp_path / "recalled", RECALLED)
    claim = claims.named("toy-sum")
    evidence = [row(claim, low=8.0, high=9.0), row(claim, **changes)]  # the latest is shown
    judged = judge(claim, evidence)
    assert judged.verdict is Verdict.UNSCORED
    assert rows([judged])[0][-1] == shown
    assert judged.tally == dict.fromkeys(judged.tally, 0) | {"total": 2}
    assert summary(judge_all(claims, evidence)) == "0 claims: none judged"
    assert badge([judged]) == badge([])


def test_a_claim_shows_no_recollection(claims: Claims) -> None:
    claim = claims.named("toy-sum")
    assert judge(claim, [row(claim)]).recall is None


def test_a_claim_without_evidence_is_not_yet_tested(claims: Claims) -> None:
    assert judge(claims.named("toy-sum"), []).verdict == "not yet tested"


def test_changes_are_the_verdicts_that_differ(claims: Claims) -> None:
    claim = claims.named("toy-sum")
    bad = row(claim, low=8.0, high=9.0)
    assert changes(claims, [row(claim)], [row(claim)]) == []
    assert changes(claims, [row(claim)], [bad]) == [
        (claim, Verdict.SUPPORTING, Verdict.CONTRASTING)
    ]
