# SPDX-License-Identifier: Apache-2.0
"""What a store of a million points costs: to resume, to read for a report, to report, to export.

PYTHONPATH=arch:.:workloads python -m tests.benchmarks.bench_store [POINTS]

Each step is a process of its own, so that its CPU time, wall time and most memory are its own. The
points are made up, of a toy with ten metrics: none is run but one, which resuming has left to do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from guardlane.store import Point, Store
from guardlane.sweep.plan import Plan, expand
from guardlane.sweep.study import read_study
from guardlane.sweep.tasks import Task
from tests.benchmarks.bench_sweep import STUDY
from tests.environment import environment
from tests.plugin import TOY, install

STEPS = ("fill", "resume", "means", "report", "export")
DATABASE = Path("toy.db")


def plan() -> Plan:
    """Value of the plan of the study."""
    return expand(read_study(Path("toy.toml")))


def made_up(tasks: list[Task]) -> Iterator[Point]:
    """Value of results that look like real ones."""
    for number, task in enumerate(tasks):
        settings = {
            "word": "hello", "colour": "red", "throws": int(task.axes["throws"]), "loud": False,
            "tray.depth": int(task.axes["tray.depth"]), "seed": task.seed,
        }  # fmt: skip
        metrics = {f"metric_{place}": number / (3 + place) for place in range(9)}
        yield Point(
            task.key, "toy", task.cell.keys.code, {"numpy": "2"}, settings, task.key, "completed",
            {"sum": number % 97, **metrics}, None, 0.001,
        )  # fmt: skip


def fill() -> None:
    """Put all points but the last into the store."""
    wanted = plan()
    with Store(DATABASE, write=True) as store:
        store.plan(wanted.study, wanted.planned)
        for point in made_up(list(wanted.tasks[:-1])):
            store.put(point)


def means() -> None:
    """Read what means over seeds need, and add it up."""
    with Store(DATABASE) as store:
        (study,) = store.studies()
        sums = [0.0] * len(store.cells(study.name))
        for run in store.runs(study.name, ["sum", "metric_1"]):
            sums[run.cell] += run.values[0] or 0.0


def main() -> None:
    """Run all steps, or the one that is named."""
    if sys.argv[1:2] == ["fill"]:
        fill()
    elif sys.argv[1:2] == ["means"]:
        means()
    else:
        steps(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)


def steps(points: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        install(site, "toybox", TOY, {"guardlane.workloads": {"toy": "toybox:Toy"}})
        os.chdir(folder)
        Path("toy.toml").write_text(STUDY.format(seeds=points // 100))
        own, tool = [sys.executable, "-m", __spec__.name], [sys.executable, "-m", "guardlane.cli"]
        calls = {
            "fill": [*own, "fill"],
            "resume": [*tool, "sweep", "toy.toml", "--workers", "1"],
            "means": [*own, "means"],
            "report": [*tool, "report", "toy.db"],
            "export": [*tool, "export", "toy.db", "--csv", "toy.csv"],
        }
        root = Path(__file__).parents[2]
        print(f"{points:,} points   CPU s   wall s   MiB of this process or its largest child")
        for step in STEPS:
            start = time.monotonic()
            place = environment(site, root)
            with subprocess.Popen(calls[step], env=place, stdout=subprocess.DEVNULL) as process:
                _, code, used = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(code)
            took, wall = used.ru_utime + used.ru_stime, time.monotonic() - start
            memory = used.ru_maxrss / 1024
            print(f"{step:12} {took:10.1f} {wall:8.1f} {memory:8.0f}", flush=True)
            if process.returncode:
                sys.exit(f"{step} failed")
        print(f"{DATABASE.stat().st_size / points:.0f} bytes a point")


if __name__ == "__main__":
    main()
