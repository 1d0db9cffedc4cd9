# SPDX-License-Identifier: Apache-2.0
"""One run as a point of a sweep, and back: the task that it is, the record that its point gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from guardlane.config import Settings
from guardlane.record import Outcome, Record, versions
from guardlane.store.points import Point, flat
from guardlane.sweep.keys import PointKeys
from guardlane.sweep.tasks import Cell, Task, spoken
from guardlane.workload import Workload


def task_of(workload: Workload, config: Settings) -> Task:
    """Value of the task that runs `config`; a study that has the same point has the same key."""
    text = json.dumps(spoken(config), sort_keys=True)
    options = tuple(f"{name}={_typed(value)}" for name, value in flat(changed(config)).items())
    keys = PointKeys(workload, config, versions())
    return Cell(workload.name, text, {}, options, keys).task(None)


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


def changed(config: Settings) -> dict[str, Any]:
    """Value of the settings that are not their default, as one types them, tables within tables."""
    try:
        before = spoken(type(config)())
    except ValidationError:  # some have no default: then all that is given is said
        before = {}
    return _other(spoken(config), before)


def _other(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in now.items():
        old = before.get(name, _other)  # which no setting is
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            if inner := _other(value, old):
                found[name] = inner
        elif value != old:
            found[name] = value
    return found


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, list | dict) else str(value)
