# SPDX-License-Identifier: Apache-2.0
"""What the report of a large store takes: CPU time, memory, bytes.

PYTHONPATH=arch:.:workloads python -m tests.benchmarks.bench_report [POINTS]

The store is made without any run: four axes, 20 seeds, 18 metrics of which the study shows four.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from guardlane.report.render import render
from guardlane.report.studies import studies_page
from guardlane.store import Planned, Point, Store, Study

SEEDS = 20
ODD = 0x9E3779B97F4A7C15  # keys in another order than points
METRICS = tuple(
    {"name": name, "unit": unit, "sentence": name, "better": better}
    for name, unit, better in (
        ("psnr_db", "dB", "higher"), ("ssim", "1", "higher"), ("pads", "items", "lower"),
        ("cycles", "cycles", "lower"),
    )
)  # fmt: skip


def key(number: int) -> str:
    return f"{number * ODD % 2**128:032x}"


def planned(points: int) -> Iterator[Planned]:
    """List the points of the study."""
    for cell in range(points // SEEDS):
        axes = {
            "guard": "abcd"[cell % 4], "depth": str(2 ** (cell // 4 % 8)),
            "frame": str(1 + cell // 32 % 16), "mtbe": f"{1 + cell // 512}k",
        }  # fmt: skip
        for seed in range(SEEDS):
            yield Planned(key(cell * SEEDS + seed), axes, seed)


def fill(path: Path, points: int) -> None:
    """Make the store."""
    draw = random.Random(1)
    study = Study("big", "Big", "toy", ("guard", "depth", "frame", "mtbe"), METRICS, True)
    with Store(path, write=True) as store:
        store.plan(study, planned(points))
        for number in range(points // SEEDS * SEEDS):
            shown = {"psnr_db": 30 * draw.random(), "ssim": draw.random()}
            counts = {"pads": draw.randrange(10**5), "cycles": draw.randrange(10**7)}
            others = {f"other_{place}": draw.randrange(1000) for place in range(14)}
            found = {**shown, **counts, **others}
            store.put(Point(key(number), "toy", "", {}, {"a": 1}, "", "completed", found))


def main() -> None:
    """Make the store in a process of its own folder, and print what its report takes."""
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.db"
        fill(path, points)
        start, wall = time.process_time(), time.monotonic()
        with Store(path) as store:
            html = render(studies_page(store))
        seconds = time.process_time() - start
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{points:,} points, a store of {path.stat().st_size / 1e6:.0f} MB: report of")
        print(f"{len(html) / 1e6:.1f} MB in {seconds:.1f} CPU s, {time.monotonic() - wall:.1f} s")
        print(f"most memory of this process: {most:.0f} MiB")


if __name__ == "__main__":
    main()
