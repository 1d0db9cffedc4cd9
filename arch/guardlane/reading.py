# SPDX-License-Identifier: Apache-2.0
"""The one way in for files from strangers: regular files of bounded size, text only as UTF-8."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from guardlane.errors import GuardlaneError


def read_bounded(path: Path, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes; raises GuardlaneError that names it.

    Pipes and devices are refused before they are read, so that none can block or never end.
    """
    try:
        # Without O_NONBLOCK, opening a pipe that nobody writes to waits for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise GuardlaneError(f"{path}: is not a regular file")
            content = file.read(limit + 1)
    except (OSError, ValueError) as reason:
        said = reason.strerror if isinstance(reason, OSError) else None
        raise GuardlaneError(f"{path}: {said or reason}") from None
    if len(content) > limit:
        raise GuardlaneError(f"{path}: must be {limit:,} bytes or less")
    return content


def read_text(path: Path, limit: int) -> str:
    """Read a UTF-8 text of at most `limit` bytes; a GuardlaneError names file and line."""
    content = read_bounded(path, limit)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as reason:
        line = content.count(b"\n", 0, reason.start) + 1
        column = reason.start - content.rfind(b"\n", 0, reason.start)
        raise GuardlaneError(f"{path}:{line}:{column}: is not UTF-8 text") from None
