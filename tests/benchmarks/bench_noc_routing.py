# SPDX-License-Identifier: Apache-2.0
"""What route tables and their check cost: CPU time, bytes, memory of the process.

PYTHONPATH=arch:. python -m tests.benchmarks.bench_noc_routing
"""

from __future__ import annotations

import resource
import time

from guardlane.noc.deadlock import check
from guardlane.noc.grids import mesh, torus
from guardlane.noc.routings import ROUTINGS

CASES = [
    ("dimension-order", mesh(8)),
    ("dimension-order", torus(8)),
    ("odd-even", mesh(8)),
    ("up-down", torus(8)),
    ("dimension-order", mesh(16)),
    ("dimension-order", mesh(32)),
    ("dimension-order", torus(32)),
    ("odd-even", mesh(32)),
    ("up-down", mesh(32)),
]


def main() -> None:
    for name, topology in CASES:
        begun = time.process_time()
        table = ROUTINGS[name](topology)
        built = time.process_time()
        check(table)
        checked = time.process_time()
        print(
            f"{name} on {topology.name}: table {built - begun:.3f} CPU-s, "
            f"check {checked - built:.3f} CPU-s, routes {table.routes.nbytes:,} bytes"
        )
    print(f"process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB at most")


if __name__ == "__main__":
    main()
