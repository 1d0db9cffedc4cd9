# SPDX-License-Identifier: Apache-2.0
"""`guardlane sweep`: a study into a store, on this machine's processes or on a cluster's."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

if TYPE_CHECKING:  # help must not wait for pydantic
    from guardlane.store import Store

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
    engine: Annotated[Literal["local", "dask"], Parameter(help="What runs points.")] = "local",
    scheduler: Annotated[
        str | None,
        Parameter(
            help="Address of a Dask scheduler. [default: a cluster on this machine]", negative=""
        ),
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
    """  # fmt: skip
    from guardlane.cli.foresight import foresee
    from guardlane.cli.sweeping import run
    from guardlane.errors import UsageError
    from guardlane.sweep.outline import Outline
    from guardlane.sweep.shipped import study_path
    from guardlane.sweep.study import read_study

    if scheduler is not None and engine != "dask":
        raise UsageError("--scheduler is for --engine dask")
    outline = Outline(read_study(study_path(study), scale), set_)
    place = store or Path(f"{study.stem}.db")
    count = workers if workers is not None else os.cpu_count() or 1
    if dry_run:
        return foresee(outline, place, count, as_json=json)
    if engine == "dask":
        from guardlane.sweep.dask_engine import DaskEngine

        return run(
            outline, place, DaskEngine(scheduler, count),
            retry_failed=retry_failed, durable=durable, as_json=json,
        )  # fmt: skip
    from guardlane.sweep.local import LocalEngine

    return run(
        outline, place, LocalEngine(count),
        retry_failed=retry_failed, durable=durable, as_json=json,
    )  # fmt: skip


@sweep.command
def watch(
    store: Annotated[Path, Parameter(name="DB", help="A store that a sweep writes to.")],
    /,
    *,
    every: Annotated[float, Parameter(help="Seconds between looks; 0: one look.")] = 2.0,
) -> int:
    """Show how far the studies of a store are, until all their points have ended."""
    from guardlane.cli.console import printable
    from guardlane.cli.sweeping import sentence
    from guardlane.store import Store

    before = None
    with Store(store) as opened:
        while True:
            found = [_progress(opened, study.name) for study in opened.studies()]
            if found != before:
                for one in found:
                    print(printable(sentence(**one)), flush=True)
            before = found
            if not every or not any(one["left"] for one in found):
                return 0
            time.sleep(every)


def _progress(store: Store, study: str) -> dict[str, Any]:
    keys = [one.key for one in store.planned(study)]
    finished = store.finished(keys)
    failed = store.failed(keys) - finished
    return {
        "study": study, "total": len(keys), "finished": len(finished), "failed": len(failed),
        "left": len(keys) - len(finished | failed),
    }  # fmt: skip
