# SPDX-License-Identifier: Apache-2.0
"""The interpreter with and without a pipeline and caches: CPU time, interleaved, medians.

PYTHONPATH=arch:. python -m tests.benchmarks.bench_timing
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

from guardlane.core.pipeline import Pipeline
from guardlane.core.presets import preset
from guardlane.isa import state
from guardlane.isa.costs import one_cycle_each
from guardlane.isa.execute import execute
from guardlane.isa.predecode import predecode
from tests.benchmarks.bench_interpreter import LOOPS
from tests.benchmarks.guest_loops import BASE, SIZE, memory

FOREVER = 1 << 60
FLOOR = 0.4
CORES = {  # with caches; with a prefetch buffer; with one that is timed word by word
    "vexriscv_full_bypass": FLOOR, "cv32e40p": FLOOR, "ibex_branch_predictor": 0.0,
}  # fmt: skip


def rate(words: list[int], data: np.ndarray, pipeline: Pipeline | None) -> float:
    """Instructions a CPU second, with `pipeline` or with a fixed cost a class."""
    rows = predecode(np.array(words, np.uint32), one_cycle_each())
    mem8, x, f_bits = data.copy(), np.zeros(33, np.int32), np.zeros(32, np.int32)
    s = np.zeros(state.STATE_WIDTH, np.int64)
    s[state.BASE] = s[state.PC] = BASE
    s[state.SIZE], s[state.TEXT_WORDS] = SIZE, len(words)
    views = (mem8, mem8.view(np.int16), mem8.view(np.int32))
    timed = () if pipeline is None else (pipeline.issue(rows), pipeline.new())
    started = time.process_time()
    execute(rows, x, f_bits, f_bits.view(np.float32), *views, s, FOREVER, FOREVER, *timed)
    return float(s[state.RETIRED]) / (time.process_time() - started)


def main() -> None:
    """Print a table of rates and ratios; exit 1 with --check when a ratio is below the floor."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="interleaved runs of each (5)")
    parser.add_argument("--scale", type=float, default=0.3, help="length of the runs (0.3)")
    parser.add_argument("--check", action="store_true", help="fail below the floor")
    options = parser.parse_args()
    missed = False
    print(f"{'loop':14}{'core':22}{'timed':>12}{'functional':>14}{'ratio':>8}{'floor':>7}")
    for name, (build, number, rounds, _) in LOOPS.items():
        words = build(max(1, int(rounds * options.scale)))
        data = memory(words, number)
        for core, floor in CORES.items():
            pairs = [
                (rate(words, data, preset(core)), rate(words, data, None))
                for _ in range(options.repeats + 1)
            ][1:]  # the first one compiles
            timed, plain = (statistics.median(one) / 1e6 for one in zip(*pairs, strict=True))
            ratio = statistics.median(a / b for a, b in pairs)
            missed |= ratio < floor
            print(f"{name:14}{core:22}{timed:7.0f} MIPS{plain:9.0f} MIPS{ratio:8.2f}{floor:7.1f}")
    if missed and options.check:
        raise SystemExit("a ratio is below its floor")


if __name__ == "__main__":
    main()
