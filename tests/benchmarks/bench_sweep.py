# SPDX-License-Identifier: Apache-2.0
"""What a sweep costs beside its runs.

PYTHONPATH=arch:.:workloads python -m tests.benchmarks.bench_sweep [POINTS]

The runs are of a workload that does nothing, so all that is counted is overhead: CPU time of the
process that stores, of its workers, wall time on this machine, then of the store alone. At the end
200 points that compute for 50 ms each, by one worker and by two, in turns: the ratio of their wall
times says something on idle cores only, so the load of the machine stands beside it.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from guardlane.report.render import render
from guardlane.report.studies import studies_page
from guardlane.store import Store
from guardlane.store.export import write_csv
from guardlane.sweep.local import LocalEngine
from guardlane.sweep.plan import Plan, expand
from guardlane.sweep.study import read_study
from guardlane.sweep.sweep import status, sweep
from tests.plugin import TOY, install

STUDY = """
workload = "toy"
seeds = "1..{seeds}"
[[axis]]
setting = "throws"
range = {{ first = 1, last = 10, step = 1 }}
[[axis]]
setting = "tray.depth"
range = {{ first = 2, last = 11, step = 1 }}
"""


BUSY = """
import time
from guardlane.config import Settings, config_hash, resolved
from guardlane.record import Record
from guardlane.stats import Metric


class Config(Settings):
    seed: int = 1


class Busy:
    name = "busy"
    sentence = "Computes for 50 ms."
    Config = Config
    metrics = (Metric("none", "1", "nothing"),)
    statistics = ()

    def run(self, config, progress=None):
        end = time.thread_time() + 0.05
        while time.thread_time() < end:
            pass
        return Record(
            workload="busy", config=resolved(config), config_hash=config_hash(config),
            outcome="completed", metrics={"none": 0},
        )
"""


def ratios(turns: int = 3) -> None:
    """Print how much sooner two workers are through than one."""
    Path("busy.toml").write_text('workload = "busy"\nseeds = "1..200"\n')
    plan = expand(read_study(Path("busy.toml")))
    for turn in range(turns):
        took = []
        for workers in (1, 2):
            with Store(Path(f"busy-{turn}-{workers}.db"), write=True, durable=True) as store:
                start = time.monotonic()
                sweep(plan, store, LocalEngine(workers))
                took.append(time.monotonic() - start)
        load = os.getloadavg()[0]
        print(f"one worker {took[0]:.1f} s, two {took[1]:.1f} s: {took[0] / took[1]:.2f} times as "
              f"fast; load {load:.1f} on {os.cpu_count()} cores")  # fmt: skip


def cpu(who: int) -> float:
    """Value of the CPU seconds of this process, or of its children that have ended."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def timed(name: str, points: int, work: Callable[[], object]) -> None:
    """Run `work`, and print what it cost for each point."""
    wall, own, others = time.monotonic(), cpu(0), cpu(-1)
    work()
    wall, own, others = time.monotonic() - wall, cpu(0) - own, cpu(-1) - others
    each = " ".join(f"{seconds / points * 1e6:9.0f}" for seconds in (own, others, wall))
    print(f"{name:28} {own:7.2f} {others:7.2f} {wall:7.2f}   {each}")


def main() -> None:
    """Print the table."""
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        site = install(
            Path(folder) / "site", "toybox", TOY, {"guardlane.workloads": {"toy": "toybox:Toy"}}
        )
        install(site / "busy", "busybox", BUSY, {"guardlane.workloads": {"busy": "busybox:Busy"}})
        sys.path[:0] = [str(site), str(site / "busy")]
        os.chdir(folder)
        Path("toy.toml").write_text(STUDY.format(seeds=points // 100))
        print(f"{points:,} points       CPU s: own workers    wall    µs a point: own workers wall")
        plans: list[Plan] = []
        timed("spell out", points, lambda: plans.append(expand(read_study(Path("toy.toml")))))
        for name, workers, durable in (("sweep, 1 worker", 1, False), ("2 workers", 2, False),
                                       ("2 workers, durable", 2, True)):  # fmt: skip
            with Store(Path(f"{name}.db"), write=True, durable=durable) as store:
                timed(name, points, partial(sweep, plans[0], store, LocalEngine(workers)))
        with Store(Path("2 workers.db"), write=True) as store:
            timed("resume: nothing left", points, lambda: status(plans[0].tasks, store))
            timed("export as CSV", points, lambda: write_csv(store, Path("toy.csv")))
            timed("report", points, lambda: render(studies_page(store)))
            print(f"{store.size()[1] / points:.0f} bytes a point")
        ratios()
        print(f"most memory of this process: {resource.getrusage(0).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
