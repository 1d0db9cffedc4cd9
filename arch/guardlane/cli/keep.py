# SPDX-License-Identifier: Apache-2.0
"""The folder that `--out` names: either all of a file is there, or none of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from guardlane.errors import GuardlaneError


class Folder:
    """A folder for results, checked before a long run rather than after it.

    Raises GuardlaneError when it can be neither made nor written to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=path).close()
        except OSError as reason:
            raise GuardlaneError(f"{path}: {reason.strerror or reason}") from None

    def keep(self, files: Mapping[str, bytes]) -> list[str]:
        """Write `files` by their names in the folder, and give their paths.

        All are first written beside their places, so that none is ever seen in part; others in the
        folder stay. Raises GuardlaneError if the disk is full or a name leads out of the folder.
        """
        staging = None
        try:
            staging = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=self.path))
            for name, content in files.items():
                self._check(name)
                target = staging / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            for name in files:
                (self.path / name).parent.mkdir(parents=True, exist_ok=True)
                (staging / name).replace(self.path / name)
        except OSError as reason:
            raise GuardlaneError(f"{self.path}: {reason.strerror or reason}") from None
        finally:
            if staging is not None:
                shutil.rmtree(staging, ignore_errors=True)
        return [str(self.path / name) for name in files]

    def _check(self, name: str) -> None:
        parts = PurePosixPath(name).parts
        if not parts or PurePosixPath(name).is_absolute() or ".." in parts:
            raise GuardlaneError(f"{self.path}: a result cannot be called {name!r}")
