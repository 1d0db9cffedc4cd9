# SPDX-License-Identifier: Apache-2.0
"""A sweep at the console: its progress, its failures as they occur, its end, and Ctrl-C."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from guardlane.cli.console import one_line, print_table, printable, shown_progress
from guardlane.store import Failure, Point, Store
from guardlane.sweep.local import Engine
from guardlane.sweep.outline import Outline
from guardlane.sweep.plan import Plan, spelled_out
from guardlane.sweep.search import Found, best, search, volumes
from guardlane.sweep.sweep import Status, status, sweep
from guardlane.sweep.tasks import Task

INTERRUPTED = 130


def run(
    outline: Outline, place: Path, engine: Engine, *, retry_failed: bool, durable: bool,
    as_json: bool,
) -> int:  # fmt: skip
    """Sweep a study into the store at `place`, and say what came of it; value of the exit code."""
    plan = None if outline.search else spelled_out(outline)
    with Store(place, write=True, durable=durable) as store, _drained(engine) as interrupts:
        found, tasks = _known(outline, plan, store)
        if retry_failed:
            store.forget_failures(task.key for task in tasks)
        before = status(tasks, store)
        with shown_progress() as progress:
            ended = 0

            def tell(one: Point | Failure) -> None:
                nonlocal ended
                ended += 1
                if isinstance(one, Failure):
                    said = f"failed: {_label(store, outline, one.key)}: {one.message}"
                    print(one_line(said), file=sys.stderr)
                done = before.finished + ended
                progress(done, max(done, before.total), outline.study.title)

            try:
                if plan is None:
                    search(outline, store, engine, tell)
                else:
                    sweep(plan, store, engine, tell)
            except KeyboardInterrupt:  # whose points in hand are lost, and no others
                pass
        if plan is None or plan.interval is not None:  # by now there may be more
            found, tasks = _known(outline, plan, store)
            after = status(tasks, store)
        else:
            after = before.later(store)
        wanted = {task.key for task in tasks}
        failed = [one for one in store.failures(every=True) if one.key in wanted]
        failures = [(_label(store, outline, one.key), one) for one in failed]
    _report(outline, place, before, after, failures, found, as_json)
    if interrupts:
        said = f"interrupted; of {before.total - before.finished} points {len(after.left)} are left"
        print(f"guardlane: {said}", file=sys.stderr)
        return INTERRUPTED
    return 1 if after.failed else 0


def sentence(
    study: str, total: int, finished: int, failed: int, left: int, cached: int | None = None
) -> str:
    """Value of the line that says how far a study is."""
    there = "" if cached is None else f" ({cached:,} were there)"
    done = f"{study}: {finished:,} of {total:,} points finished{there}"
    return f"{done}, {failed:,} failed, {left:,} left"


def _known(outline: Outline, plan: Plan | None, store: Store) -> tuple[list[Found], list[Task]]:
    """Value of what is known to be wanted, and what a search has found."""
    if plan is not None:
        return [], list(plan.grown(store).tasks)
    found = search(outline, store, None)
    tasks = {task.key: task for one in found for task in one.tasks}
    return found, list(tasks.values())


@contextmanager
def _drained(engine: Engine) -> Iterator[list[int]]:
    """Let the first Ctrl-C (or SIGTERM) drain the engine, and the second stop it."""
    seen: list[int] = []

    def interrupt(number: int, frame: Any) -> None:
        seen.append(number)
        if len(seen) > 1:
            raise KeyboardInterrupt
        engine.drain()
        print("guardlane: waiting for the points in hand; once more stops at once", file=sys.stderr)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield seen
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _report(
    outline: Outline, place: Path, before: Status, after: Status,
    failures: list[tuple[str, Failure]], found: list[Found], as_json: bool,
) -> None:  # fmt: skip
    counts: dict[str, Any] = {
        "study": outline.study.name, "total": after.total, "finished": after.finished,
        "cached": before.finished, "failed": after.failed, "left": len(after.left),
    }  # fmt: skip
    if as_json:
        told = [
            {
                "key": one.key, "point": label, "kind": one.kind,
                "message": one.message, "tries": one.tries, "command": one.command,
            }
            for label, one in failures
        ]  # fmt: skip
        searched = {"search": _searched(outline, found)} if found else {}
        print(json.dumps({**counts, "store": str(place), "failures": told, **searched}, indent=2))
        return
    print(printable(sentence(**counts)))
    for label, one in failures:
        print(one_line(f"failed: {label}: {one.message} ({one.tries} tries)"))
        print(f"  {one_line(one.command)}")
    if found:
        _print_search(outline, _searched(outline, found))
    print(printable(str(place)))


def _searched(outline: Outline, found: list[Found]) -> dict[str, Any]:
    """Value of what a search has found, as JSON-able data."""
    rule = outline.search
    assert rule is not None
    reference, rooms = volumes(found, rule)
    front = [
        {
            "axes": dict(one.axes),
            "values": dict(zip(rule.metrics, one.values or (), strict=True)),
        }
        for one in best(found[0], rule)
    ]
    return {
        "combinations": len(found[0].trials),
        "front": front,
        "reference": reference,
        "hypervolume": dict(zip((rule.sampler, "at random"), rooms, strict=False)),
    }  # fmt: skip


def _print_search(outline: Outline, told: dict[str, Any]) -> None:
    axes, front = outline.study.axes, told["front"]
    heads = [*axes, *(front[0]["values"] if front else ())]
    rows = [
        [*(one["axes"].get(name, "") for name in axes), *(f"{v:g}" for v in one["values"].values())]
        for one in front
    ]
    print(f"Of {told['combinations']:,} combinations, none beats any of these:")
    print_table("", heads, rows)
    rooms = ", ".join(f"{room:g} {way}" for way, room in told["hypervolume"].items())
    worst = ", ".join(f"{name} {value:g}" for name, value in told["reference"].items())
    print(printable(f"hypervolume, from {worst}: {rooms}"))


def _label(store: Store, outline: Outline, key: str) -> str:
    name = outline.study.name
    axes = store.wanted(name, key) or store.wanted(f"{name}+random", key)
    return ", ".join(f"{name}={value}" for name, value in axes.items()) or key
