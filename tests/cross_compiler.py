# SPDX-License-Identifier: Apache-2.0
"""C compiled for the guest by a compiler that is not of our making."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from guardlane_workloads.programs import INCLUDE
from tests.requirements import require_tool

FLAGS = ("-march=rv32imf", "-mabi=ilp32f", "-O2", "-nostdlib", "-static", "-Wall", "-Werror")


def compiled(place: Path, source: str, *flags: str) -> Path:
    """Compile C `source` in the folder `place`; the path of the executable."""
    gcc = require_tool("riscv64-unknown-elf-gcc", package="gcc-riscv64-unknown-elf")
    (place / "guest.c").write_text(source)
    call = [gcc, *FLAGS, *flags, f"-I{INCLUDE}", "guest.c", "-o", "guest.elf", "-lgcc"]
    _run(call, place)
    return place / "guest.elf"


def disassembled(program: Path) -> str:
    """Value of the assembly of an executable."""
    tool = require_tool("riscv64-unknown-elf-objdump", package="binutils-riscv64-unknown-elf")
    return _run([tool, "-d", program.name], program.parent)


def _run(call: Sequence[str], place: Path) -> str:
    done = subprocess.run(call, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
