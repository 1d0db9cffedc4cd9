# SPDX-License-Identifier: Apache-2.0
"""`guardlane export c` and `export rtl`: the guards as source files, for somebody else's use."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from guardlane.errors import GuardlaneError

C_FILES = ("guardlane_guard.h", "guardlane_guard.c", "example.cpp", "CMakeLists.txt")


def export_c(
    directory: Annotated[Path, Parameter(name="DIR", help="Where to; made if need be.")],
    /,
    *,
    overwrite: Annotated[bool, Parameter(help="Replace files of ours.", negative="")] = False,
) -> int:
    """Write the C library: a header, a source file, a C++ example and a CMakeLists.txt."""
    here = files("guardlane_rtl") / "c"
    for path in write([here / name for name in C_FILES], directory, overwrite=overwrite):
        print(path)
    return 0


def export_rtl(
    directory: Annotated[Path, Parameter(name="DIR", help="Where to; made if need be.")],
    /,
    *,
    overwrite: Annotated[bool, Parameter(help="Replace files of ours.", negative="")] = False,
) -> int:
    """Write the hardware: SystemVerilog, a file list for tools, and a link that is instantiated."""
    for path in write(rtl_sources(), directory, overwrite=overwrite):
        print(path)
    return 0


def rtl_sources() -> list[Traversable]:
    """Value of the files of the hardware, sorted by name."""
    here = files("guardlane_rtl")
    found = [*(here / "rtl").iterdir(), *(here / "instance").iterdir()]
    return sorted(
        (path for path in found if path.name.endswith((".sv", ".svh", ".f"))),
        key=lambda path: path.name,
    )


def write(sources: Sequence[Traversable], directory: Path, *, overwrite: bool) -> list[str]:
    """Write copies of files of this package, and give their paths.

    All are written or none. Raises GuardlaneError when `directory` cannot be written to or, unless
    `overwrite`, holds one of them.
    """
    from guardlane.cli.keep import Folder

    if directory.exists() and not directory.is_dir():
        raise GuardlaneError(f"{directory} is not a folder")
    for place in (directory / source.name for source in sources):
        if place.is_dir():
            raise GuardlaneError(f"{place} is a folder")
        if place.exists() and not overwrite:
            raise GuardlaneError(f"{place} exists; give --overwrite to replace it")
    return Folder(directory).keep({source.name: source.read_bytes() for source in sources})
