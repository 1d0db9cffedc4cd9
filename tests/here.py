# SPDX-License-Identifier: Apache-2.0
"""An engine without processes, for tests: it runs points one after the other where it is called."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from guardlane.store import Store
from guardlane.sweep.comparison import compare
from guardlane.sweep.outcome import Ended, Outcome, Tries
from guardlane.sweep.study import Limits
from guardlane.sweep.tasks import Task
from guardlane.sweep.worker import _run
from guardlane.workload import Comparison


class HereEngine:
    """Runs points as a worker does, in this process; `ran` are their keys."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def drain(self) -> None:
        """Take no more points; there is nothing in hand."""

    def run(self, tasks: Sequence[Task], limits: Limits) -> Iterator[list[Ended]]:
        """Run `tasks` in their order."""
        tries = Tries()
        for task in tasks:
            self.ran.append(task.key)
            answer = _run(**task.asked)
            kind, said = answer.get("failed", ""), answer.get("message", "")
            end = tries.settle(task, Outcome(kind, said, point=answer.get("point")))
            yield [] if end is None else [end]


def compared(workload: Any, config: Any, seeds: Sequence[int]) -> Comparison:
    """Value of a comparison, made by a sweep into a store that is gone afterwards."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder) / "runs.db", write=True) as store,
    ):
        return compare(workload, config, seeds, store, HereEngine())
