# SPDX-License-Identifier: Apache-2.0
"""`guardlane sweep`: a study into a store, on the processes of this machine."""

from __future__ import annotations

import json as js
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

if TYPE_CHECKING:  # help must not wait for pydantic
    from guardlane.store import Failure, Point, Store
    from guardlane.sweep.local import LocalEngine
    from guardlane.sweep.plan import Plan
    from guardlane.sweep.sweep import Status

INTERRUPTED = 130

sweep = App(
    name="sweep",
    help="Run every point of a study that is not in the store yet.",
    help_format="plaintext",
    version_flags=[],
)


@sweep.default
def sweep_study(
    study: Annotated[Path, Parameter(name="STUDY", help="What to run: a TOML file, or a name.")],
    /,
    *,
    store: Annotated[
        Path | None, Parameter(help="Where results are kept. [default: STUDY.db]", negative="")
    ] = None,
    workers: Annotated[
        int | None, Parameter(help="Processes that run points. [default: one a core]", negative="")
    ] = None,
    set_: Annotated[
        tuple[str, ...],
        Parameter(
            name="--set",
            help="KEY=VALUE: a setting of every point.",
            negative="",
            show_default=False,
        ),
    ] = (),
    scale: Annotated[Literal["full", "ci"], Parameter(help="Which edition of it.")] = "full",
    dry_run: Annotated[
        bool, Parameter(help="Say what would be run.", negative="", show_default=False)
    ] = False,
    retry_failed: Annotated[
        bool, Parameter(help="Try failed points again.", negative="", show_default=False)
    ] = False,
    durable: Annotated[
        bool,
        Parameter(
            help="Lose nothing when power goes, either; slower.", negative="", show_default=False
        ),
    ] = False,
    json: Annotated[
        bool, Parameter(help="Print JSON on stdout.", negative="", show_default=False)
    ] = False,
) -> int:
    """Run a study; a finished point never runs twice. Ctrl-C once drains, twice stops.

    The exit code is 0 when every point is finished, 1 when some failed.
    """
    from guardlane.sweep.plan import expand
    from guardlane.sweep.shipped import study_path
    from guardlane.sweep.study import read_study

    plan = expand(read_study(study_path(study), scale), set_)
    place = store or Path(f"{study.stem}.db")
    count = workers if workers is not None else os.cpu_count() or 1
    if dry_run:
        return _foresee(plan, place, count, json)
    return _run(plan, place, count, retry_failed=retry_failed, durable=durable, as_json=json)


@sweep.command
def watch(
    store: Annotated[Path, Parameter(name="DB", help="A store that a sweep writes to.")],
    /,
    *,
    every: Annotated[float, Parameter(help="Seconds between looks; 0: one look.")] = 2.0,
) -> int:
    """Show how far the studies of a store are, until all their points have ended."""
    from guardlane.cli.console import printable
    from guardlane.store import Store

    before = None
    with Store(store) as opened:
        while True:
            found = [_progress(opened, study.name) for study in opened.studies()]
            if found != before:
                for one in found:
                    print(printable(_sentence(**one)), flush=True)
            before = found
            if not every or not any(one["left"] for one in found):
                return 0
            time.sleep(every)


def _run(
    plan: Plan, place: Path, workers: int, *, retry_failed: bool, durable: bool, as_json: bool
) -> int:
    from guardlane.cli.console import one_line, shown_progress
    from guardlane.store import Failure, Store
    from guardlane.sweep.local import LocalEngine
    from guardlane.sweep.sweep import status, sweep

    engine = LocalEngine(workers)
    with Store(place, write=True, durable=durable) as store, _drained(engine) as interrupts:
        plan = plan.grown(store)
        before = status(plan.tasks, store)
        ahead = before.total - before.finished
        with shown_progress() as progress:
            ended = 0

            def tell(one: Point | Failure) -> None:
                nonlocal ended
                ended += 1
                if isinstance(one, Failure):
                    said = f"failed: {_label(store, plan, one.key)}: {one.message}"
                    print(one_line(said), file=sys.stderr)
                done = before.finished + ended
                progress(done, max(done, before.total), plan.study.title)

            try:
                after = sweep(plan, store, engine, tell, retry_failed=retry_failed)
            except KeyboardInterrupt:
                after = status(plan.grown(store).tasks, store)
        failed = {one.key: one for one in store.failures(plan.study.name)}
        failures = [(_label(store, plan, key), one) for key, one in failed.items()]
    _report(plan, place, before, after, failures, as_json)
    if interrupts:
        print(
            f"guardlane: interrupted; of {ahead} points {len(after.left)} are left", file=sys.stderr
        )
        return INTERRUPTED
    return 1 if after.failed else 0


