# SPDX-License-Identifier: Apache-2.0
"""A compiled kernel is out of date as soon as any source of the package is another."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from guardlane import kernel

MODULES = {
    "constants.py": "STEP = 1\n",
    "callee.py": "from guardlane.kernel import kernel\nfrom constants import STEP\n"
    "@kernel\ndef step(x):\n    return x + STEP\n",
    "caller.py": "from guardlane.kernel import kernel\nfrom callee import step\n"
    "@kernel\ndef twice(x):\n    return step(step(x))\n",
}
PROGRAM = """
import sys
from pathlib import Path
from guardlane import kernel
kernel.PACKAGE = Path(sys.argv[1])
digest = kernel.kernel_digest.__wrapped__
kernel.kernel_digest = lambda: digest(kernel.PACKAGE)
sys.path.insert(0, sys.argv[1])
import caller
print(caller.twice(1), sum(caller.twice.stats.cache_hits.values()))
"""


def run(folder: Path) -> list[int]:
    """Call the kernel in a new process: its answer, and how many compiled ones it found."""
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)], capture_output=True, text=True, check=True
    )
    return [int(word) for word in found.stdout.split()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "old", "new"), [("constants.py", "1", "5"), ("callee.py", "+", "*")]
)
def test_a_kernel_follows_a_change_of_what_it_took_in(
    folder: Path, name: str, old: str, new: str
) -> None:
    assert run(folder) == [3, 0]
    assert run(folder) == [3, 1], "an unchanged kernel comes from the disk"
    (folder / name).write_text(MODULES[name].replace(old, new))
    answer = {"constants.py": 11, "callee.py": 1}[name]
    assert run(folder) == [answer, 0]


def test_the_digest_hangs_on_content_and_names_and_not_on_the_place(tmp_path: Path) -> None:
    digests = set()
    for place, name, text in (
        ("a", "x.py", "1"),
        ("b", "x.py", "1"),
        ("c", "y.py", "1"),
        ("d", "x.py", "2"),
    ):
        (tmp_path / place).mkdir()
        (tmp_path / place / name).write_text(text)
        digests.add(kernel.kernel_digest(tmp_path / place))
    assert len(digests) == 3
