# SPDX-License-Identifier: Apache-2.0
"""A comparison as a sweep: the study that a workload names, with its own settings and seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from guardlane.config import Settings
from guardlane.errors import GuardlaneError
from guardlane.record import Record
from guardlane.store.store import Store
from guardlane.sweep.local import Engine
from guardlane.sweep.plan import Plan, expand
from guardlane.sweep.seeds import Seeds
from guardlane.sweep.shipped import study_path
from guardlane.sweep.single import changed, record_of
from guardlane.sweep.study import read_study
from guardlane.sweep.sweep import sweep
from guardlane.workload import Comparable, Comparison, Progress, Workload


def comparison_plan(workload: Workload, config: Settings, seeds: Sequence[int], study: str) -> Plan:
    """Spell out the installed `study` for another workload, with settings and seeds of one's own.

    What the study varies is the study's.
    """
    read = read_study(study_path(Path(study)))
    varied = {name for axis in read.says.axis for name in axis.names}
    own = changed(config).items()
    settings = {name: value for name, value in own if name not in {*varied, "seed"}}
    says = read.says.model_copy(
        update={
            "workload": workload.name, "metrics": [], "settings": settings,
            "seeds": Seeds(tuple(seeds)), "interval": None,
        }
    )  # fmt: skip
    return expand(replace(read, name=f"{study}-{workload.name}", says=says))


def compare(
    workload: Workload,
    config: Settings,
    seeds: Sequence[int],
    store: Store,
    engine: Engine,
    progress: Progress = lambda done, total, what: None,
) -> Comparison:
    """Run what of a comparison the store has not got, and let the workload make one of it.

    Raises UsageError when the workload has nothing to compare, GuardlaneError when a run failed.
    """
    assert isinstance(workload, Comparable)
    plan = comparison_plan(workload, config, seeds, workload.comparison)
    total = len(plan.tasks)
    there = len(store.finished(task.key for task in plan.tasks))
    ended = there

    def tell(one: object) -> None:
        nonlocal ended
        ended += 1
        progress(ended, total, plan.study.title)

    progress(there, total, plan.study.title)
    store.forget_failures(task.key for task in plan.tasks)
    at = sweep(plan, store, engine, tell)
    for failure in store.failures(plan.study.name):
        raise GuardlaneError(
            f"{at.failed} of {total} runs failed; the first: {failure.message}: {failure.command}"
        )
    points = {point.key: point for point in store.points(plan.study.name)}
    groups: dict[str, list[Record]] = {}
    for task in plan.tasks:
        name = ", ".join(task.cell.axes.values())
        groups.setdefault(name, []).append(record_of(points[task.key]))
    return workload.compared(config, groups, progress)
