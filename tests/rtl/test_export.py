# SPDX-License-Identifier: Apache-2.0
"""`guardlane export c` writes a folder that builds by itself, whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from guardlane.cli import main
from guardlane_rtl import tools
from guardlane_rtl.build import RTL
from guardlane_rtl.export import C_FILES
from tests.environment import environment
from tests.requirements import need_tool
from tests.rtl.c_guard import SOURCES

SHOWN = """\
frame 1: 10 11 12 13
frame 2: 20 22 23 pad
frame 3: 30 31 32 33
frame 4: 40 41 42 43
"""


def test_the_exported_folder_builds_and_shows_a_pad_for_a_lost_item(tmp_path: Path) -> None:
    place, built = tmp_path / "deep" / "guard", tmp_path / "built"
    call = [sys.executable, "-m", "guardlane.cli", "export", "c", str(place)]
    done = subprocess.run(call, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(place / name) for name in C_FILES]
    for tool in ("make", "g++"):
        need_tool(tool, package=tool)
    cmake = need_tool("cmake", package="cmake")
    for step in (["-S", str(place), "-B", str(built), "-G", "Unix Makefiles"],
                 ["--build", str(built)]):  # fmt: skip
        done = subprocess.run([cmake, *step], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert subprocess.run([built / "example"], capture_output=True, text=True).stdout == SHOWN


def test_every_file_of_the_folder_is_exported_and_the_example_is_short() -> None:
    assert {path.name for path in SOURCES.iterdir()} == set(C_FILES)
    assert len((SOURCES / "example.cpp").read_text("utf-8").splitlines()) <= 60
    assert all("SPDX" in (SOURCES / name).read_text("utf-8").split("\n")[0] for name in C_FILES)


def contents(place: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(path): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def export(*arguments: str) -> int:
    return main(["export", "c", *arguments])


def test_nothing_is_overwritten_unless_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "guardlane_guard.c").write_text("mine")
    (tmp_path / "notes").write_text("mine too")
    before = contents(tmp_path)
    assert export(str(tmp_path)) == 1
    said = f"guardlane: {tmp_path / 'guardlane_guard.c'} exists; give --overwrite to replace it\n"
    assert capsys.readouterr().err == said
    assert contents(tmp_path) == before
    assert export(str(tmp_path), "--overwrite") == 0
    after = contents(tmp_path)
    assert after[str(tmp_path / "notes")] == b"mine too"
    assert after[str(tmp_path / "guardlane_guard.c")] == (SOURCES / C_FILES[1]).read_bytes()
    assert len(after) == len(C_FILES) + 1


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda place: place.write_text(""), "{place} is not a folder"),
        (lambda place: (place / C_FILES[3]).mkdir(parents=True), "{place}/CMakeLists.txt is a fo"),
        (lambda place: place.symlink_to(place.parent / "no" / "where"), "{place}: File exists"),
    ],
)
def test_a_place_that_cannot_be_written_to_is_one_line(
    make: object, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "guard"
    assert callable(make)
    make(place)
    before = contents(tmp_path)
    assert export(str(place), "--overwrite") == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(f"guardlane: {said.format(place=place)}")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert contents(tmp_path) == before


def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flushed = []

    def fsync(number: int) -> None:
        flushed.append(number)
        if len(flushed) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    assert export(str(tmp_path)) == 1
    assert capsys.readouterr().err == f"guardlane: {tmp_path}: No space left on device\n"
    assert contents(tmp_path) == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["export", "c"], "DIR requires an argument"), (["export", "d", "x"], "Unused"),
     (["export", "c", "a", "b"], "Unused")],
)  # fmt: skip
def test_wrong_usage_is_one_line_and_code_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1


def test_the_exported_hardware_is_a_design_that_verilator_takes_without_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "hardware"
    assert main(["export", "rtl", str(place)]) == 0
    written = {path.name for path in place.iterdir()}
    assert capsys.readouterr().out.split() == [str(place / name) for name in sorted(written)]
    listed = (place / "filelist.f").read_text("utf-8").splitlines()[3:]
    assert {*listed, "filelist.f", "secded_columns.svh"} == written
    assert {path.name for path in RTL.glob("*.sv")} < written
    assert len((place / "example.sv").read_text("utf-8").splitlines()) <= 36
    lint = ["--lint-only", "-Wall", "--quiet", "-F", str(place / "filelist.f")]
    done = subprocess.run(
        [tools.tool("verilator"), *lint, "--top-module", "example"],
        env=tools.tool_environment(), cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert main(["export", "rtl", str(place)]) == 1
    assert "exists; give --overwrite" in capsys.readouterr().err


def test_help_names_what_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "c", "--help"]) == 0
    assert "a header, a source file, a C++ example" in " ".join(capsys.readouterr().out.split())
