# SPDX-License-Identifier: Apache-2.0
"""The studies that come along are right, in full and small."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardlane.errors import UsageError
from guardlane.sweep.plan import expand
from guardlane.sweep.shipped import shipped, study_path
from guardlane.sweep.study import read_study

SIZES = {"fir-flips": (20 * (5 + 5 * 2), 18), "jpeg-quality": (20 * 4 * 4 * 8, 2 * 2 * 2)}


@pytest.mark.parametrize("name", SIZES)
def test_a_study_has_as_many_points_as_its_axes_say(name: str) -> None:
    path = study_path(Path(name))
    sizes = tuple(len(expand(read_study(path, scale)).tasks) for scale in ("full", "ci"))
    assert sizes == SIZES[name]


def test_these_are_all_and_a_misspelt_one_is_told() -> None:
    assert set(shipped()) == set(SIZES)
    with pytest.raises(UsageError, match="no study 'jpeg-qualty' .did you mean 'jpeg-quality'"):
        study_path(Path("jpeg-qualty"))


def test_a_file_of_a_name_goes_before_the_study_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("fir-flips").write_text('workload = "complex-fir"\n')
    assert study_path(Path("fir-flips")) == Path("fir-flips")
