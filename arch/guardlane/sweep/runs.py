# SPDX-License-Identifier: Apache-2.0
"""Runs by list, whatever makes them: this process, one after the other, or a sweep into a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from guardlane.config import Settings
from guardlane.errors import GuardlaneError
from guardlane.record import Record
from guardlane.store.store import Store
from guardlane.sweep.local import Engine
from guardlane.sweep.single import record_of, task_of
from guardlane.sweep.study import Limits
from guardlane.sweep.sweep import complete, status
from guardlane.workload import Progress, Workload

Wanted = tuple[Workload, Settings]


class Runs(Protocol):
    """What gives the record of each run that is wanted, in their order."""

    def __call__(self, wanted: Sequence[Wanted], *, is_whole: bool) -> list[Record]:
        """Without `is_whole`, settings, outcome and metrics are enough."""
        ...


@dataclass(frozen=True)
class Here:
    """Runs one after the other, in this process."""

    progress: Progress | None = None

    def __call__(self, wanted: Sequence[Wanted], *, is_whole: bool) -> list[Record]:
        """Run all of them."""
        found: list[Record] = []
        for workload, config in wanted:
            if self.progress is not None:
                seed = getattr(config, "seed", None)
                self.progress(len(found), len(wanted), f"{workload.name}, seed {seed}")
            found.append(workload.run(config))
        return found


run_here: Runs = Here()


@dataclass(frozen=True)
class Swept:
    """Looks runs up in a store, and has an engine run what it has not got; whole ones run here.

    A run that a study has made is the same point, so it is not made again.
    """

    store: Store
    engine: Engine
    progress: Progress | None = None

    def __call__(self, wanted: Sequence[Wanted], *, is_whole: bool) -> list[Record]:
        """Find all of them; raises GuardlaneError when one failed."""
        if is_whole:
            return Here(self.progress)(wanted, is_whole=True)
        tasks = [task_of(workload, config) for workload, config in wanted]
        own = {task.key: task for task in tasks}
        self.store.forget_failures(own)
        left = status(list(own.values()), self.store).left
        ended = len(own) - len(left)

        def tell(one: object) -> None:
            nonlocal ended
            ended += 1
            if self.progress is not None:
                self.progress(ended, len(own), "runs")

        complete(left, Limits(), self.store, self.engine, tell)
        for failure in self.store.failures(every=True):
            if failure.key in own:
                raise GuardlaneError(f"a run failed: {failure.message}: {failure.command}")
        points = {p.key: p for p in self.store.points(every=True) if p.key in own}
        return [record_of(points[task.key]) for task in tasks]
