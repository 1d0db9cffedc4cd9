# SPDX-License-Identifier: Apache-2.0
"""The interpreter against QEMU on the same machine code: CPU time, runs interleaved, medians.

PYTHONPATH=arch:. python -m tests.benchmarks.bench_interpreter
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from guardlane.isa import state
from guardlane.isa.costs import CLASSES, cost_array
from guardlane.isa.elf import write_elf
from guardlane.isa.execute import execute
from guardlane.isa.predecode import predecode
from tests.benchmarks.guest_loops import BASE, SIZE, fir, inverse_dct, memory

FOREVER = 1 << 60
# name -> (builder of the words for a number of rounds, kind of data, rounds, floor of the ratio)
LOOPS: dict[str, tuple[Callable[[int], list[int]], str, int, float | None]] = {
    "int FIR 64": (lambda rounds: fir("int", rounds), "int", 2000, 0.09),
    "float FIR 64": (lambda rounds: fir("float", rounds), "float", 2000, 1.3),
    "int IDCT 8x8": (inverse_dct, "int", 250_000, None),
}


def interpret(words: list[int], data: np.ndarray) -> tuple[int, int, float]:
    """Exit status, retired instructions and CPU seconds of the interpreter."""
    costs = cost_array({name: 1 + place % 4 for place, name in enumerate(CLASSES)})
    rows = predecode(np.array(words, np.uint32), costs)
    mem8, x, f_bits = data.copy(), np.zeros(33, np.int32), np.zeros(32, np.int32)
    s = np.zeros(state.STATE_WIDTH, np.int64)
    s[state.BASE] = s[state.PC] = BASE
    s[state.SIZE], s[state.TEXT_WORDS] = SIZE, len(words)
    views = (mem8, mem8.view(np.int16), mem8.view(np.int32))
    started = time.process_time()
    stop = execute(rows, x, f_bits, f_bits.view(np.float32), *views, s, FOREVER, FOREVER)
    seconds = time.process_time() - started
    if stop != state.ECALL:
        raise SystemExit(f"the guest stopped with {state.STOP_NAMES[stop]}")
    return int(x[10]), int(s[state.RETIRED]), seconds


def emulate(executable: Path) -> tuple[int, float]:
    """Exit status and CPU seconds of QEMU, start and translation included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    status = subprocess.run(["qemu-riscv32", executable], check=False).returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return status, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Print a table of rates and ratios; exit 1 with --check when a floor is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="interleaved runs of each (5)")
    parser.add_argument("--scale", type=float, default=1.0, help="length of the runs (1.0)")
    parser.add_argument("--check", action="store_true", help="fail below the floors")
    options = parser.parse_args()
    missed = False
    print(f"{'loop':14}{'instructions':>14}{'interpreter':>14}{'QEMU':>12}{'ratio':>8}{'floor':>7}")
    with tempfile.TemporaryDirectory() as folder:
        executable = Path(folder) / "guest"
        for name, (build, number, rounds, floor) in LOOPS.items():
            words = build(max(1, int(rounds * options.scale)))
            data = memory(words, number)
            write_elf(executable, data.tobytes(), BASE, BASE)
            rates: list[tuple[float, float]] = []
            for turn in range(options.repeats + 1):
                ours, retired, fast = interpret(words, data)
                theirs, slow = emulate(executable)
                if ours != theirs:
                    raise SystemExit(f"{name}: the interpreter leaves with {ours}, QEMU {theirs}")
                if turn:  # the first one compiles
                    rates.append((retired / fast / 1e6, retired / slow / 1e6))
            mine, other = (statistics.median(rate) for rate in zip(*rates, strict=True))
            ratio = statistics.median(a / b for a, b in rates)
            missed |= floor is not None and ratio < floor
            shown = "-" if floor is None else f"{floor:.2f}"
            print(f"{name:14}{retired:14,}{mine:9.0f} MIPS{other:7.0f} MIPS{ratio:8.2f}{shown:>7}")
    if missed and options.check:
        raise SystemExit("a ratio is below its floor")


if __name__ == "__main__":
    main()
