# SPDX-License-Identifier: Apache-2.0
"""One writer at a time: a locked file beside the store that says who writes."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from guardlane.errors import GuardlaneError


class WriterLock:
    """The right to write to the store at `path`, until `release` or the end of the process.

    The kernel drops the lock of a process that dies, however it dies, so none is ever stale.
    Raises GuardlaneError with the pid of whoever has it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(f"{path.name}-writer")
        while True:
            try:
                self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except OSError as reason:
                raise GuardlaneError(f"{self.path}: {reason.strerror}") from None
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                who = os.pread(self._handle, 32, 0).decode("ascii", "replace").strip()
                os.close(self._handle)
                raise GuardlaneError(
                    f"{path}: process {who or '(starting)'} is writing to it; wait for its end, or "
                    "take another --store"
                ) from None
            if self._is_in_place():
                break
            os.close(self._handle)  # another writer removed the file as it went
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the right up."""
        self.path.unlink(missing_ok=True)
        os.close(self._handle)

    def _is_in_place(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._handle), self.path.stat())
        except FileNotFoundError:
            return False
