# SPDX-License-Identifier: Apache-2.0
"""`guardlane sweep --dry-run`: the points that a study is known to want, and what they may cost."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from guardlane.cli.console import print_table, printable
from guardlane.cli.sweeping import sentence
from guardlane.store import Store
from guardlane.sweep.outline import Outline
from guardlane.sweep.plan import spelled_out
from guardlane.sweep.search import search
from guardlane.sweep.sweep import Status, status
from guardlane.sweep.tasks import Task


def foresee(outline: Outline, place: Path, workers: int, *, as_json: bool) -> int:
    """Print what a sweep would do, by what the store says of points like these; make nothing."""
    seconds = size = None
    with ExitStack() as stack:
        store = stack.enter_context(Store(place)) if place.exists() else None
        tasks, most = _wanted(outline, store)
        at = Status(len(tasks), 0, 0, tuple(tasks))
        if store is not None:
            at, seconds = status(tasks, store), store.seconds(outline.workload.name)
            count, held = store.size()
            size = held / count if count else None
    left = len(at.left)
    found: dict[str, Any] = {
        "study": outline.study.name, "total": at.total, "cached": at.finished, "failed": at.failed,
        "left": left, "most": most, "workers": workers,
        "seconds": None if seconds is None else round(seconds * left / min(workers, left or 1), 3),
        "bytes": None if size is None else round(size * left),
    }  # fmt: skip
    if as_json:
        points = [{"key": one.key, "axes": dict(one.axes)} for one in tasks]
        print(json.dumps({**found, "points": points}, indent=2))
        return 0
    heads = ["key", *outline.study.axes, *(["seed"] if outline.has_seeds else [])]
    waiting = {one.key for one in at.left}
    rows = []
    for one in tasks:
        values = [one.axes.get(name, "") for name in heads[1:]]
        rows.append([one.key[:12], *values, "" if one.key in waiting else "there"])
    print_table("", [*heads, "store"], rows)
    print(printable(sentence(outline.study.name, at.total, at.finished, at.failed, left)))
    if most > at.total:
        print(f"more when results ask for them: {most:,} points at most")
    if seconds is None or size is None:
        print("time and disk: not known before a point of this workload is in the store")
    else:
        print(f"about {found['seconds']:,} s on {workers} idle cores, {found['bytes']:,} bytes")
    return 0


def _wanted(outline: Outline, store: Store | None) -> tuple[list[Task], int]:
    """List the points that are known to be wanted, and say how many there may be at most."""
    if outline.search is not None:
        tasks = [task for one in search(outline, store, None) for task in one.tasks]
        return list({task.key: task for task in tasks}.values()), outline.most_points
    plan = spelled_out(outline)
    if store is not None:
        plan = plan.grown(store)
    return list(plan.tasks), plan.most
