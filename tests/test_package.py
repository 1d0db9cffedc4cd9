# SPDX-License-Identifier: Apache-2.0
"""What is built from here has everything that a run needs, and nothing that one leaves behind."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "guardlane": ROOT / "arch",
    "guardlane_rtl": ROOT / "rtl_models",
    "guardlane_workloads": ROOT / "workloads",
}
LEFT_BEHIND = ("__pycache__", "_cache/", ".nbi", ".nbc", ".pyc")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("dist")
    call = [sys.executable, "-m", "hatchling", "build", "-d", str(place)]
    subprocess.run(call, cwd=ROOT, check=True, capture_output=True)
    return place


def sources() -> set[str]:
    """Value of the files of all three packages, by their name in a wheel."""
    return {
        path.relative_to(root).as_posix()
        for package, root in PACKAGES.items()
        for path in (root / package).rglob("*")
        if path.is_file() and not any(mark in str(path) for mark in LEFT_BEHIND)
    }


def test_the_wheel_has_every_file_of_the_packages_and_the_references(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    inside = {name for name in names if ".dist-info/" not in name}
    assert inside == sources() | {"guardlane/references.json"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_source_archive_can_be_built_and_tested(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        names = {name.partition("/")[2] for name in files.getnames()}
    needed = {"pyproject.toml", "README.md", "LICENSE", "constraints.txt", "docs/references.json"}
    assert needed | {"tests/conftest.py", ".ci/run", "arch/guardlane/py.typed"} <= names
    assert not [name for name in names if any(mark in name for mark in LEFT_BEHIND)]


def test_versions_agree(built: Path) -> None:
    import guardlane

    (wheel,) = built.glob("*.whl")
    assert wheel.name.startswith(f"guardlane-{guardlane.__version__}-")
