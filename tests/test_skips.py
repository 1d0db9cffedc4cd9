# SPDX-License-Identifier: Apache-2.0
"""Where everything is required, nothing can be skipped without being seen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CASES = """
import pytest

def test_passes() -> None:
    pass

def test_skips_itself() -> None:
    pytest.skip("no compiler")

@pytest.mark.skip(reason="not today")
def test_is_marked() -> None:
    pass
"""


@pytest.mark.parametrize(
    ("required", "code", "closing"),
    [("", 0, "1 passed, 3 skipped"), ("all", 1, "1 failed, 1 passed, 2 errors")],
)
def test_a_skip_is_a_failure_where_everything_is_required(
    tmp_path: Path, required: str, code: int, closing: str
) -> None:
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_cases.py").write_text(CASES)
    (tmp_path / "test_module.py").write_text("import pytest\npytest.importorskip('no_such')\n")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
            ".",
            "--continue-on-collection-errors",
        ],
        cwd=tmp_path,
        env={**os.environ, "GUARDLANE_REQUIRE": required},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert closing in done.stdout.splitlines()[-1]
    for reason in ("no compiler", "not today", "no_such"):
        assert (reason in done.stdout) == (required == "all")
