# SPDX-License-Identifier: Apache-2.0
"""The C library, compiled for this process and called through the declarations of its header.

Types and functions come from the header as it is exported, so that whatever runs has also shown
that header and library agree.
"""

from __future__ import annotations

import atexit
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from guardlane.errors import GuardlaneError
from guardlane_rtl.tools import require_module, tool

SOURCES = Path(__file__).resolve().parent / "c"
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")


class Library(NamedTuple):
    """The library: its types, and its functions and numbers."""

    ffi: Any
    lib: Any


def compile_c(out: Path, *arguments: str | Path) -> None:
    """Compile as strict C99 with the library's folder to include from; warnings are errors.

    Raises GuardlaneError if the compiler is missing or refuses.
    """
    call: list[str | Path] = [tool("gcc"), "-std=c99", *STRICT, "-I", SOURCES, "-o", out]
    done = subprocess.run([*call, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise GuardlaneError(f"gcc refused the C library:\n{done.stderr.strip()}")


def declarations() -> str:
    """Value of what the header declares, as cffi reads it: no preprocessor, no C++."""
    text = (SOURCES / "guardlane_guard.h").read_text("utf-8")
    text = re.sub(r"#ifdef __cplusplus.*?#endif", "", text, flags=re.DOTALL)
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def load(more_sources: Sequence[Path] = (), more_calls: str = "") -> Library:
    """Compile the library, with more C files and what they declare, and load it."""
    require_module("cffi")
    from cffi import FFI

    ffi = FFI()
    ffi.cdef(declarations() + more_calls)
    place = Path(tempfile.mkdtemp(prefix="c-guard-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    shared = place / "guard.so"
    compile_c(shared, "-O2", "-shared", "-fPIC", SOURCES / "guardlane_guard.c", *more_sources)
    return Library(ffi, ffi.dlopen(str(shared)))
