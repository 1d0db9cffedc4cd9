# SPDX-License-Identifier: Apache-2.0
"""The house keeps its floors: imports point down, and the library knows no workload."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOTS = ("arch", "rtl_models", "workloads")


def check(place: Path) -> subprocess.CompletedProcess[str]:
    """Run the import linter on the three source roots in `place`, with the project's contracts."""
    path = os.pathsep.join(str(place / root) for root in ROOTS)
    call = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "200"}
    return subprocess.run(
        [*call, *config], cwd=place, env=environment, capture_output=True, text=True, check=False
    )


def test_imports_point_down() -> None:
    done = check(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Contracts: 2 kept, 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("module", "line", "said"),
    [
        (
            "arch/guardlane/units.py",
            "import guardlane.record",
            "guardlane.units -> guardlane.record",
        ),
        (
            "arch/guardlane/stream.py",
            "import guardlane.workload",
            "guardlane.stream -> guardlane.w",
        ),
        (
            "arch/guardlane/isa/image.py",
            "import guardlane.guard.words",
            "guardlane.isa.image -> gu",
        ),
        (
            "arch/guardlane/chip/run.py",
            "import guardlane_workloads",
            "guardlane.chip.run -> guardl",
        ),
        ("arch/guardlane/attic.py", "", "guardlane.attic"),
    ],
)
def test_an_upward_import_a_wrong_neighbour_or_a_room_without_floor_is_found(
    tmp_path: Path, module: str, line: str, said: str
) -> None:
    for root in ROOTS:
        shutil.copytree(ROOT / root, tmp_path / root, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / module).open("a") as file:
        file.write(f"\n{line}\n")
    done = check(tmp_path)
    assert done.returncode == 1
    assert said in done.stdout
