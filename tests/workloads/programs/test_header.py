# SPDX-License-Identifier: Apache-2.0
"""The C header makes one port instruction of each pop and push, and refuses what would be none."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from guardlane_workloads.programs import INCLUDE
from tests.cross_compiler import FLAGS, compiled, disassembled
from tests.requirements import require_tool

EVERY_KIND = """
#include "guardlane.h"
int _start(void) {
    push_i32(0, pop_i32(508));
    push_f32(508, pop_f32(0) + pop_f32(1));
    return 0;
}
"""


@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2", "-Os"])
@pytest.mark.parametrize("standard", ["-std=c11", "-std=gnu17"])
def test_every_pop_and_push_is_one_access_through_x0(
    level: str, standard: str, tmp_path: Path
) -> None:
    text = disassembled(compiled(tmp_path, EVERY_KIND, level, standard, "-Wpedantic"))
    found = re.findall(r"\b(lw|sw|flw|fsw)\t\w+,(-?\d+)\(zero\)", text)
    assert found == [
        ("lw", "-2036"), ("sw", "-4"), ("flw", "-4"), ("flw", "-8"), ("fsw", "-2036"),
    ]  # fmt: skip


def test_what_is_popped_is_popped_even_if_nobody_wants_it(tmp_path: Path) -> None:
    source = '#include "guardlane.h"\nint _start(void) { pop_i32(0); pop_f32(2); return 0; }\n'
    assert len(re.findall(r"\(zero\)", disassembled(compiled(tmp_path, source)))) == 2


@pytest.mark.parametrize("port", ["509", "-1", "number"])
def test_a_port_that_is_no_constant_of_the_window_does_not_compile(
    port: str, tmp_path: Path
) -> None:
    gcc = require_tool("riscv64-unknown-elf-gcc", package="gcc-riscv64-unknown-elf")
    source = (
        f'#include "guardlane.h"\nint number;\nint _start(void) {{ return pop_i32({port}); }}\n'
    )
    (tmp_path / "wrong.c").write_text(source)
    call = [gcc, *FLAGS, f"-I{INCLUDE}", "wrong.c", "-o", "wrong"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "static assertion" in done.stderr
