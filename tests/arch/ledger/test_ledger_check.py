# SPDX-License-Identifier: Apache-2.0
"""The check finds each thing that can be wrong, and nothing in what is right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest

from guardlane.cite import paper
from guardlane.config import Settings
from guardlane.ledger import check
from guardlane.ledger.check import (
    claim_problems,
    default_problems,
    evidence_problems,
    repeat_problems,
)
from guardlane.ledger.pages import page_problems
from guardlane.ledger.table import markdown
from guardlane.ledger.trial import put_to_test
from guardlane.ledger.verdict import judge_all
from guardlane.sweep.runs import run_here
from tests.arch.ledger.ledger_samples import CLAIMS, claims_in

pytestmark = pytest.mark.usefixtures("toybox")


class Unsourced(Settings):
    depth: int = 4
    must: int
    lost: Annotated[int, paper("a number", unit="1", ref="nobody1999", place="p. 1")] = 1


def test_defaults_without_a_source_or_with_a_lost_one_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert list(default_problems()) == []

    class Toy:
        Config = Unsourced

    monkeypatch.setattr(check, "workloads", lambda: ["toy"])
    monkeypatch.setattr(check, "load_workload", lambda name: Toy)
    assert list(default_problems()) == [
        "toy: depth: its default has no source",
        "toy: lost: there is no reference nobody1999",
    ]


def test_dangling_references_and_impossible_tests_are_found(tmp_path: Path) -> None:
    assert list(claim_problems(claims_in(tmp_path / "claims"))) == []
    text = CLAIMS.replace("yetim2015commguard", "yetim2051", 1).replace("tray.depth", "tray.death")
    assert list(claim_problems(claims_in(tmp_path / "claims", text))) == [
        "claim toy-sum: there is no reference yetim2051",
        "claim toy-sum: toy: tray.death: unknown key (did you mean 'depth'?)",
    ]


def test_evidence_that_no_longer_matches_is_found(tmp_path: Path) -> None:
    claims = claims_in(tmp_path / "claims")
    good = put_to_test(claims.named("toy-sum"))
    assert list(evidence_problems(claims, [good])) == []
    rows = [
        good.model_copy(update={"config_hash": "1" * 32}),
        good.model_copy(update={"claim_hash": "1" * 32}),
        good.model_copy(update={"claim": "nobody"}),
        good.model_copy(update={"claim": "toy-recalled"}),
    ]
    assert list(evidence_problems(claims, rows)) == [
        "evidence of toy-sum, seeds 1..3: no longer matches, for settings have changed since; "
        "run it again",
        "evidence of toy-sum, seeds 1..3: is stale, for the claim has changed since; run it again",
        "evidence of nobody, seeds 1..3: there is no such claim",
        "evidence of toy-recalled, seeds 1..3: the claim has no test",
    ]


def test_a_contrast_that_nobody_explains_is_found(tmp_path: Path) -> None:
    far = CLAIMS.replace("low = 5.0, high = 7.0", "low = 50.0")
    claims = claims_in(tmp_path / "claims", far)
    rows = [put_to_test(claims.named("toy-sum"))]
    assert list(evidence_problems(claims, rows)) == [
        "claim toy-sum: is contrasting, and `known` does not say why"
    ]
    claims = claims_in(
        tmp_path / "claims", far.replace("[claim.test]", 'known = "A"\n[claim.test]')
    )
    assert list(evidence_problems(claims, rows)) == []


def test_evidence_that_another_run_does_not_give_is_found(tmp_path: Path) -> None:
    claims = claims_in(tmp_path / "claims")
    good = put_to_test(claims.named("toy-sum"))
    assert list(repeat_problems(claims, [good], run_here)) == []
    forged = good.model_copy(update={"mean": 6.1})
    assert list(repeat_problems(claims, [forged], run_here)) == [
        "evidence of toy-sum, seeds 1..3: another run gives 6.0 and not 6.1"
    ]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("It is 6 <!-- claim: toy-sum --> pips.", None),
        ("It is 6 <!-- claim: toy-som --> pips.", "p.md:1: there is no claim toy-som"),
        ("6 <!-- claim: toy-recalled -->", "p.md:1: toy-recalled is a recollection, which nobody "
         "claims"),
        ("`<!-- claim: ID -->` and\n```text\n<!-- claim: ID -->\n```\n", None),
        ("| a | published |\n|---|---|\n| x | 6 pips |\n", "p.md:3: 6 pips is called published, "
         "but names no claim"),
        ("| a | published |\n|---|---|\n| x | 6 <!-- claim: toy-sum --> |\n", None),
        ("| a | published |\n|---|---|\n| 6 | none |\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", None),
        ("# A\n95 % of 4 KiB, 3 times.\n## B\nIt takes 1.5 ns, or 7 dB.\n", "p.md:4: 1.5 ns: "
         "nothing under 'B' says where it comes from: no command, claim, reference or source"),
        ("# A\n1.5 times.\n```console\n# 3 ns\n```\n", "p.md:2: 1.5 times: nothing under 'A' says "
         "where it comes from: no command, claim, reference or source"),
        ("# A\n`guardlane run toy` takes 5 ns.\n", None),
        ("# A\n5 ns\n```console\n$ guardlane run toy\n```\n", None),
        ("# A\n5 ns\n```console\nPYTHONPATH=. python -m tests.x\n```\n", None),
        ("# A\n5 ns, says yetim2015commguard.\n", None),
        ("# A\n5 ns, says unbooksim2.\n", "p.md:2: 5 ns: nothing under 'A' says where it comes "
         "from: no command, claim, reference or source"),
        ("# A\n7 \u00b5s\n", "p.md:2: 7 \u00b5s: nothing under 'A' says where it comes from: no "
         "command, claim, reference or source"),
        ("# A\n| a | status |\n|---|---|\n| 5 ns | assumed |\n", None),
        ("<!-- ledger: verdicts -->\nold\n<!-- end -->\n", "p.md:1: is not what guardlane ledger "
         "--markdown prints"),
    ],
)  # fmt: skip
def test_pages_name_claims_that_there_are(page: str, said: str | None, tmp_path: Path) -> None:
    claims = claims_in(tmp_path / "claims")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "p.md").write_text(page)
    found = [line.replace(f"{docs}/", "") for line in page_problems(claims, [], docs)]
    assert found == ([said] if said else [])


def test_a_table_of_verdicts_is_the_one_that_is_printed(tmp_path: Path) -> None:
    claims = claims_in(tmp_path / "claims")
    table = markdown(judge_all(claims, []))
    (tmp_path / "p.md").write_text(f"a\n<!-- ledger: verdicts -->\n\n{table}\n<!-- end -->\nb\n")
    assert list(page_problems(claims, [], tmp_path)) == []
