# SPDX-License-Identifier: Apache-2.0
"""Locksteps of the hardware: cycles per CPU second, against a cocotb bench of the same block.

PYTHONPATH=arch:rtl_models:. python -m tests.benchmarks.bench_rtl
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from guardlane_rtl.build import RTL, build
from guardlane_rtl.lockstep import (
    QUEUE_FLIPS,
    alignment_lockstep,
    inserter_lockstep,
    queue_lockstep,
)
from guardlane_rtl.simulate import build_simulation

BENCHES = Path(__file__).parents[1] / "rtl" / "benches"
CYCLES = 1_000_000


def cpu() -> float:
    """Value of the processor time of this process and those it waited for, in seconds."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def locksteps() -> dict[str, Callable[[], object]]:
    """Value of the locksteps by name, each of CYCLES cycles, built and compiled."""
    am = build("alignment_manager", {"DataWidth": 32, "IdWidth": 8, "PadData": 0})
    hi = build("header_inserter", {"DataWidth": 32, "IdWidth": 8, "DelayFrames": 0})
    qm = build(
        "queue_manager",
        {"DataWidth": 32, "IdWidth": 8, "Depth": 8, "WorkingSet": 4},
        flips=QUEUE_FLIPS,
    )
    return {
        "alignment_manager": lambda: alignment_lockstep(am, 32, 8, 0, CYCLES),
        "header_inserter": lambda: inserter_lockstep(hi, 32, 8, 0, CYCLES),
        "queue_manager": lambda: queue_lockstep(qm, 32, 8, 8, 4, CYCLES),
    }


def main() -> None:
    """Print a table of rates."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3, help="runs of each (3)")
    repeats = parser.parse_args().repeats
    rates: dict[str, float] = {}
    for name, job in locksteps().items():
        job()  # compiles
        spent = []
        for _ in range(repeats):
            before = time.process_time()
            job()
            spent.append(time.process_time() - before)
        rates[f"{name}, lockstep"] = CYCLES / statistics.median(spent)
    for simulator in ("verilator", "icarus"):
        with tempfile.TemporaryDirectory() as folder:
            built = build_simulation(
                simulator, "bench_top", Path(folder) / "build", sources=(RTL, BENCHES)
            )
            before = cpu()
            outcomes = built.run("tests.rtl.benches.bench_alignment", only="frames")
            cycles = sum(outcome.counts["cycles"] for outcome in outcomes.values())
            rates[f"alignment_manager, cocotb on {simulator}"] = cycles / (cpu() - before)
    for name, rate in rates.items():
        print(f"{name:40} {rate:12,.0f} cycles per CPU second")
    bench = rates["alignment_manager, cocotb on verilator"]
    print(
        f"{'lockstep over cocotb':40} {rates['alignment_manager, lockstep'] / bench:12,.0f} times"
    )


if __name__ == "__main__":
    main()
