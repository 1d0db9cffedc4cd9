# SPDX-License-Identifier: Apache-2.0
"""Workloads come in by entry point, a stranger's like a built-in; a broken one fails alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guardlane import plugins
from guardlane.errors import GuardlaneError, UsageError
from guardlane.sweep.runs import Here
from guardlane.workload import Comparable, load_workload, with_seeds, workloads
from tests.plugin import TOY, install


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    entries = {"toy": "toybox:Toy", "broken": "toybox:Nothing", "empty": "toybox:WHY"}
    install(tmp_path, "toybox", TOY, {"guardlane.workloads": entries})
    monkeypatch.syspath_prepend(str(tmp_path))
    return load_workload("toy")


def test_a_strangers_workload_stands_beside_the_built_in_ones(toy: Any) -> None:
    assert {"toy", "jpeg", "complex-fir"} <= set(workloads())
    assert toy.run(toy.Config()).metrics["sum"] == 3
    assert not isinstance(toy, Comparable)


def test_one_run_a_seed_differs_in_its_seed_alone(toy: Any) -> None:
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int, what: str) -> None:
        told.append((done, total))

    wanted = [(toy, config) for config in with_seeds(toy, toy.Config(), [4, 2])]
    records = Here(progress)(wanted, is_whole=True)
    assert [record.config["seed"] for record in records] == [4, 2]
    assert len({record.config_hash for record in records}) == 2
    assert told == [(0, 2), (1, 2)]


@pytest.mark.usefixtures("toy")
def test_a_broken_package_is_named_and_spoils_nothing_else() -> None:
    with pytest.raises(
        GuardlaneError, match=r"workload broken of toybox 1.0 cannot be loaded: Attr"
    ):
        load_workload("broken")
    with pytest.raises(GuardlaneError, match="workload empty must have `name`"):
        load_workload("empty")


@pytest.mark.usefixtures("toy")
def test_a_misspelt_name_is_answered_with_the_likeliest() -> None:
    with pytest.raises(UsageError, match=r"unknown workload 'toyy' \(did you mean 'toy'\?\)"):
        load_workload("toyy")
    with pytest.raises(UsageError, match=r"unknown guard 'zzz'; there are: commguard, "):
        plugins.load("guardlane.guards", "zzz")


@pytest.mark.usefixtures("toy")
def test_two_packages_may_not_bring_one_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = {"guardlane.workloads": {"toy": "other:Toy"}}
    install(tmp_path / "two", "other", "", point)
    monkeypatch.syspath_prepend(str(tmp_path / "two"))
    with pytest.raises(GuardlaneError, match=r"toy is claimed by (toybox|other) 1.0 and by"):
        workloads()


@pytest.mark.parametrize("group", list(plugins.NOUNS))
def test_every_built_in_entry_point_can_be_loaded(group: str) -> None:
    names = list(plugins.found(group))
    assert names
    for name in names:
        assert plugins.load(group, name) is not None
