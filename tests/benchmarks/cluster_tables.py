# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/cluster.md, as Markdown, the same on every machine.

PYTHONPATH=arch:. python -m tests.benchmarks.cluster_tables [settings] [queueing]
"""

from __future__ import annotations

import argparse

from guardlane.cluster.machine import Cluster
from guardlane.config import explain
from tests.arch.cluster.queueing import JOINT, SERVICE, cells, joint


def settings() -> None:
    """Print a row a setting of a cluster: its default, and where that is from."""
    print("| setting | default | what it is | status | why |")
    print("|---|---|---|---|---|")
    for one in explain(Cluster):
        cited = one.citation
        if cited is None:
            raise SystemExit(f"{one.name} has no source")
        print(
            f"| `{one.name}` | {one.default_text or 'none'} | {cited.sentence} | {cited.status} | "
            f"{cited.source} |"
        )


def queueing(requests: int) -> None:
    """Print a row a station: theory, simulation, and the interval at the joint confidence."""
    found = list(cells(requests))
    confidence = joint(len(found))
    print("| station | load | theory | simulated | interval | difference |")
    print("|---|---|---|---|---|---|")
    inside = 0
    for cell in found:
        mean = cell.run(confidence).mean
        if mean is None or mean.low is None or mean.high is None:
            raise SystemExit(f"{cell.name}: no interval")
        inside += mean.low <= cell.mean <= mean.high
        print(
            f"| {cell.name} | {cell.load} | {cell.mean / SERVICE:.4f} | "
            f"{mean.value / SERVICE:.4f} | {mean.low / SERVICE:.4f} to {mean.high / SERVICE:.4f} | "
            f"{mean.value / cell.mean - 1:+.2%} |"
        )
    print(
        f"\n{inside} of {len(found)} means of theory are inside; all are due at once in "
        f"{JOINT:.1%} of such tables ({requests:,} requests a row, the first twentieth not "
        "looked at)."
    )


def main() -> None:
    """Print the tables that are asked for, both without a name."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", default=["settings", "queueing"])
    parser.add_argument("--requests", type=int, default=4_000_000, help="a row (4,000,000)")
    options = parser.parse_args()
    for name in options.tables:
        if name == "settings":
            settings()
        else:
            queueing(options.requests)


if __name__ == "__main__":
    main()
