# SPDX-License-Identifier: Apache-2.0
"""A claim is put to the test by its own runs, and the evidence says all that it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardlane.errors import GuardlaneError
from guardlane.ledger.trial import plan_hash, put_to_test, setting_problems
from guardlane.ledger.verdict import judge
from guardlane.record import versions
from guardlane.store import Store
from guardlane.sweep.plan import expand
from guardlane.sweep.runs import Here, Swept
from guardlane.sweep.study import read_study
from guardlane.sweep.sweep import sweep
from guardlane.units import SeedRange
from guardlane.workload import workloads
from tests.arch.ledger.ledger_samples import CLAIMS, claims_in
from tests.here import HereEngine

pytestmark = pytest.mark.usefixtures("toybox")


def test_runs_give_a_row_with_all_that_it_came_from(tmp_path: Path) -> None:
    claim = claims_in(tmp_path / "claims").named("toy-sum")
    found = put_to_test(claim)
    assert (found.mean, found.n, found.unit, found.seeds) == (6.0, 3, "pips", "1..3")
    assert (found.claim, found.claim_hash) == (claim.id, claim.hash)
    assert found.config_hash == plan_hash(claim, SeedRange(1, 3))
    assert found.versions == versions()
    assert found.command == "guardlane ledger run toy-sum --seeds 1..3"
    assert put_to_test(claim).to_json() == found.to_json()
    assert judge(claim, [found]).verdict == "mentioning"  # 3, 6, 9: too wide


def test_other_seeds_and_calibration_are_part_of_the_row(tmp_path: Path) -> None:
    claim = claims_in(tmp_path / "claims").named("toy-sum")
    steps: list[tuple[int, int, str]] = []
    found = put_to_test(
        claim,
        SeedRange(2, 3),
        ["toy-sum"],
        Here(lambda *step: steps.append(step)),
    )
    assert (found.mean, found.seeds, found.calibrated_on) == (7.5, "2..3", ("toy-sum",))
    assert found.command.endswith("--seeds 2..3 --calibrated-on toy-sum")
    assert steps == [(0, 2, "toy, seed 2"), (1, 2, "toy, seed 3")]
    assert judge(claim, [found]).verdict == "calibrated"
    with pytest.raises(GuardlaneError, match="on 16 claims at most"):
        put_to_test(claim, calibrated_on=[f"c{n}" for n in range(17)])


def test_the_run_beside_differs_in_its_baseline_alone(tmp_path: Path) -> None:
    text = CLAIMS.replace('measure = "mean"', 'measure = "overhead"')
    text = text.replace("settings = {", "baseline = { throws = 2 }, settings = {")
    found = put_to_test(claims_in(tmp_path / "claims", text).named("toy-sum"))
    assert (found.mean, found.low, found.high) == (0.5, 0.5, 0.5)  # three throws against two


def test_a_grid_is_measured_point_by_point(tmp_path: Path) -> None:
    text = CLAIMS.replace('throws = "3"', "throws = [2, 3, 5]")
    for measure, found in (("least", 4.0), ("median", 6.0), ("greatest", 10.0)):
        changed = text.replace('measure = "mean"', f'measure = "{measure}"')
        row = put_to_test(claims_in(tmp_path / measure, changed).named("toy-sum"))
        assert (row.mean, row.n) == (found, 9)  # throws times seeds 1, 2 and 3, whose mean is 2
    slope = text.replace('measure = "mean"', 'measure = "slope"\nagainst = "throws"')
    row = put_to_test(claims_in(tmp_path / "slope", slope).named("toy-sum"))
    assert (row.mean, row.n) == (2.0, 3)


def test_the_plan_follows_settings_and_seeds(tmp_path: Path) -> None:
    claim = claims_in(tmp_path / "claims").named("toy-sum")
    other = claims_in(tmp_path / "claims", CLAIMS.replace('throws = "3"', 'throws = "4"'))
    plans = {
        plan_hash(claim, SeedRange(1, 3)),
        plan_hash(claim, SeedRange(1, 4)),
        plan_hash(other.named("toy-sum"), SeedRange(1, 3)),
    }
    assert len(plans) == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('throws = "3"', 'trows = "3"', "claim toy-sum: toy: trows: unknown key (did you mean "
         "'throws'?)"),
        ('"tray.depth" = 5', '"tray.depth" = 1', "claim toy-sum: toy: tray.depth: must be 2 or "
         "more, not 1"),
        ('workload = "toy"', 'workload = "toi"', "claim toy-sum: unknown workload 'toi' (did you "
         "mean 'toy'?); there are: {workloads}"),
        ('metric = "sum"', 'metric = "som"', "claim toy-sum: toy has no metric som (did you mean "
         "'sum'?)"),
        ('measure = "mean"', 'measure = "slope"\nagainst = "trows"', "claim toy-sum: toy has no "
         "metric or setting trows (did you mean 'throws'?)"),
    ],
)  # fmt: skip
def test_wrong_settings_are_found_without_a_run(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    claim = claims_in(tmp_path / "claims", CLAIMS.replace(old, new)).named("toy-sum")
    assert setting_problems(claim) == [said.format(workloads=", ".join(workloads()))]
    with pytest.raises(GuardlaneError):
        put_to_test(claim)


def test_a_recollection_has_no_test(tmp_path: Path) -> None:
    with pytest.raises(GuardlaneError, match="toy-recalled has no test: a recollection is never"):
        put_to_test(claims_in(tmp_path / "claims").named("toy-recalled"))


STUDY = """
workload = "toy"
seeds = "1..2"
settings = { tray.depth = 5 }
[[axis]]
setting = "throws"
values = [2, 3]
"""


def test_what_a_sweep_has_run_is_not_run_again_and_gives_the_same_row(tmp_path: Path) -> None:
    claim = claims_in(tmp_path / "claims").named("toy-sum")
    (tmp_path / "dice.toml").write_text(STUDY)
    with Store(tmp_path / "dice.db", write=True) as store:
        sweep(expand(read_study(tmp_path / "dice.toml")), store, HereEngine())
        engine = HereEngine()
        found = put_to_test(claim, runs=Swept(store, engine))
        assert len(engine.ran) == 1  # seed 3, which the study has not got
        assert found.to_json() == put_to_test(claim).to_json()
        again = HereEngine()
        assert put_to_test(claim, runs=Swept(store, again)) == found
        assert again.ran == []


def test_a_baseline_beside_each_run_is_swept_too(tmp_path: Path) -> None:
    text = CLAIMS.replace('measure = "mean"', 'measure = "overhead"')
    text = text.replace("settings = {", "baseline = { throws = 2 }, settings = {")
    claim = claims_in(tmp_path / "claims", text).named("toy-sum")
    with Store(tmp_path / "dice.db", write=True) as store:
        engine = HereEngine()
        found = put_to_test(claim, runs=Swept(store, engine))
    assert len(engine.ran) == 6
    assert found == put_to_test(claim)


def test_a_run_that_fails_in_a_sweep_is_told_with_its_command(tmp_path: Path) -> None:
    text = CLAIMS.replace('settings = { throws = "3",', 'settings = { word = "crash",')
    claim = claims_in(tmp_path / "claims", text).named("toy-sum")
    with (
        Store(tmp_path / "dice.db", write=True) as store,
        pytest.raises(GuardlaneError, match="a run failed: ZeroDivisionError.*guardlane run toy"),
    ):
        put_to_test(claim, runs=Swept(store, HereEngine()))
