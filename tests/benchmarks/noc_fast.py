# SPDX-License-Identifier: Apache-2.0
"""How far the latencies and the saturation of fast traffic are from those of exact traffic.

PYTHONPATH=arch:. python -m tests.benchmarks.noc_fast
"""

from __future__ import annotations

from guardlane.noc.grid_routing import dimension_order
from guardlane.noc.grids import mesh
from guardlane.noc.router import Router
from guardlane.noc.study import point, saturation
from guardlane.noc.traffic import Traffic

CYCLES = 100_000
RATES = {
    "uniform": (0.1, 0.2, 0.3, 0.38),
    "transpose": (0.05, 0.1, 0.12),
    "tornado": (0.05, 0.1, 0.12),
}


def main() -> None:
    """Print both latencies at each load, below 90 % of saturation, and both saturations."""
    table, router = dimension_order(mesh(8)), Router()
    for pattern, rates in RATES.items():
        for rate in rates:
            exact, fast = (
                point(table, router, Traffic(pattern, rate=rate, mode=mode), CYCLES).latency
                for mode in ("exact", "fast")
            )
            assert exact is not None
            assert fast is not None
            print(f"{pattern} {rate}: {exact:.2f} {fast:.2f} {100 * (fast / exact - 1):+.2f} %")
    for mode in ("exact", "fast"):
        found = saturation(table, router, Traffic(mode=mode), CYCLES // 2, tolerance=0.005)
        print(f"saturation, {mode}: {found.accepted:.4f} flits a node and cycle")


if __name__ == "__main__":
    main()
