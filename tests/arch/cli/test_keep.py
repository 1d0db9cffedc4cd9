# SPDX-License-Identifier: Apache-2.0
"""A result file is there as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardlane.cli.keep import Folder
from guardlane.errors import GuardlaneError


def test_files_are_written_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"mine")
    kept = Folder(tmp_path).keep({"a.json": b"1", "seed-1/b.png": b"2"})
    assert kept == [str(tmp_path / "a.json"), str(tmp_path / "seed-1" / "b.png")]
    found = {
        str(p.relative_to(tmp_path)): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()
    }
    assert found == {"other": b"mine", "a.json": b"1", "seed-1/b.png": b"2"}


def test_who_reads_an_old_file_reads_all_of_it(tmp_path: Path) -> None:
    Folder(tmp_path).keep({"a.json": b"old"})
    with (tmp_path / "a.json").open("rb") as reader:
        Folder(tmp_path).keep({"a.json": b"new"})
        assert reader.read() == b"old"
    assert (tmp_path / "a.json").read_bytes() == b"new"


def test_when_one_file_cannot_be_written_none_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path)
    folder.keep({"a.json": b"old"})

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("guardlane.cli.keep.os.fsync", full)
    with pytest.raises(GuardlaneError, match="No space left on device"):
        folder.keep({"a.json": b"new"})
    assert (tmp_path / "a.json").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_folder_that_cannot_be_is_refused_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(GuardlaneError, match="file: File exists"):
        Folder(tmp_path / "file")


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", ""])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(GuardlaneError, match="a result cannot be called"):
        Folder(tmp_path / "out").keep({name: b"x"})
    assert [path.name for path in tmp_path.rglob("*")] == ["out"]
