# SPDX-License-Identifier: Apache-2.0
"""The flit network: cycles and flit-hops per CPU second, against BookSim2's, medians of runs.

PYTHONPATH=arch:. python -m tests.benchmarks.bench_noc [--booksim PROGRAM] [--check]

The ratio is to the rates noted in the golden table, or to a BookSim2 of your own, run in turn.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from guardlane.noc.grid_routing import dimension_order
from guardlane.noc.grids import mesh
from guardlane.noc.loop import advance
from guardlane.noc.presets import PRESETS, preset_of
from guardlane.noc.router import Router
from guardlane.noc.simulate import run_out, total_crossings
from guardlane.noc.traffic import Mode, Traffic, Window, loaded

TABLE = Path(__file__).parents[1] / "arch" / "noc" / "booksim2_golden.csv"
FLOORS = {"m8": 20.0, "m16": 40.0}  # times BookSim2, at these presets' rates from 0.1 on
CASES = [("m8", 0.1), ("m8", 0.2), ("m8", 0.3), ("m8", 0.4), ("m16", 0.1), ("m16", 0.15)]
CASES += [("t8", 0.1), ("t8", 0.3), ("lat88u", 0.1), ("lat88u", 0.3), ("lat88", 0.005)]
CONFIGURATION = """topology={topology};k={side};n=2;routing_function={routing};num_vcs=8;
vc_buf_size=8;traffic={traffic};packet_size={size};sim_type=latency;sample_period=1000;warmup_periods=3;
max_samples={samples};latency_thres=-1.0;stopping_thres=0.0;acc_stopping_thres=0.0;
injection_rate={rate};{more}"""
EXAMPLE = "routing_delay=0;credit_delay=2;input_speedup=2;wait_for_tail_credit=1;"
FIRST = """import time
from guardlane.noc.presets import preset_of
from guardlane.noc.simulate import run_out
from guardlane.noc.traffic import Traffic, loaded
preset = preset_of("m8")
run_out(loaded(preset.table(), preset.router, Traffic(), preset.window))
print(time.process_time())"""


def ours(name: str, rate: float, mode: Mode, seed: int) -> tuple[float, float]:
    """Value of the cycles and the millions of flit-hops per CPU second."""
    preset = preset_of(name)
    traffic = Traffic(preset.traffic, rate, preset.size, mode, seed)
    state = loaded(preset.table(), preset.router, traffic, preset.window)
    start = time.process_time()
    result = run_out(state)
    took = time.process_time() - start
    return result.cycles / took, int(result.crossings.sum()) / took / 1e6


def booksim(program: str, name: str, rate: float) -> float:
    """Value of the cycles per CPU second of a BookSim2 of the user's own, start included."""
    preset = preset_of(name)
    text = CONFIGURATION.format(
        topology="torus" if preset.is_torus else "mesh",
        routing="dim_order" if preset.is_torus else "dor",
        side=preset.side,
        traffic=preset.traffic,
        size=preset.size,
        samples=preset.window.end // 1000,
        rate=rate,
        more=EXAMPLE if name.startswith("lat") else "",
    )
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
        file.write(text)
        file.flush()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([program, file.name], capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = re.search(r"Time taken is (\d+) cycles", done.stdout)
    if found is None:  # its exit code says nothing: a good run gives 255
        raise SystemExit(f"{program} did not run {name} at {rate}: {done.stdout[-500:]}")
    return int(found[1]) / took


def noted(name: str, rate: float) -> float:
    """Value of the cycles per CPU second in the golden table."""
    with TABLE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            known = row["config"] in (name, f"{name}-uni")
            if known and float(row["injection_rate"]) == rate:
                return float(row["cycles_per_cpu_s"])
    raise SystemExit(f"the golden table has no {name} at {rate}")


def first_call(cache: str) -> float:
    """Value of the CPU seconds of a process that runs m8 once, compiled kernels kept in `cache`."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    done = subprocess.run(
        [sys.executable, "-c", FIRST], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def print_rates(options: argparse.Namespace) -> list[str]:
    """Print a line a case; value of what is below its floor."""
    problems = []
    for name, rate in CASES:
        ratios: dict[Mode, list[float]] = {"exact": [], "fast": []}
        hops: dict[Mode, list[float]] = {"exact": [], "fast": []}
        for turn in range(options.repeats):
            theirs = booksim(options.booksim, name, rate) if options.booksim else noted(name, rate)
            for mode in ratios:
                cycles, rate_of_hops = ours(name, rate, mode, turn)
                ratios[mode].append(cycles / theirs)
                hops[mode].append(rate_of_hops)
        said = [f"{name:7} {rate:6}"]
        for mode, values in ratios.items():
            ratio = statistics.median(values)
            said.append(f"{mode} x{ratio:6.1f} {statistics.median(hops[mode]):6.2f} M flit-hops/s")
            if ratio < FLOORS.get(name, 0.0):
                problems.append(f"{name} {rate} {mode}: x{ratio:.1f}")
        print("   ".join(said), flush=True)
    return problems


def print_the_rest() -> None:
    """Print the rate of an idle network, the memory of a large one, and what a first call takes."""
    for rate in (0.01, 0.001, 0.0001):
        state = loaded(
            preset_of("m8").table(), Router(), Traffic(rate=rate), Window(3000, 1_000_000)
        )
        start = time.process_time()
        result = run_out(state)
        print(f"m8 at {rate}: {result.cycles / (time.process_time() - start) / 1e6:.2f} M cycles/s")
    state = loaded(dimension_order(mesh(32)), Router(), Traffic(rate=0.08), Window(1000, 3000))
    start = time.process_time()
    advance(*state, 3000)
    took = time.process_time() - start
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"32x32 mesh at 0.08: {3 / took:.1f} k cycles/s, "
        f"{total_crossings(state) / took / 1e6:.2f} M flit-hops/s, {megabytes:.0f} MiB in all"
    )
    with tempfile.TemporaryDirectory() as cache:
        print(f"first call, nothing compiled: {first_call(cache):.1f} CPU s")
        print(f"first call, compiled before: {first_call(cache):.2f} CPU s")


def main() -> None:
    """Print all rates; exit 1 with --check when one is below its floor."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="runs of each (5)")
    parser.add_argument("--booksim", help="a BookSim2 program to run in turn")
    parser.add_argument("--check", action="store_true", help="fail below the floors")
    options = parser.parse_args()
    for name in PRESETS:
        ours(name, 0.001, "fast", 0)  # compiles, and warms the tables up
    problems = print_rates(options)
    print_the_rest()
    if options.check and problems:
        raise SystemExit("below its floor: " + "; ".join(problems))


if __name__ == "__main__":
    main()
