# SPDX-License-Identifier: Apache-2.0
"""The command: contrasting first, rows appended by runs, and exit codes that say what was found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guardlane.cli import main
from guardlane.ledger.evidence import append_evidence, read_evidence
from guardlane.ledger.trial import put_to_test
from tests.arch.ledger.ledger_samples import CLAIMS, claims_in, row

pytestmark = pytest.mark.usefixtures("toybox")

OWN = ("--claims", "claims", "--evidence", "e.jsonl")


def test_a_run_appends_evidence_that_the_list_then_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims_in(tmp_path / "claims")
    assert main(["ledger", "--claims", "claims"]) == 0
    listed = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert listed == [
        "1 claims: 1 not yet tested",
        "verdict claim accepted measured (95 %) values statement or reason",
        "not yet tested toy-sum 5 to 7 pips - - Dice add up to six.",
        "never scored toy-recalled - - - Dice are round.",
    ]
    assert main(["ledger", "run", *OWN, "--seeds", "2"]) == 0
    assert main(["ledger", "run", "toy-sum", *OWN, "--seeds", "11..12"]) == 0
    shown = capsys.readouterr().out
    assert "mentioning  toy-sum  5 to 7 pips  6 pips" in shown
    assert "contrasting  toy-sum  5 to 7 pips  34.5 (15.4 to 53.6) pips" in shown
    assert shown.endswith("appended to e.jsonl\n")
    assert [one.seeds for one in read_evidence(Path("e.jsonl"))] == ["2", "11..12"]
    assert main(["ledger", *OWN]) == 0
    assert capsys.readouterr().out.splitlines()[2].startswith("contrasting   toy-sum")


def test_show_tally_and_json_say_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claim = claims_in(tmp_path / "claims").named("toy-sum")
    append_evidence(Path("e.jsonl"), [row(claim), row(claim, claim_hash="f" * 32, seeds="9")])
    assert main(["ledger", "show", "toy-sum", *OWN]) == 0
    shown = capsys.readouterr().out
    assert "verdict:   supporting\nstatement: Dice add up to six.\nsource:    Yetim, " in shown
    assert "quote:     six\nscope:     Three throws.\naccepted:  5 to 7 pips\n" in shown
    assert "stale       6 (5.5 to 6.5) pips" in shown
    assert main(["ledger", "show", "toy-sum", "--json", *OWN]) == 0
    one = json.loads(capsys.readouterr().out)
    assert main(["ledger", "--json", *OWN]) == 0
    assert json.loads(capsys.readouterr().out)[0] == one
    assert main(["ledger", "tally", "toy-sum", "--json", *OWN]) == 0
    assert json.loads(capsys.readouterr().out) == {"toy-sum": one["tally"]}
    assert (one["tally"]["supporting"], one["tally"]["stale"], one["tally"]["total"]) == (1, 1, 2)
    assert [row["says"] for row in one["evidence"]] == ["supporting", "stale"]
    assert main(["ledger", "tally", *OWN]) == 0
    assert "toy-recalled           0            0" in capsys.readouterr().out


def test_a_check_that_finds_something_exits_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = claims_in(tmp_path / "claims")
    append_evidence(Path("e.jsonl"), [put_to_test(claims.named("toy-sum"))])
    assert main(["ledger", "check", "--again", *OWN]) == 0
    assert capsys.readouterr().out == "2 claims, 1 rows of evidence, 0 problems\n"
    claims_in(tmp_path / "claims", CLAIMS.replace("high = 7.0", "high = 8.0"))
    Path("page.md").write_text("6 <!-- claim: nobody -->\n")
    assert main(["ledger", "check", "--docs", ".", *OWN]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "evidence of toy-sum, seeds 1..3: is stale, for the claim has changed since; run it again",
        "page.md:1: there is no claim nobody",
        "2 claims, 1 rows of evidence, 2 problems",
    ]


def test_a_difference_is_printed_and_a_new_contrast_exits_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claim = claims_in(tmp_path / "claims").named("toy-sum")
    (tmp_path / "old").mkdir()
    append_evidence(Path("old/a.jsonl"), [row(claim)])
    append_evidence(Path("b.jsonl"), [row(claim), row(claim, low=8.0, high=9.0)])
    both = f"../{tmp_path.name}/old/a.jsonl..b.jsonl"
    assert main(["ledger", "diff", both, "--claims", "claims"]) == 1
    assert capsys.readouterr().out.splitlines()[1] == "toy-sum  supporting  contrasting"
    assert main(["ledger", "diff", "b.jsonl..old/a.jsonl", "--claims", "claims"]) == 0
    assert "toy-sum  contrasting  supporting" in capsys.readouterr().out
    assert main(["ledger", "diff", "b.jsonl..b.jsonl", "--claims", "claims"]) == 0
    assert capsys.readouterr().out == "no verdict differs\n"


def test_an_export_is_written_and_written_again_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims_in(tmp_path / "claims")
    contents = []
    for _ in range(2):
        assert main(["ledger", "export", "crate", "--claims", "claims"]) == 0
        contents.append({path.name: path.read_bytes() for path in Path("crate").iterdir()})
    assert contents[0] == contents[1]
    assert sorted(capsys.readouterr().out.split())[::2] == sorted(f"crate/{n}" for n in contents[0])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "toy-som"], 2, "no claim is called 'toy-som' (did you mean 'toy-sum'?)"),
        (
            ["run", "toy-recalled"],
            1,
            "claim toy-recalled has no test: a recollection is never scored",
        ),
        (["run", "--seeds", "3..1"], 2, "--seeds: seeds must go up, not down as in '3..1'"),
        (["run", "--calibrated-on", "toy"], 2, "no claim is called 'toy'"),
        (["run", "--evidence", "no/e.jsonl"], 1, "no/e.jsonl: No such file or directory"),
        (["diff", "a..b"], 2, "want two files of evidence as A..B, not 'a..b'"),
        (["check", "--docs", "none"], 1, "none: is not a folder"),
        (
            ["--claims", "none"],
            1,
            "none: must be a folder with 1 to 64 TOML files of claims, not 0",
        ),
        (["--evidence", "none"], 1, "none: No such file or directory"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims_in(tmp_path / "claims")
    if "--claims" not in arguments:
        arguments = [*arguments, "--claims", "claims"]
    assert main(["ledger", *arguments]) == code
    error = capsys.readouterr().err
    assert error.startswith(f"guardlane: {said}")
    assert error.count("\n") == 1
