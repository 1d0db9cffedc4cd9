# SPDX-License-Identifier: Apache-2.0
"""The studies that come along are right, in full and small."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardlane import plugins
from guardlane.errors import UsageError
from guardlane.report.render import render
from guardlane.report.studies import studies_page
from guardlane.store import Store
from guardlane.sweep.plan import expand
from guardlane.sweep.shipped import shipped, study_path
from guardlane.sweep.study import read_study
from guardlane.sweep.sweep import sweep
from guardlane.workload import load_workload, workloads
from tests.here import HereEngine

PROGRAMS = ("jpeg", "complex-fir", "fft", "audiobeamformer", "lookup")
SIZES = {
    "compare": (20 * 3, 2 * 3),
    "fir-flips": (20 * (5 + 5 * 2), 18),
    "jpeg-quality": (20 * 4 * 4 * 8, 2 * 2 * 2),
    "traffic-load": (10 * 2 * 10, 2 * 2),
    "recommender-grid": (3 * 3 * (1 + 3 * 3) * 2, 2 * (1 + 3 * 3) * 2),
    **{f"faults-{name}": (20 * 5 * 4 * 4, 2 * 2 * 2 * 2) for name in PROGRAMS},
    **{f"voltage-{name}": (20 * 2 * 10, 2 * 2) for name in ("jpeg", "audiobeamformer")},
}


@pytest.mark.parametrize("name", SIZES)
def test_a_study_has_as_many_points_as_its_axes_say(name: str) -> None:
    path = study_path(Path(name))
    sizes = tuple(len(expand(read_study(path, scale)).tasks) for scale in ("full", "ci"))
    assert sizes == SIZES[name]


def test_these_are_all_and_a_misspelt_one_is_told() -> None:
    assert set(shipped()) == set(SIZES)
    with pytest.raises(UsageError, match="no study 'jpeg-qualty' .did you mean 'jpeg-quality'"):
        study_path(Path("jpeg-qualty"))


def test_every_program_has_a_study_of_every_model_of_faults() -> None:
    # those on a chip, which have a guard; elf runs a user's own program, so nobody can say which
    on_a_chip = {n for n in workloads() if "guard" in load_workload(n).Config.model_fields}
    assert set(PROGRAMS) == on_a_chip
    for name in PROGRAMS:
        read = read_study(study_path(Path(f"faults-{name}")))
        assert read.says.workload == name
        (axis,) = (axis for axis in read.says.axis if axis.setting == "faults")
        assert set(axis.values or ()) == set(plugins.found("guardlane.faults"))


def test_a_file_of_a_name_goes_before_the_study_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("fir-flips").write_text('workload = "complex-fir"\n')
    assert study_path(Path("fir-flips")) == Path("fir-flips")


@pytest.mark.parametrize("name", [name for name in SIZES if name != "voltage-jpeg"])
def test_the_small_edition_runs_and_has_a_page(name: str, tmp_path: Path) -> None:
    plan = expand(read_study(study_path(Path(name)), "ci"))
    with Store(tmp_path / "study.db", write=True) as store:
        at = sweep(plan, store, HereEngine())
        assert (at.finished, at.failed) == (len(plan.tasks), 0)
        page = render(studies_page(store)).decode()
    assert f"{at.total} of {at.total} points finished, 0 failed" in page
    for metric in plan.study.metrics:
        assert f">{metric['name']}" in page
