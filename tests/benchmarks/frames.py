# SPDX-License-Identifier: Apache-2.0
"""Quality by guard, frame and error rate, as the tables of docs/results.md.

guardlane sweep jpeg-quality && python tests/benchmarks/frames.py jpeg-quality.db

Means over seeds; gains are paired by seed, with Student's interval at 95 %.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from guardlane.estimates import estimate, paired_differences
from guardlane.report.means import distinct
from guardlane.store import Store

METRIC = "psnr_db"
Found = dict[tuple[str, str, str], dict[int, float]]  # guard, frame, rate -> value by seed


def read(store: Store) -> Found:
    """Value of the metric of every point of the study."""
    found: Found = {}
    for point in store.points("jpeg-quality"):
        own = point.settings
        key = own["guard"], str(own["frame_size"]), str(own["mtbe"])
        found.setdefault(key, {})[own["seed"]] = point.metrics[METRIC]
    return found


def show(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print one table in Markdown."""
    print(f"**{title}**\n\n| {' | '.join(heads)} |\n|---|---|{'---:|' * (len(heads) - 2)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print()


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("store", type=Path, metavar="DB", help="a store with the study")
    with Store(parser.parse_args().store) as store:
        found = read(store)
        cells = store.cells("jpeg-quality")
    keys = [(cell["guard"], cell["frame_size"], cell["mtbe"]) for cell in cells]
    guards, frames, rates = (distinct(keys, place) for place in range(3))
    show(
        "Mean PSNR in dB, 20 seeds", ["guard", "frame", *rates],
        (
            [guard, frame, *(f"{estimate([*found[guard, frame, rate].values()]).mean:.1f}"
                             for rate in rates)]
            for guard in guards for frame in frames
        ),
    )  # fmt: skip
    rows = []
    for frame in frames:
        row = ["commguard", frame]
        for rate in rates:
            pair = (found[guard, frame, rate] for guard in ("commguard", "reliable-queue"))
            gain = estimate([*paired_differences(*pair).values()])
            row.append(f"{gain.mean:.1f} ({gain.low:.1f} .. {gain.high:.1f})")
        rows.append(row)
    show("Gain in PSNR over the reliable queue, dB (95 %)", ["guard", "frame", *rates], rows)


if __name__ == "__main__":
    main()
