# SPDX-License-Identifier: Apache-2.0
"""The DRAM model beside two simulators, row by row, and lines it reads a CPU second.

`python -m tests.benchmarks.bench_dram [errors] [speed]`; both without a name.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from guardlane.memory.dram.channel import Channel
from guardlane.memory.dram.timing import preset
from guardlane.memory.rows import lines_of
from guardlane.units import Count
from guardlane_workloads.gather.settings import GatherConfig
from guardlane_workloads.gather.workload import Gather

GOLDEN = Path(__file__).parents[1] / "data" / "dram_golden.csv"
LINES = 200_000
SPEED_LINES = 1_000_000
REPEATS = 5
JOBS = [
    (grade, size, outstanding)
    for grade in ("DDR4-2400", "DDR4-3200")
    for size in (64, 512)
    for outstanding in (1, 16, 32, 64)
]
SIMULATORS = ("dramsim3", "ramulator2")
METRICS = (("gb_s", "bandwidth_gb_s"), ("mean_ns", "mean_latency_ns"))


def errors() -> None:
    """Print what the model gives and how far it is from both simulators, in per cent."""
    print("| DDR4 | vector, B | outstanding | GB/s | mean ns | DRAMsim3, % | Ramulator 2, % |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    worst: dict[str, list[float]] = {name: [] for name in SIMULATORS}
    for row in csv.DictReader(GOLDEN.read_text("utf-8").splitlines()):
        size = int(row["vector_bytes"])
        config = GatherConfig(
            dram=f"DDR4-{row['ddr4_speed_mts']}",
            vector_bytes=size,
            outstanding=int(row["outstanding"]),
            vectors=Count(LINES * 64 // size),
        )
        found = Gather().run(config).metrics
        cells = []
        for name in SIMULATORS:
            if not row[f"{name}_gb_s"]:
                cells.append("-")
                continue
            off = [100 * (found[own] / float(row[f"{name}_{one}"]) - 1) for one, own in METRICS]
            worst[name] += [abs(one) for one in off]
            cells.append(", ".join(f"{one:+.1f}" for one in off))
        print(
            f"| {row['ddr4_speed_mts']} | {size} | {row['outstanding']} "
            f"| {found['bandwidth_gb_s']:.2f} | {found['mean_latency_ns']:.1f} "
            f"| {' | '.join(cells)} |"
        )
    for name, found_errors in worst.items():
        print(
            f"\n{name}: mean {statistics.mean(found_errors):.1f} %, "
            f"largest {max(found_errors):.1f} % of {len(found_errors)} numbers"
        )


def job(grade: str, size: int, outstanding: int) -> Callable[[], object]:
    """Prepare a run, so that only the run itself is timed."""
    channel = Channel(preset(grade).timing)
    rows = np.random.default_rng(1).integers(
        0, channel.geometry.size // size, SPEED_LINES * 64 // size
    )
    lines, _ = lines_of(rows * size, size)
    return lambda: Channel(preset(grade).timing).closed_loop(lines, outstanding)


def speed() -> None:
    """Print millions of lines a CPU second: medians of interleaved runs."""
    jobs = {key: job(*key) for key in JOBS}
    times: dict[tuple[str, int, int], list[float]] = {key: [] for key in JOBS}
    for run in jobs.values():
        run()
    for _ in range(REPEATS):
        for key, run in jobs.items():
            before = time.process_time()
            run()
            times[key].append(time.process_time() - before)
    print("| DRAM | vector, B | outstanding | M lines/CPU-s |")
    print("|---|---:|---:|---:|")
    for (grade, size, outstanding), found in times.items():
        rate = SPEED_LINES / statistics.median(found) / 1e6
        print(f"| {grade} | {size} | {outstanding} | {rate:.1f} |")


def main() -> None:
    """Print what is asked for, both if nothing is."""
    tables = {"errors": errors, "speed": speed}
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*tables, []], metavar="NAME")
    for name in parser.parse_args().names or list(tables):
        tables[name]()
        print()


if __name__ == "__main__":
    main()
