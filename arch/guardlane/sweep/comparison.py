# SPDX-License-Identifier: Apache-2.0
"""A comparison as a sweep: the study that a workload names, with its own settings and seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from guardlane.config import Settings
from guardlane.errors import GuardlaneError
from guardlane.record import Outcome, Record
from guardlane.store.points import Point
from guardlane.store.store import Store
from guardlane.sweep.local import Engine
from guardlane.sweep.plan import Plan, expand
from guardlane.sweep.seeds import Seeds
from guardlane.sweep.shipped import study_path
from guardlane.sweep.study import read_study
from guardlane.sweep.sweep import sweep
from guardlane.sweep.tasks import spoken
from guardlane.workload import Comparable, Comparison, Progress, Workload


def comparison_plan(workload: Workload, config: Settings, seeds: Sequence[int], study: str) -> Plan:
    """Spell out the installed `study` for another workload, with settings and seeds of one's own.

    What the study varies is the study's.
    """
    read = read_study(study_path(Path(study)))
    varied = {name for axis in read.says.axis for name in axis.names}
    own = _changed(spoken(config), _defaults(type(config)))
    settings = {name: value for name, value in own.items() if name not in {*varied, "seed"}}
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
    at = sweep(plan, store, engine, tell, retry_failed=True)
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


def record_of(point: Point) -> Record:
    """Value of what a store has of a run's record: no statistics, series, fault events or files."""
    settings: dict[str, Any] = {}
    for name, value in point.settings.items():
        *tables, last = name.split(".")
        table = settings
        for key in tables:
            table = table.setdefault(key, {})
        table[last] = value
    return Record(
        workload=point.workload,
        config=settings,
        config_hash=point.config_hash,
        outcome=Outcome(point.outcome),
        metrics=point.metrics,
        guest_sha256=point.guest_sha256,
        versions=point.versions,
    )


def _defaults(model: type[Settings]) -> Mapping[str, Any]:
    try:
        return spoken(model())
    except ValidationError:  # some have none: then all that is given is said
        return {}


def _changed(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Value of what differs, tables within tables."""
    found: dict[str, Any] = {}
    for name, value in now.items():
        old = before.get(name, _changed)  # which no setting is
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            if inner := _changed(value, old):
                found[name] = inner
        elif value != old:
            found[name] = value
    return found
