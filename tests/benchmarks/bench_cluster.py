# SPDX-License-Identifier: Apache-2.0
"""Engines of the cluster against SimPy: ratios of CPU time, runs interleaved, medians.

PYTHONPATH=arch:. python -m tests.benchmarks.bench_cluster [ratios] [wide] [long]

ratios: both engines and SimPy, with ports as Resources and as clocks, on the same 8-shard work.
wide: nanoseconds a message over 1024 shards. long: 10^8 requests over 8 shards, drawn and served
in pieces, with CPU seconds and the most memory that the process had.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from guardlane.cluster.engine import Name, Service
from guardlane.cluster.machine import Cluster
from guardlane.cluster.summary import serve
from guardlane.cluster.synthetic import Arrivals, Synthetic, Times
from guardlane.cluster.work import Pieces, Work
from tests.arch.cluster.simpy_twin import Twin

US = 1_000_000
FLOORS = {
    ("SimPy, Resources", "pass"): 500,
    ("SimPy, clocks", "pass"): 300,
    ("SimPy, Resources", "event"): 150,
    ("SimPy, clocks", "event"): 100,
}


def machine(shards: int) -> Cluster:
    """Value of a cluster that is two thirds busy with `source` at its rate."""
    return Cluster.of(
        shards=shards,
        main={"pools": "split", "before_cores": 8, "after_cores": 12,
              "nic": {"message": "100 ns"}},
        shard={"cores": 4},
        calls={"service": "1 us", "kernel": "1 us", "serialise": "1 us", "deserialise": "1 us"},
        link="15 us",
    )  # fmt: skip


def source(requests: int, shards: int, rate: float = 10_000) -> Synthetic:
    """Value of Poisson arrivals, exponential look-ups and dense work, short messages."""
    return Synthetic(
        1, requests, Arrivals(rate), shards,
        before=Times(450 * US - 3.4 * US * shards if shards <= 8 else US, "exponential"),
        lookup=Times(240 * US, "exponential"), after=Times(700 * US, "exponential"),
        sent=200, returned=400,
    )  # fmt: skip


def whole(source: Synthetic) -> Work:
    """Value of all pieces of a source as one work."""
    pieces = list(source.pieces())
    return Work(
        **{
            name: np.concatenate([getattr(piece, name) for piece in pieces], axis=-1)
            for name in ("arrivals", "before", "after", "lookup", "sent", "returned")
        }
    )


def engine(cluster: Cluster, work: Work, name: Name) -> Any:
    """Value of the ends of all requests."""
    service = Service(cluster, Pieces(work), name)
    return np.concatenate([service.window.ends[:count].copy() for count in service.served()])


def seconds(job: Callable[[], Any]) -> tuple[float, Any]:
    """Run a job: CPU seconds, and what it gave."""
    started = time.process_time()
    result = job()
    return time.process_time() - started, result


def ratios(repeats: int, requests: int) -> bool:
    """Print how many times SimPy's CPU time each engine takes; whether all floors are met."""
    cluster, small = machine(8), whole(source(requests, 8))
    large = whole(source(100 * requests, 8))
    engines: tuple[Name, ...] = ("pass", "event")
    rates: dict[str, list[float]] = {name: [] for name in (*engines, "SimPy, Resources",
                                                           "SimPy, clocks")}  # fmt: skip
    for name in engines:
        engine(cluster, small, name)  # compiles
    for _ in range(repeats):
        for name in engines:
            spent, _ = seconds(lambda name=name: engine(cluster, large, name))  # type: ignore[misc]
            rates[name].append(len(large) / spent)
        for name, has in (("SimPy, Resources", True), ("SimPy, clocks", False)):
            spent, twin = seconds(lambda has=has: Twin(cluster, small, has_resources=has))  # type: ignore[misc]
            rates[name].append(len(small) / spent)
            for other in engines:
                if (engine(cluster, small, other) != twin.ends).any():
                    raise SystemExit(f"{other} differs from {name}")
    print(f"{'8 shards':18}{'requests/CPU-s':>16}{'least':>12}{'most':>12}")
    for name, found in rates.items():
        middle, low, high = statistics.median(found), min(found), max(found)
        print(f"{name:18}{middle:16,.0f}{low:12,.0f}{high:12,.0f}")
    are_met = True
    print(f"{'ratio, median of pairs':32}{'times':>8}{'least':>8}{'most':>8}{'floor':>8}")
    for (slow, fast), floor in FLOORS.items():
        pairs = [one / two for one, two in zip(rates[fast], rates[slow], strict=True)]
        middle = statistics.median(pairs)
        are_met &= middle >= floor
        print(
            f"{fast + ' over ' + slow:32}{middle:8.0f}{min(pairs):8.0f}{max(pairs):8.0f}{floor:8}"
        )
    return are_met


def wide(repeats: int, requests: int = 5_000, shards: int = 1024) -> bool:
    """Print the nanoseconds that a message takes, drawn, served and added up, over many shards."""
    work = source(requests, shards, rate=1_000)
    found = []
    for turn in range(repeats + 1):
        spent, answer = seconds(lambda: serve(machine(shards), work, engine="pass"))
        if turn:
            found.append(spent / (2 * shards * requests) * 1e9)
    print(
        f"{shards} shards, {requests:,} requests: {statistics.median(found):.0f} ns a message "
        f"({min(found):.0f} to {max(found):.0f}), {2 * statistics.median(found):.0f} a call and "
        f"its answer; stable: {answer.is_stable}"
    )
    return statistics.median(found) <= 200


def long(requests: int) -> bool:
    """Print the CPU seconds and the most memory of a long run."""
    serve(machine(8), source(20_000, 8))
    spent, answer = seconds(lambda: serve(machine(8), source(requests, 8), warm_up=10_000))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    p99 = answer.quantile("p99")
    print(
        f"{requests:,} requests over 8 shards: {spent:.1f} CPU s, {most:.0f} MiB at most, p99 "
        f"{p99.value / 1e9:.4f} ms ({(p99.low or 0) / 1e9:.4f} to {(p99.high or 0) / 1e9:.4f}, "
        f"histogram within {p99.error / 1e9:.4f}), mean {answer.mean.value / 1e9:.5f} ms"
        if answer.mean
        else "unstable"
    )
    print({one.name: round(one.load, 3) for one in answer.stations[:7]})
    return spent <= 120 and most < 1024


def main() -> None:
    """Run what is asked for; exit 1 with --check when a floor is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("jobs", nargs="*", default=["ratios", "wide"])
    parser.add_argument("--repeats", type=int, default=5, help="interleaved runs of each (5)")
    parser.add_argument("--requests", type=int, default=2_000, help="of a run of SimPy (2,000)")
    parser.add_argument("--long", type=int, default=10**8, help="requests of the long run (1e8)")
    parser.add_argument("--check", action="store_true", help="fail when a floor is missed")
    options = parser.parse_args()
    jobs = {
        "ratios": lambda: ratios(options.repeats, options.requests),
        "wide": lambda: wide(options.repeats),
        "long": lambda: long(options.long),
    }
    met = [jobs[name]() for name in options.jobs]
    if options.check and not all(met):
        raise SystemExit("a floor is missed")


if __name__ == "__main__":
    main()
