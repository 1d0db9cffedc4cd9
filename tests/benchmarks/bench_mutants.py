# SPDX-License-Identifier: Apache-2.0
"""How many mutants to a netlist, and how hard to compile it: CPU seconds of a build, us a cycle.

PYTHONPATH=arch:rtl_models:. python -m tests.benchmarks.bench_mutants [BLOCK] [MUTANTS...]
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np

from guardlane_rtl import mutation
from guardlane_rtl.block import Block
from guardlane_rtl.cases import CASES

LEVELS = ("-O0", "-O1", "-O2")
SEGMENTS = 10


def children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(block: str, mutants: int, level: str) -> tuple[int, float, float]:
    """Value of how many were planted, CPU seconds of yosys and compilers, and us a cycle."""
    case = CASES[block]
    mutation.QUICKLY = level
    with tempfile.TemporaryDirectory() as place:
        planted = mutation.mutate(block, case, mutants, Path(place))
        before = children()
        built = mutation.plant(block, case, planted, Path(place))
        compiled = children() - before
        running = Block(built, [*case.inputs, "mutant_i"], case.outputs)
        rows = np.concatenate([s.stimulus for s in islice(case.segments(), SEGMENTS)])
        rows = np.column_stack([rows, np.zeros(len(rows), np.int64)])
        start = time.process_time()
        running.run(rows)
        return len(planted), compiled, 1e6 * (time.process_time() - start) / len(rows)


def main() -> None:
    block = sys.argv[1] if len(sys.argv) > 1 else "queue_manager"
    numbers = [int(n) for n in sys.argv[2:]] or [150, 300, 600, 1_200]
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        yowasp = Path.home() / ".cache" / "YoWASP"  # Yosys, compiled: a minute or two
        if yowasp.exists():
            (Path(cache) / "YoWASP").symlink_to(yowasp)
        measure(block, 1, LEVELS[0])  # compiles Verilator's own library
        print("| mutants of a netlist | built with | CPU s | us a cycle |\n|---|---|---|---|")
        for number in numbers:
            for level in LEVELS:
                planted, compiled, cycle = measure(block, number, level)
                print(f"| {planted:,} | `{level}` | {compiled:.1f} | {cycle:.1f} |", flush=True)


if __name__ == "__main__":
    main()
