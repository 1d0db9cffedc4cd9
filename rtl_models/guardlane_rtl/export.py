# SPDX-License-Identifier: Apache-2.0
"""The command `guardlane export c`: the guards as source files, for somebody else's simulator."""

from __future__ import annotations

from importlib.resources import files
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
    for path in write(C_FILES, "c", directory, overwrite=overwrite):
        print(path)
    return 0


def write(names: tuple[str, ...], folder: str, directory: Path, *, overwrite: bool) -> list[str]:
    """Write the named files out of this package's `folder`, and give their paths.

    All are written or none. Raises GuardlaneError when `directory` cannot be written to or, unless
    `overwrite`, holds one of them.
    """
    from guardlane.cli.keep import Folder

    here = files("guardlane_rtl") / folder
    if directory.exists() and not directory.is_dir():
        raise GuardlaneError(f"{directory} is not a folder")
    for place in (directory / name for name in names):
        if place.is_dir():
            raise GuardlaneError(f"{place} is a folder")
        if place.exists() and not overwrite:
            raise GuardlaneError(f"{place} exists; give --overwrite to replace it")
    return Folder(directory).keep({name: (here / name).read_bytes() for name in names})
