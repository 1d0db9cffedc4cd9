# SPDX-License-Identifier: Apache-2.0
"""The one decorator for compiled loops, and the rule for when a compiled one is out of date."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import caching, config

F = TypeVar("F", bound=Callable[..., Any])

PACKAGE = Path(__file__).resolve().parent


@functools.cache
def kernel_digest(package: Path = PACKAGE) -> str:
    """Digest the sources of `package` itself and of every folder with a kernel in it, by content.

    numba's own stamp is the time and size of one file, so a kernel that took in a changed callee or
    constant would be served stale. One digest over all of their neighbours is coarse, and right as
    long as a kernel takes nothing in from a folder that has none.
    """
    folders: dict[Path, dict[str, bytes]] = {}
    for path in package.rglob("*.py"):
        folders.setdefault(path.parent, {})[path.relative_to(package).as_posix()] = (
            path.read_bytes()
        )
    sources: dict[str, bytes] = {}
    for folder, contents in folders.items():
        has_kernels = any(b"guardlane.kernel import" in content for content in contents.values())
        if has_kernels or folder == package:
            sources |= contents
    digest = hashlib.sha256()
    for name in sorted(sources):
        digest.update(name.encode() + b"\0" + sources[name] + b"\0")
    return digest.hexdigest()


class _DigestStamp:
    """A cache location whose stamp is the digest of all kernels instead of one file's time."""

    _py_file: str

    def get_source_stamp(self) -> tuple[str, str]:
        own = hashlib.sha256(Path(self._py_file).read_bytes()).hexdigest()
        return kernel_digest(), own


class BesideTheSource(_DigestStamp, caching.InTreeCacheLocator):
    """Compiled kernels in `__pycache__` beside their source."""


class InTheUsersCache(_DigestStamp, caching.UserWideCacheLocator):
    """Compiled kernels in the user's cache folder, for an install that cannot be written."""


class WhereTheUserSays(_DigestStamp, caching.UserProvidedCacheLocator):
    """Compiled kernels in NUMBA_CACHE_DIR."""


def kernel(function: F) -> F:
    """Compile `function` on its first call, keep the result on disk, run without the lock.

    A kernel is a plain loop over arrays; it divides as numpy does and checks no bounds.
    """
    return _compiled(function, forceinline=False)


def part(function: F) -> F:
    """Compile `function` as a part of the kernels that call it: its body is copied into theirs.

    For what a kernel does in one place only: a call hands over seven words an array, every time.
    """
    return _compiled(function, forceinline=True)


def _compiled(function: F, *, forceinline: bool) -> F:
    settings: Any = config  # numba sets its attributes as it starts, where no checker sees them
    places = (WhereTheUserSays, BesideTheSource, InTheUsersCache)
    before = settings.CACHE_LOCATOR_CLASSES
    settings.CACHE_LOCATOR_CLASSES = ",".join(f"{__name__}.{place.__name__}" for place in places)
    try:
        compiler: Any = numba.njit(
            cache=True, nogil=True, error_model="numpy", forceinline=forceinline
        )
        return cast(F, compiler(function))
    finally:
        settings.CACHE_LOCATOR_CLASSES = before
