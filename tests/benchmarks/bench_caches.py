# SPDX-License-Identifier: Apache-2.0
"""Caches and stack distances: millions of references per CPU second, runs interleaved, medians.

PYTHONPATH=arch:. python -m tests.benchmarks.bench_caches
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from guardlane.memory.cache import WRITE_THROUGH, count_accesses
from guardlane.memory.shape import CacheShape
from guardlane.memory.stack_distance import stack_distances

LINES = 1 << 20
LARGE, SMALL = CacheShape(1 << 20, 16, 64), CacheShape(32 << 10, 8, 64)


def zipf(generator: np.random.Generator, length: int) -> npt.NDArray[np.int64]:
    """References to LINES lines; the k-th most frequent, anywhere, has weight 1 / (k + 1)."""
    weight = np.cumsum(1.0 / np.arange(1, LINES + 1))
    rank = np.searchsorted(weight, generator.random(length) * weight[-1])
    line: npt.NDArray[np.int64] = generator.permutation(LINES)[rank]
    return line


def main() -> None:
    """Print a table of rates; exit 1 with --check when one is below its floor."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="interleaved runs of each (5)")
    parser.add_argument("--references", type=int, default=4_000_000, help="of a trace (4,000,000)")
    parser.add_argument("--check", action="store_true", help="fail below the floors")
    options = parser.parse_args()
    generator = np.random.default_rng(1)
    skewed = zipf(generator, options.references)
    even = generator.integers(0, LINES, options.references)
    addresses = skewed * 64
    writes = (generator.random(options.references) < 0.3).astype(np.uint8)
    # name -> (job, floor in millions of references per CPU second)
    jobs: dict[str, tuple[Callable[[], object], float | None]] = {
        "1 MiB, 16 ways, reads": (lambda: count_accesses(LARGE, addresses), 20),
        "1 MiB, 16 ways, write-back": (lambda: count_accesses(LARGE, addresses, writes), 20),
        "1 MiB, 16 ways, write-through": (
            lambda: count_accesses(LARGE, addresses, writes, policy=WRITE_THROUGH),
            20,
        ),
        "32 KiB, 8 ways, reads": (lambda: count_accesses(SMALL, addresses), 20),
        "1 MiB, 16 ways, even": (lambda: count_accesses(LARGE, even * 64), None),
        "stack distances, zipf": (lambda: stack_distances(skewed), 3),
        "stack distances, even": (lambda: stack_distances(even), 3),
    }
    rates: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(options.repeats + 1):
        for name, (job, _) in jobs.items():
            started = time.process_time()
            job()
            seconds = time.process_time() - started
            if turn:  # the first one compiles
                rates[name].append(options.references / seconds / 1e6)
    distinct = len(np.unique(skewed)), len(np.unique(even))
    print(f"{options.references:,} references; distinct lines: zipf {distinct[0]:,}, ", end="")
    print(f"even {distinct[1]:,}; zipf hits {count_accesses(LARGE, addresses).hit_rate:.1%}")
    print(f"{'job':32}{'M refs/CPU-s':>14}{'least':>9}{'most':>9}{'floor':>8}")
    missed = False
    for name, (_, floor) in jobs.items():
        middle = statistics.median(rates[name])
        missed |= floor is not None and middle < floor
        shown = "-" if floor is None else f"{floor:.0f}"
        low, high = min(rates[name]), max(rates[name])
        print(f"{name:32}{middle:14.1f}{low:9.1f}{high:9.1f}{shown:>8}")
    if missed and options.check:
        raise SystemExit("a rate is below its floor")


if __name__ == "__main__":
    main()
