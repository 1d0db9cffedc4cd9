# SPDX-License-Identifier: Apache-2.0
"""What looking at a run costs: CPU time of watched runs over that of the run alone, medians.

PYTHONPATH=arch:.:workloads python -m tests.benchmarks.bench_views
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from guardlane.window import Wanted, Window
from guardlane.workload import Watchable, load_workload

VIEWS = {
    "timeline": Wanted(timeline=True),
    "2,000 instructions": Wanted(pipeline=Window(1, 2_000)),
    "20,000 instructions": Wanted(pipeline=Window(1, 20_000)),
}


def seconds(act: Callable[[], Any]) -> float:
    """CPU seconds of one call."""
    started = time.process_time()
    act()
    return time.process_time() - started


def main() -> None:
    """Print a table of the ratios, and the seconds of the run alone."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="interleaved runs of each (5)")
    repeats = parser.parse_args().repeats
    print(f"{'program':14}{'alone':>10}" + "".join(f"{name:>22}" for name in VIEWS))
    for name in ("complex-fir", "jpeg"):
        workload = load_workload(name)
        assert isinstance(workload, Watchable)
        config = workload.Config()
        acts: list[Callable[[], Any]] = [partial(workload.run, config)]
        acts += [partial(workload.watch, config, view) for view in VIEWS.values()]
        rows = [[seconds(act) for act in acts] for _ in range(repeats + 1)][1:]  # one compiles
        alone, *watched = zip(*rows, strict=True)
        ratios = [
            statistics.median(a / b for a, b in zip(one, alone, strict=True)) for one in watched
        ]
        print(f"{name:14}{statistics.median(alone):8.2f} s" + "".join(f"{r:22.2f}" for r in ratios))


if __name__ == "__main__":
    main()
