# SPDX-License-Identifier: Apache-2.0
"""The C library for tests: compiled once a session, called through the declarations of its header.

Types and functions come from the header as it is exported, so that a test that runs has also shown
that header and library agree.
"""

from __future__ import annotations

import atexit
import functools
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from cffi import FFI

from tests.requirements import need_tool

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "rtl_models" / "guardlane_rtl" / "c"
LOOPS = [Path(__file__).with_name(f"c_guard_{name}.c") for name in ("driver", "sweep")]
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")

LOOP_CALLS = """
void drive_alignment(guardlane_alignment *am, const int64_t *ops, size_t count, int64_t *rows);
void drive_inserter(guardlane_inserter *hi, const int64_t *ops, size_t count, int64_t *rows);
uint64_t time_alignment(guardlane_alignment *am, const guardlane_unit *units, size_t count);
uint64_t time_queue(guardlane_queue *q, guardlane_word *words, size_t count);
size_t count_bad_codewords(uint32_t data_width, const uint64_t *data, size_t count);
void sweep(uint32_t frames, uint32_t most_pushes, uint32_t most_pops, uint32_t any_bad,
           uint32_t bad_end, uint32_t wrong_way, uint64_t *tally);
"""


def compile_c(out: Path, *arguments: str | Path) -> None:
    """Compile as strict C99 with the library's folder to include from; warnings are errors."""
    gcc = need_tool("gcc", package="gcc")
    call: list[str | Path] = [gcc, "-std=c99", *STRICT, "-I", SOURCES, "-o", out]
    done = subprocess.run([*call, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def declarations() -> str:
    """Return what the header declares, as cffi reads it: no preprocessor, no C++."""
    text = (SOURCES / "guardlane_guard.h").read_text("utf-8")
    text = re.sub(r"#ifdef __cplusplus.*?#endif", "", text, flags=re.DOTALL)
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


class Library(NamedTuple):
    """The library: its types, and its functions and numbers."""

    ffi: Any
    lib: Any


@functools.cache
def library() -> Library:
    """Compile and load, once."""
    ffi = FFI()
    ffi.cdef(declarations() + LOOP_CALLS)
    place = Path(tempfile.mkdtemp(prefix="c-guard-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    shared = place / "guard.so"
    compile_c(shared, "-O2", "-shared", "-fPIC", SOURCES / "guardlane_guard.c", *LOOPS)
    return Library(ffi, ffi.dlopen(str(shared)))
