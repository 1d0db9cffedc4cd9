# SPDX-License-Identifier: Apache-2.0
"""A sweep: what a study wants, less what the store has, run by an engine, kept as it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from guardlane.store.points import Failure, Point
from guardlane.store.store import Store
from guardlane.sweep.local import Engine
from guardlane.sweep.plan import Plan, Task


@dataclass(frozen=True)
class Status:
    """How many points a study has, how many of them are finished and failed, and what is left."""

    total: int
    finished: int
    failed: int
    left: tuple[Task, ...]


def status(plan: Plan, store: Store) -> Status:
    """Look up what of a plan the store has."""
    keys = [task.key for task in plan.tasks]
    finished = store.finished(keys)
    failed = store.failed(keys) - finished
    left = tuple(task for task in plan.tasks if task.key not in finished | failed)
    return Status(len(keys), len(finished), len(failed), left)


def sweep(
    plan: Plan,
    store: Store,
    engine: Engine,
    tell: Callable[[Point | Failure], None] = lambda ended: None,
    *,
    retry_failed: bool = False,
) -> Status:
    """Run what is left of a plan, and give its status then; `tell` hears of each end at once.

    A finished point never runs again, a failed one only with `retry_failed`. Whatever ends this,
    all that `tell` heard of is safe in the store, less what ended in the last 50 ms if the process
    is killed.
    """
    store.plan(plan.study, plan.planned)
    if retry_failed:
        store.forget_failures(task.key for task in plan.tasks)
    try:
        for ended in engine.run(plan, status(plan, store).left):
            for one in ended:
                store.put(one)
                tell(one)
            store.commit_if_due()
    finally:
        store.commit()
    return status(plan, store)
