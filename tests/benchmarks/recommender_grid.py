# SPDX-License-Identifier: Apache-2.0
"""What sharding a recommender costs, as the table of docs/recommender.md.

guardlane sweep recommender-grid --store grid.db
python tests/benchmarks/recommender_grid.py grid.db

Means over seeds of overheads in per cent over one server: with batches of 64 items, then with a
request as one batch.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from guardlane.store import Point, Store

STUDY = "recommender-grid"
COLUMNS = {"p50_overhead": "P50", "p99_overhead": "P99", "cpu_overhead": "core time"}
Placement = tuple[str, str, int]


def cells(points: Sequence[Point]) -> list[str]:
    """Value of the cells of one placement and batch, from its seeds."""
    means = {
        name: math.fsum(point.metrics[name] for point in points) / len(points)
        for name in (*COLUMNS, "calls")
    }
    return [*(f"{100 * means[name]:+.1f}" for name in COLUMNS), f"{means['calls']:.0f}"]


def main() -> None:
    """Print the table of a store's study."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("store", type=Path)
    found: dict[Placement, dict[int, list[Point]]] = {}
    with Store(parser.parse_args().store) as store:
        order = [planned.key for planned in store.planned(STUDY)]
        points = {point.key: point for point in store.points(STUDY)}
    for key in order:
        asked = points[key].settings
        placement = asked["model"], asked["sharding"], asked["shards"]
        found.setdefault(placement, {}).setdefault(asked["batch"], []).append(points[key])
    half = [*COLUMNS.values(), "calls"]
    print(f"| model | sharding | shards | {' | '.join(half + half)} |")
    print("|---|---|" + "---:|" * (1 + 2 * len(half)))
    shardings = list(dict.fromkeys(sharding for _, sharding, _ in found))
    for placement in sorted(found, key=lambda one: (one[0], shardings.index(one[1]), one[2])):
        (model, sharding, shards), by_batch = placement, found[placement]
        row = [cell for batch in sorted(by_batch) for cell in cells(by_batch[batch])]
        print(f"| {model} | {sharding} | {shards} | {' | '.join(row)} |")


if __name__ == "__main__":
    main()
