# SPDX-License-Identifier: Apache-2.0
"""What a sweep costs beside its runs.

PYTHONPATH=arch:.:workloads python -m tests.benchmarks.bench_sweep [POINTS]

The runs are of a workload that does nothing, so all that is counted is overhead: CPU time of the
process that stores, of its workers, wall time on this machine, then of the store alone.
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
        sys.path.insert(0, str(site))
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
            timed("resume: nothing left", points, lambda: status(plans[0], store))
            timed("export as CSV", points, lambda: write_csv(store, Path("toy.csv")))
            timed("report", points, lambda: render(studies_page(store)))
            print(f"{store.size()[1] / points:.0f} bytes a point")
        print(f"most memory of this process: {resource.getrusage(0).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
