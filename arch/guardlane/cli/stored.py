# SPDX-License-Identifier: Apache-2.0
"""A store and workers for the commands that run more than one point."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # help must not wait for pydantic
    from guardlane.store import Store
    from guardlane.sweep.local import LocalEngine
    from guardlane.sweep.runs import Runs
    from guardlane.workload import Progress

MOST_WORKERS = 8  # unless asked for, as each takes half a GB


def store_and_engine(
    stack: ExitStack, path: Path | None, workers: int | None
) -> tuple[Store, LocalEngine]:
    """Value of the store at `path`, or of one that is gone when `stack` closes, and its engine."""
    from guardlane.store import Store
    from guardlane.sweep.local import LocalEngine

    if path is None:
        path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "runs.db"
    store = stack.enter_context(Store(path, write=True))
    count = workers if workers is not None else min(os.cpu_count() or 1, MOST_WORKERS)
    return store, LocalEngine(count)


def swept(stack: ExitStack, path: Path | None, workers: int | None, progress: Progress) -> Runs:
    """Value of runs by a sweep into the store at `path`, or into one for this command alone."""
    from guardlane.sweep.runs import Swept

    return Swept(*store_and_engine(stack, path, workers), progress)
