# SPDX-License-Identifier: Apache-2.0
"""How often the interval of a study that stops when it is narrow enough holds the true mean.

PYTHONPATH=arch:.:workloads python -m tests.benchmarks.interval_coverage [TRIALS]

To stop by what one has seen is to stop a little early: where the values happen to lie close.
"""

from __future__ import annotations

import sys

from guardlane.estimates import estimate
from guardlane.seeds import stream
from guardlane.sweep.seeds import Interval


def main() -> None:
    """Print the share of intervals that hold the mean of normal values, and the seeds they took."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    print("half width   least seeds   mean held   mean of seeds")
    for half_width in (1.0, 0.5, 0.25):
        for least in (2, 4, 8, 16):
            rule = Interval(metric="x", half_width=half_width, min_seeds=least, max_seeds=400)
            held = taken = 0
            for trial in range(trials):
                values = stream(1, "interval", trial).standard_normal(rule.max_seeds).tolist()
                count = rule.min_seeds
                while rule.wants_more(values[:count]) and count < rule.max_seeds:
                    count = min(count + rule.batch, rule.max_seeds)
                found = estimate(values[:count])
                held += found.low is not None and found.low <= 0 <= (found.high or 0)
                taken += count
            print(f"{half_width:10}   {least:11}   {held / trials:9.3f}   {taken / trials:13.1f}")


if __name__ == "__main__":
    main()
