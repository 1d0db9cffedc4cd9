# SPDX-License-Identifier: Apache-2.0
"""The studies that come along are right, in full and small."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardlane import plugins
from guardlane.errors import UsageError
from guardlane.sweep.plan import expand
from guardlane.sweep.shipped import shipped, study_path
from guardlane.sweep.study import read_study
from guardlane.workload import workloads

PROGRAMS = ("jpeg", "complex-fir", "fft", "audiobeamformer", "lookup")
SIZES = {
    "fir-flips": (20 * (5 + 5 * 2), 18),
    "jpeg-quality": (20 * 4 * 4 * 8, 2 * 2 * 2),
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
    own = "elf"  # runs a user's own program, so nobody can say which
    assert set(PROGRAMS) == set(workloads()) - {own}
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
