# SPDX-License-Identifier: Apache-2.0
"""The sources of the C library as compilers, linkers and sanitizers see them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.requirements import need_tool
from tests.rtl.c_guard import SOURCES, compile_c


def test_any_calls_in_any_order_are_defined(tmp_path: Path) -> None:
    program = tmp_path / "fuzz"
    sources = (SOURCES / "guardlane_guard.c", Path(__file__).with_name("c_guard_fuzz.c"))
    watched = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-O1", "-g")
    compile_c(program, *watched, *sources)
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "accepted" in done.stdout


def test_the_sanitizers_see_a_write_beyond_the_words(tmp_path: Path) -> None:
    text = (SOURCES / "guardlane_guard.c").read_text("utf-8")
    wrong = tmp_path / "wrong.c"
    right = "pointer < q->depth ? pointer : pointer - q->depth"
    assert right in text
    wrong.write_text(text.replace(right, "pointer + 0 * q->depth"))
    program = tmp_path / "fuzz"
    compile_c(program, "-fsanitize=address,undefined", "-O1", wrong,
              Path(__file__).with_name("c_guard_fuzz.c"))  # fmt: skip
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert "heap-buffer-overflow" in done.stderr


@pytest.mark.parametrize(
    "dialect", ["-std=c99", "-std=c11", "-xc++ -std=c++11", "-xc++ -std=c++20"]
)
def test_the_sources_compile_without_a_warning(dialect: str, tmp_path: Path) -> None:
    call = [need_tool("g++", package="g++"), *(() if "++" in dialect else ("-xc",)),
            *dialect.split(), "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror",
            "-ffreestanding", "-O2", "-c", SOURCES / "guardlane_guard.c", "-o",
            tmp_path / "out.o"]  # fmt: skip
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_library_has_no_state_and_asks_for_nothing(tmp_path: Path) -> None:
    out = tmp_path / "guard.o"
    compile_c(out, "-O2", "-ffreestanding", "-c", SOURCES / "guardlane_guard.c")
    table = subprocess.run(["nm", out], capture_output=True, text=True, check=True).stdout
    kinds = {line.split()[-1]: line.split()[-2] for line in table.splitlines()}
    assert not {name: kind for name, kind in kinds.items() if kind in "BbDdC"}
    # What a compiler may call for by itself, in a freestanding program too.
    assert {name for name, kind in kinds.items() if kind == "U"} <= {"memcpy", "memset"}
    exported = {name for name, kind in kinds.items() if kind == "T"}
    header = (SOURCES / "guardlane_guard.h").read_text("utf-8")
    assert exported == set(re.findall(r"\b(guardlane_\w+)\(", header))
    assert not re.search(r"\(\s*\*|stdio|malloc", header)  # no callbacks, no files, no heap
