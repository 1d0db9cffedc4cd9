# SPDX-License-Identifier: Apache-2.0
"""What other processes are at, as Linux tells it."""

from __future__ import annotations

from pathlib import Path


def workers_of(pid: int) -> list[int]:
    """Value of the children of a process, of all its threads; none when it is gone."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*"):
        try:
            found.extend(int(one) for one in (thread / "children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def is_alive(pid: int) -> bool:
    """Whether a process is there, and not only its exit code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
