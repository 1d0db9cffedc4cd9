# SPDX-License-Identifier: Apache-2.0
"""The engines of the cluster against SimPy, on many random clusters, tick for tick.

PYTHONPATH=arch:. python -m tests.benchmarks.cluster_twin

Even seeds have ports as SimPy Resources, odd ones as clocks. Exit 1 at the first difference.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from tests.arch.cluster.cases import random_case
from tests.arch.cluster.test_cluster_simpy import differences, run


def main() -> None:
    """Print a line a case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=20_000, help="a case (20,000)")
    parser.add_argument("--forward", type=int, default=12, help="cases for both engines (12)")
    parser.add_argument("--policies", type=int, default=12, help="cases for the event one (12)")
    options = parser.parse_args()
    cases = [(seed, True) for seed in range(options.forward)]
    cases += [(100 + seed, False) for seed in range(options.policies)]
    for seed, is_forward in cases:
        started = time.process_time()
        cluster, work = random_case(seed, options.requests, is_forward=is_forward)
        engines = ("pass", "event") if is_forward else ("event",)
        found = differences(cluster, work, *engines, variants=(seed % 2 == 0,))
        if found:
            raise SystemExit(f"seed {seed}: {'; '.join(found)}")
        ends, legs, extra = run(cluster, work, "event")
        beside = float(np.mean(legs == -1))
        print(
            f"seed {seed:3}: {len(ends):,} requests, {work.shards} shards, {work.rounds} rounds, "
            f"{cluster.main.servers} x {cluster.main.pools}, {cluster.order}, {beside:.0%} of "
            f"rounds wait for what is beside, {extra['missing']:,} calls missing, "
            f"{extra['repeated']:,} repeated, {extra['in_vain']:,} in vain: equal "
            f"({time.process_time() - started:.0f} CPU s)",
            flush=True,
        )


if __name__ == "__main__":
    main()
