# SPDX-License-Identifier: Apache-2.0
"""A comparison is a sweep: what its study says, with one's own settings, and nothing twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guardlane.cli import main
from guardlane.errors import GuardlaneError
from guardlane.store import Store
from guardlane.sweep.comparison import compare, comparison_plan
from guardlane.workload import load_workload
from tests.here import HereEngine
from tests.plugin import TOY, install

DICE = (
    TOY
    + """

class Dice(Toy):
    name = "dice"
    comparison = "colours"

    def run(self, config, progress=None):
        from dataclasses import replace

        return replace(super().run(config), workload="dice")

    def compared(self, config, groups, progress=None):
        return [(f"{colour} dice", list(runs)) for colour, runs in groups.items()]

    def report(self, comparison, command):
        told = [f"{label}: {len(runs)}" for label, runs in comparison]
        return {"report.txt": "\\n".join([command, *told]).encode()}
"""
)
STUDY = """
title = "Colours"
workload = "toy"
metrics = ["sum"]
seeds = "1..9"
[settings]
throws = 7
[[axis]]
setting = "colour"
values = ["green", "red"]
"""


@pytest.fixture
def dice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    site = tmp_path / "site"
    points = {
        "guardlane.workloads": {"dice": "dicebox:Dice", "toy": "dicebox:Toy"},
        "guardlane.studies": {"dice": "dicestudies"},
    }
    install(site, "dicebox", DICE, points)
    (site / "dicestudies").mkdir()
    (site / "dicestudies" / "__init__.py").write_text("")
    (site / "dicestudies" / "colours.toml").write_text(STUDY)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(tmp_path)
    return load_workload("dice")


def test_the_plan_has_the_studys_axes_and_the_callers_settings_and_seeds(dice: Any) -> None:
    config = dice.Config(throws="5", colour="green", tray={"depth": 9}, seed=33)
    plan = comparison_plan(dice, config, [4, 2], "colours")
    assert [task.axes for task in plan.tasks] == [
        {"colour": colour, "seed": seed} for colour in ("green", "red") for seed in ("4", "2")
    ]
    assert plan.tasks[0].command == (
        "guardlane run dice --set throws=5 --set tray.depth=9 --set colour=green --set seed=4"
    )
    settings = json.loads(plan.tasks[0].cell.settings)
    assert (settings["throws"], settings["tray"]) == ("5", {"depth": 9})


def test_what_the_store_has_is_not_run_again(dice: Any) -> None:
    engine = HereEngine()
    with Store(Path("runs.db"), write=True) as store:
        compare(dice, dice.Config(), [1, 2], store, engine)
        assert len(engine.ran) == 4
        found = compare(dice, dice.Config(), [1, 2, 3], store, engine)
    assert len(engine.ran) == 6
    assert [(label, [run.metrics["sum"] for run in runs]) for label, runs in found] == [
        ("green dice", [3, 6, 9]), ("red dice", [3, 6, 9]),
    ]  # fmt: skip
    one = dice.run(dice.Config(colour="red", seed=2))
    stored = found[1][1][1]
    assert (stored.config, stored.config_hash) == (one.config, one.config_hash)


def test_a_run_that_fails_is_named_with_its_command(dice: Any) -> None:
    with Store(Path("runs.db"), write=True) as store, pytest.raises(GuardlaneError) as caught:
        compare(dice, dice.Config(word="crash"), [1], store, HereEngine())
    assert str(caught.value).startswith("2 of 2 runs failed; the first: ZeroDivisionError: the die")
    assert "guardlane run dice --set word=crash --set colour=" in str(caught.value)


@pytest.mark.usefixtures("dice")
def test_the_command_keeps_report_store_and_records(capsys: pytest.CaptureFixture[str]) -> None:
    call = ["run", "dice", "--compare", "--seeds", "1..2", "--throws", "5", "--out", "kept"]
    assert main(call) == 0
    shown = capsys.readouterr().out
    assert "4 of 4 runs completed" in shown
    assert "green dice (2)" in shown
    names = sorted(path.name for path in Path("kept").iterdir())
    assert names == ["report.txt", "runs.db", "runs.json"]
    report = Path("kept/report.txt").read_text().split("\n")
    assert report == [f"guardlane {' '.join(call)}", "green dice: 2", "red dice: 2"]
    runs = json.loads(Path("kept/runs.json").read_text())["runs"]
    assert [(run["colour"], run["seed"], run["sum"]) for run in runs] == [
        ("green", 1, 5), ("green", 2, 10), ("red", 1, 5), ("red", 2, 10),
    ]  # fmt: skip
    assert not {"statistics", "series", "fault_events"} & set(runs[0])
    assert main(["report", "kept/runs.db"]) == 0
    assert b"4 of 4 points finished" in Path("kept/runs.html").read_bytes()
    capsys.readouterr()
    assert main(["run", "dice", "--compare", "--seeds", "1..2", "--throws", "5", "--json"]) == 0
    assert capsys.readouterr().out == Path("kept/runs.json").read_text()
