# SPDX-License-Identifier: Apache-2.0
"""A sweep: what a study wants, less what the store has, run by an engine, kept as it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from guardlane.store.points import Failure, Point
from guardlane.store.store import Store
from guardlane.sweep.local import Engine
from guardlane.sweep.plan import Plan
from guardlane.sweep.study import Limits
from guardlane.sweep.tasks import Task

Tell = Callable[[Point | Failure], None]


@dataclass(frozen=True)
class Status:
    """How many points a study has, how many of them are finished and failed, and what is left."""

    total: int
    finished: int
    failed: int
    left: tuple[Task, ...]

    def later(self, store: Store) -> Status:
        """Look up what has become of the points that were left, and of no others."""
        now = status(self.left, store)
        return Status(self.total, self.finished + now.finished, self.failed + now.failed, now.left)


def status(tasks: Sequence[Task], store: Store) -> Status:
    """Look up what of `tasks` the store has."""
    keys = [task.key for task in tasks]
    finished = store.finished(keys)
    failed = store.failed(keys) - finished
    left = tuple(task for task in tasks if task.key not in finished and task.key not in failed)
    return Status(len(keys), len(finished), len(failed), left)


def sweep(
    plan: Plan,
    store: Store,
    engine: Engine,
    tell: Tell = lambda ended: None,
) -> Status:
    """Run what is left of a plan, and give its status then; `tell` hears of each end at once.

    A finished point never runs again, a failed one only when its failure was forgotten. Whatever
    ends this, all that `tell` heard of is safe in the store, less what ended in the last 50 ms if
    the process is killed. A plan with an interval goes on until its results want no more.
    """
    while True:
        plan = plan.grown(store)
        store.plan(plan.study, plan.planned)
        at = status(plan.tasks, store)
        if not at.left:
            return at
        complete(at.left, plan.limits, store, engine, tell)
        at = at.later(store)
        if at.left or plan.interval is None:  # it was drained, or cannot want more
            return at


def complete(
    tasks: Sequence[Task], limits: Limits, store: Store, engine: Engine, tell: Tell
) -> None:
    """Run `tasks` and keep what comes of them, in groups, whatever ends this."""
    try:
        for ended in engine.run(tasks, limits):
            for one in ended:
                store.put(one)
                tell(one)
            store.commit_if_due()
    finally:
        store.commit()
