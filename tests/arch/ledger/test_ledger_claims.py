# SPDX-License-Identifier: Apache-2.0
"""Claims are read strictly: what is wrong has its place, and hostile files have one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardlane.errors import ConfigError, GuardlaneError
from guardlane.ledger.claims import SHIPPED, read_claims
from tests.arch.ledger.ledger_samples import CLAIMS, claims_in


def said(folder: Path, text: str) -> str:
    with pytest.raises(GuardlaneError) as caught:
        claims_in(folder, text)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('quote = "six"\n', "", "toy.toml:4:1: claim.0: claim toy-sum must have its quote"),
        ('locator = "abstract"\n', "", "toy.toml:4:1: claim.0: claim toy-sum must have its loc"),
        ('why = "A pip either way."\n', "", "toy.toml:4:1: claim.0: claim toy-sum must have its w"),
        ('kind = "claim"', 'kind = "clam"', "toy.toml:6:1: claim.0.kind: must be one of claim, "
         "recollection, not 'clam' (did you mean 'claim'?)"),
        ("scope =", "skope =", "toy.toml:11:1: claim.0.skope: unknown key (did you mean 'scope'?)"),
        ("low = 5.0,", "low = 8.0,", "toy.toml:12:1: claim.0.band: low must be at most high, "
         "not 8 > 7"),
        ("low = 5.0, high = 7.0, ", "", "toy.toml:12:1: claim.0.band: must have low, high or both"),
        ("low = 5.0", "low = nan", "toy.toml:12:10: claim.0.band.low: must be a finite number, "
         "not nan"),
        ('measure = "mean"', 'measure = "men"', "toy.toml:15:1: claim.0.test.measure: must be one "
         "of completed, mean, difference, overhead, late-damage, least, median, greatest, below, "
         "slope, rank-correlation, not 'men' (did you mean 'mean'?)"),
        ('metric = "sum"\n', "", "toy.toml:14:1: claim.0.test: measure mean must have a metric"),
        ('measure = "mean"', 'measure = "difference"', "toy.toml:14:1: claim.0.test: measure "
         "difference must have a baseline in every run"),
        ('measure = "mean"', 'measure = "slope"', "toy.toml:14:1: claim.0.test: measure slope must "
         "have something in `against`"),
        ('metric = "sum"', 'metric = "sum"\nagainst = "sum"', "toy.toml:14:1: claim.0.test: "
         "measure mean must have nothing in `against`"),
        ('"toy", settings', '"toy", baseline = { a = 1 }, settings', "toy.toml:14:1: claim.0.test: "
         "measure mean must have no baseline"),
        ('throws = "3"', "throws = []", "toy.toml:19:9: claim.0.test.runs.0: throws must have one "
         "value or more"),
        ('throws = "3"', f"throws = {list(range(10_001))}", "toy.toml:14:1: claim.0.test: a test "
         "must have 10,000 runs a seed or less, not 10,001"),
        ('"1..3"', '"3..1"', "toy.toml:17:1: claim.0.test.seeds: seeds must go up, not down as in "
         "'3..1'"),
        ('"toy", settings', '"toy", setings', "toy.toml:19:29: claim.0.test.runs.0.setings: "
         "unknown key (did you mean 'settings'?)"),
        ("Dice add up to six.", "Dice \\u001b[31m", "toy.toml:7:1: claim.0.statement: must be one "
         "line without control characters"),
        ("Three throws.", "Three \\u202e", "toy.toml:4:1: claim.0: scope must be one line without "
         "control characters"),
        ('id = "toy-recalled"', 'id = "toy-sum"', "toy.toml: claim toy-sum is in"),
        ('statement = "Dice are round."', 'statement = "Dice are round."\nquote = "so"',
         "toy.toml:21:1: claim.1: a recollection is never scored: it must have no quote"),
        ('kind = "claim"\n', 'kind = "recollection"\n', "toy.toml:4:1: claim.0: a recollection is "
         "never scored: it must have no quote"),
        ('kind = "claim"\nstatement = "Dice add up to six."\nreference = "yetim2015commguard"\n'
         'locator = "abstract"\nquote = "six"\nscope = "Three throws."\n',
         'kind = "recollection"\nstatement = "Dice add up to six."\nreference = "y"\n',
         "toy.toml:4:1: claim.0: claim toy-sum must have its scope"),
    ],
)  # fmt: skip
def test_every_mistake_has_its_place(old: str, new: str, line: str, tmp_path: Path) -> None:
    assert CLAIMS.count(old) >= 1
    assert said(tmp_path, CLAIMS.replace(old, new, 1)).startswith(line)


def test_a_claim_has_either_a_test_or_a_reason(tmp_path: Path) -> None:
    wanted = (
        "toy.toml:4:1: claim.0: claim toy-sum must have either a test or a reason in `untested`"
    )
    both = CLAIMS.replace("[claim.test]", 'untested = "no dice"\n[claim.test]')
    assert said(tmp_path, both) == wanted
    start, end = CLAIMS.index("[claim.test]"), CLAIMS.index("\n[[claim]]", CLAIMS.index("[claim.t"))
    assert said(tmp_path, CLAIMS[:start] + CLAIMS[end:]) == wanted


def test_runs_are_all_paired_or_none_is(tmp_path: Path) -> None:
    text = CLAIMS.replace('measure = "mean"', 'measure = "least"')
    one = '{ workload = "toy", settings = { throws = "3", "tray.depth" = 5 } }'
    beside = one.replace("5 } }", "5 }, baseline = { throws = 2 } }")
    assert text.count(one) == 1
    for runs in (one, beside, f"{beside}, {beside}"):
        assert claims_in(tmp_path, text.replace(one, runs)).named("toy-sum").test is not None
    assert said(tmp_path, text.replace(one, f"{one}, {beside}")) == (
        "toy.toml:14:1: claim.0.test: measure least must have a baseline in every run, or in none"
    )


def test_a_list_of_values_stands_for_a_run_each(tmp_path: Path) -> None:
    lists = CLAIMS.replace(
        'throws = "3", "tray.depth" = 5', 'throws = [1, 2], "tray.depth" = [5, 6]'
    )
    claim = claims_in(tmp_path, lists).named("toy-sum")
    assert claim.test is not None
    (trial,) = claim.test.runs
    found = [tuple(point.values()) for point in trial.points()]
    assert found == [(1, 5), (1, 6), (2, 5), (2, 6)]
    assert trial.count == 4


def test_a_star_stands_for_claims_with_a_test(tmp_path: Path) -> None:
    claims = claims_in(tmp_path)
    assert [one.id for one in claims.testable("toy-*")] == ["toy-sum"]
    assert [one.id for one in claims.testable("toy-recalled")] == ["toy-recalled"]
    with pytest.raises(GuardlaneError, match=r"no claim with a test is called 'toy-r\*'"):
        claims.testable("toy-r*")


def test_all_mistakes_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("claim = 1\n")
    (tmp_path / "b.toml").write_text(CLAIMS.replace('quote = "six"\n', "").replace("why", "y"))
    with pytest.raises(ConfigError) as caught:
        read_claims(tmp_path)
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a = " + b"[" * 100_000, "is nested too deep"),
        (b"#" * (1 << 18) + b"\n", "must be 262,144 bytes or less"),
        (b"a = \x00\n", "toy.toml:1:5:"),
        (b"a = \xff\n", "toy.toml:1:5: is not UTF-8 text"),
        (
            b"reviewed = 2026-01-02\nclaim = []\nx" + b".x" * 50_000 + b" = 1\n",
            "a key must be 32 names or fewer",
        ),
        (b"reviewed = 2026-01-02\nclaim = 1" + b"0" * 5000 + b"\n", "integer string conversion"),
    ],
    ids=["deep", "large", "nul", "latin", "dotted", "digits"],
)
def test_hostile_files_have_one_line(content: bytes, line: str, tmp_path: Path) -> None:
    (tmp_path / "toy.toml").write_bytes(content)
    with pytest.raises(GuardlaneError) as caught:
        read_claims(tmp_path)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_claims_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(GuardlaneError, match="must be a folder with 1 to 64 TOML files"):
            read_claims(folder)


@given(st.one_of(st.text(max_size=200), st.sampled_from(CLAIMS.splitlines()).flatmap(
    lambda line: st.text(max_size=20).map(lambda new: CLAIMS.replace(line, new, 1)))))  # fmt: skip
def test_nothing_but_the_projects_own_error_escapes(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "fuzzed-claims"
    folder.mkdir(exist_ok=True)
    (folder / "a.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read_claims(folder)
    except GuardlaneError as reason:
        assert str(reason)


def test_a_misspelt_claim_has_the_likeliest_name(tmp_path: Path) -> None:
    with pytest.raises(
        GuardlaneError, match=r"no claim is called 'toy-som' \(did you mean 'toy-sum'"
    ):
        claims_in(tmp_path).named("toy-som")


def test_the_shipped_claims_are_those_of_two_abstracts() -> None:
    claims = read_claims(SHIPPED)
    scored = [one for one in claims.listed if one.kind == "claim"]
    assert {one.id.split("-")[0] for one in scored} == {"commguard", "scaleout"}
    parts = {tuple(one.id.split("-")[:2]) for one in scored}
    wanted = {("commguard", f"c{n}") for n in range(1, 6)} | {
        ("scaleout", f"c{n}") for n in range(1, 6)
    }
    assert parts == wanted
    assert all("abstract" in one.locator for one in scored)