@contextmanager
def _drained(engine: LocalEngine) -> Iterator[list[int]]:
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
    plan: Plan,
    place: Path,
    before: Status,
    after: Status,
    failures: list[tuple[str, Failure]],
    as_json: bool,
) -> None:
    from guardlane.cli.console import one_line, printable

    found: dict[str, Any] = {
        "study": plan.study.name, "total": after.total, "finished": after.finished,
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
        print(js.dumps({**found, "store": str(place), "failures": told}, indent=2))
        return
    print(printable(_sentence(**found)))
    for label, one in failures:
        print(one_line(f"failed: {label}: {one.message} ({one.tries} tries)"))
        print(f"  {one_line(one.command)}")
    print(printable(str(place)))


def _foresee(plan: Plan, place: Path, workers: int, as_json: bool) -> int:
    """Print what a sweep would do, by what the store says of points like these."""
    from guardlane.cli.console import print_table, printable
    from guardlane.store import Store
    from guardlane.sweep.sweep import Status, status

    seconds = size = None
    at = Status(len(plan.tasks), 0, 0, tuple(plan.tasks))
    if place.exists():
        with Store(place) as store:
            plan = plan.grown(store)
            at, seconds = status(plan.tasks, store), store.seconds(plan.study.workload)
            count, held = store.size()
            size = held / count if count else None
    left = len(at.left)
    found: dict[str, Any] = {
        "study": plan.study.name, "total": at.total, "cached": at.finished, "failed": at.failed,
        "left": left, "most": plan.most, "workers": workers,
        "seconds": None if seconds is None else round(seconds * left / min(workers, left or 1), 3),
        "bytes": None if size is None else round(size * left),
    }  # fmt: skip
    if as_json:
        points = [{"key": one.key, "axes": dict(one.axes)} for one in plan.tasks]
        print(js.dumps({**found, "points": points}, indent=2))
        return 0
    heads = ["key", *plan.study.axes, *(["seed"] if plan.study.has_seeds else [])]
    waiting = {one.key for one in at.left}
    rows = []
    for one in plan.tasks:
        values = [one.axes.get(name, "") for name in heads[1:]]
        rows.append([one.key[:12], *values, "" if one.key in waiting else "there"])
    print_table("", [*heads, "store"], rows)
    print(printable(_sentence(plan.study.name, at.total, at.finished, at.failed, left)))
    if plan.most > at.total:
        print(f"more where intervals are still too wide: {plan.most:,} points at most")
    if seconds is None or size is None:
        print("time and disk: not known before a point of this workload is in the store")
    else:
        print(f"about {found['seconds']:,} s on {workers} idle cores, {found['bytes']:,} bytes")
    return 0


def _progress(store: Store, study: str) -> dict[str, Any]:
    keys = [one.key for one in store.planned(study)]
    finished = store.finished(keys)
    failed = store.failed(keys) - finished
    return {
        "study": study, "total": len(keys), "finished": len(finished), "failed": len(failed),
        "left": len(keys) - len(finished | failed),
    }  # fmt: skip


def _sentence(
    study: str, total: int, finished: int, failed: int, left: int, cached: int | None = None
) -> str:
    there = "" if cached is None else f" ({cached:,} were there)"
    done = f"{study}: {finished:,} of {total:,} points finished{there}"
    return f"{done}, {failed:,} failed, {left:,} left"


def _label(store: Store, plan: Plan, key: str) -> str:
    axes = store.wanted(plan.study.name, key)
    return ", ".join(f"{name}={value}" for name, value in axes.items()) or key
