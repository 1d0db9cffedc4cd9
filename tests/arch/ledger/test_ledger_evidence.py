# SPDX-License-Identifier: Apache-2.0
"""Evidence is appended and read strictly, line by line; a hostile line is named and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardlane.errors import GuardlaneError
from guardlane.ledger import evidence
from guardlane.ledger.claims import Claims
from guardlane.ledger.evidence import append_evidence, read_evidence
from tests.arch.ledger.ledger_samples import claims_in, row


@pytest.fixture
def claims(tmp_path: Path) -> Claims:
    return claims_in(tmp_path / "claims")


def test_rows_come_back_as_they_went_in_and_equal_ones_once(claims: Claims, tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    first = row(claims.named("toy-sum"), mean=0.1 + 0.2, calibrated_on=("a", "b"))
    second = row(claims.named("toy-sum"), low=None, high=None, n=1)
    append_evidence(path, [first])
    size = path.stat().st_size
    append_evidence(path, [second, first])
    assert path.read_bytes()[:size] == f"{first.to_json()}\n".encode()
    assert path.read_text().count("\n") == 3
    assert read_evidence(path) == [first, second]


GOOD = json.dumps(
    {
        "claim": "c", "claim_hash": "0" * 32, "config_hash": "1" * 32, "mean": 1.0, "low": 0.5,
        "high": 1.5, "n": 2, "unit": "1", "seeds": "1..2", "calibrated_on": [],
        "versions": {"numpy": "2"}, "command": "run",
    }
)  # fmt: skip


def changed(**values: object) -> str:
    return json.dumps(json.loads(GOOD) | values)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("", "is no JSON: Expecting value"),
        ("[]", "must be an object"),
        ("[" * 100_000, "must be 16,384 characters or less"),
        ("[" * 16_000, "must be nested 4 deep or less"),
        (changed(command="x" * 20_000), "must be 16,384 characters or less"),
        (changed(command="x" * 2001), "command: String should have at most 2000 characters"),
        (changed(command="\x1b[31mred"), "command: must be without control characters"),
        (changed(versions={"numpy\n": "2"}), "must be without control characters"),
        (changed(command="\ud800"), "command: "),
        (changed(mean=float("nan")), "NaN is no number"),
        (GOOD.replace('"mean": 1.0', '"mean": 1e999'), "mean: Input should be a finite number"),
        (GOOD.replace('"n": 2', '"n": ' + "9" * 5000), "integer string conversion"),
        (GOOD.replace('"n": 2', '"n": ' + "9" * 50), "n: "),
        (GOOD.replace('"mean": 1.0', '"mean": ' + "9" * 400), "mean: "),
        (GOOD.replace('"n": 2', '"n": 2, "n": 3'), "a key is given twice"),
        (changed(n=True), "n: Input should be a valid integer"),
        (changed(n=0), "n: Input should be greater than or equal to 1"),
        (changed(mean="1"), "mean: Input should be a valid number"),
        (changed(verdict="supporting"), "verdict: Extra inputs are not permitted"),
        (changed(low=2.0), "row: low must be at most high, not 2 > 1.5"),
        (changed(low=None), "row: must have both ends of its interval, or none"),
        (changed(claim_hash="xyz"), "claim_hash: String should match pattern"),
        (changed(seeds="2..1"), "seeds: seeds must go up"),
        (changed(seeds="01"), "seeds: must be seeds such as 1..20, not '01'"),
        (changed(calibrated_on=["c"] * 17), "calibrated_on: Tuple should have at most 16 items"),
    ],
)
def test_a_bad_line_is_named_and_refused(line: str, wanted: str, tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text(f"{GOOD}\n{line}\n", "utf-8")
    with pytest.raises(GuardlaneError) as caught:
        read_evidence(path)
    assert str(caught.value).startswith(f"{path}:2: ")
    assert wanted in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_file_that_is_cut_short_too_large_or_missing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text(f"{GOOD}\n{GOOD[:50]}")
    with pytest.raises(GuardlaneError, match="e.jsonl:2: the last line is cut short"):
        read_evidence(path)
    path.write_text(f"{GOOD}\n")
    good = read_evidence(path)
    monkeypatch.setattr(evidence, "MOST_BYTES", 2 * len(good[0].to_json()))
    with pytest.raises(GuardlaneError, match="begin another"):
        append_evidence(path, good)
    assert read_evidence(path) == good
    monkeypatch.setattr(evidence, "MOST_BYTES", len(GOOD))
    with pytest.raises(GuardlaneError, match="must be .* bytes or less"):
        read_evidence(path)
    with pytest.raises(GuardlaneError, match="No such file"):
        read_evidence(tmp_path / "none")


def test_nothing_is_appended_to_what_is_no_evidence(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text("my diary\n")
    with pytest.raises(GuardlaneError, match="e.jsonl:1: is no JSON"):
        append_evidence(path, [])
    assert path.read_text() == "my diary\n"
    with pytest.raises(GuardlaneError, match="No such file"):
        append_evidence(tmp_path / "none" / "e.jsonl", [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.one_of(
    st.text(max_size=99),
    st.builds(lambda key, value: changed(**{key: value}), st.sampled_from(sorted(json.loads(GOOD))),
              JSON),
))  # fmt: skip
def test_nothing_but_the_projects_own_error_escapes(
    tmp_path_factory: pytest.TempPathFactory, line: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.jsonl"
    path.write_bytes(f"{line}\n".encode("utf-8", "surrogatepass"))
    try:
        rows = read_evidence(path)
    except GuardlaneError as reason:
        assert str(reason)
    else:
        assert len(rows) <= 1
