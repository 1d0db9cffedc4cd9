# SPDX-License-Identifier: Apache-2.0
"""Studies of a network: latency by load, and the load from which on it does not keep up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from guardlane.errors import UsageError
from guardlane.noc import words as w
from guardlane.noc.intervals import half_width, warmed_up
from guardlane.noc.loop import advance
from guardlane.noc.router import Router
from guardlane.noc.routing import RouteTable
from guardlane.noc.simulate import SATURATED_LOSS
from guardlane.noc.traffic import Traffic, Window, loaded

PERIOD = 100  # cycles of one value of the series that is looked at


@dataclass(frozen=True)
class Point:
    """A network at one load. Latencies in cycles, of packets that arrived after the warm-up.

    `latency` and `half_width`, half its 95 % confidence interval, are None where the network is
    saturated: it has no mean then, but one that grows with the run. `warm_up` is in cycles.
    `accepted` and `offered` are flits a node and cycle.
    """

    rate: float
    offered: float
    accepted: float
    latency: float | None
    half_width: float | None
    warm_up: int
    saturated: bool

    def __str__(self) -> str:
        found = f"rate {self.rate:.4g}: accepts {self.accepted:.4f} flits a node and cycle, "
        if self.latency is None:
            return f"{found}saturated"
        spread = "" if self.half_width is None else f" +- {self.half_width:.2f}"
        return f"{found}latency {self.latency:.2f}{spread} cycles, warmed up after {self.warm_up}"


@dataclass(frozen=True)
class Saturation:
    """The load at which a network stops keeping up: between `below` and `above`, in rates."""

    below: float
    above: float
    accepted: float

    def __str__(self) -> str:
        if self.below == self.above:
            return f"not saturated up to rate {self.above:.4g}"
        return (
            f"saturated from rate {self.above:.4g} on, not at {self.below:.4g}; accepts "
            f"{self.accepted:.4f} flits a node and cycle there"
        )


def point(table: RouteTable, router: Router, traffic: Traffic, cycles: int = 20_000) -> Point:
    """Run a network for so many cycles and measure what comes after its warm-up, which it finds.

    Raises UsageError for fewer than 20 periods of 100 cycles.
    """
    if cycles < 20 * PERIOD:
        raise UsageError(f"a point needs {20 * PERIOD} cycles or more, not {cycles}")
    state = loaded(table, router, traffic, Window(0, cycles, PERIOD))
    advance(*state, cycles + 1)  # into the period behind the last one, so that that is closed
    periods = state.periods.reshape(-1, w.PERIOD_RECORD)[: cycles // PERIOD]
    packets, sums = periods[:, w.PACKETS], periods[:, w.LATENCY]
    mean = sums.sum() / max(1, packets.sum())  # what stands for a period without packets
    means = np.divide(sums, packets, out=np.full(len(sums), mean), where=packets > 0)
    cut = max(1, warmed_up(means.tolist()))
    nodes = table.topology.nodes
    length = (len(periods) - cut) * PERIOD
    lost = (periods[-1, w.LAG] - periods[cut - 1, w.LAG]) / (nodes * length)
    count = int(packets[cut:].sum())
    is_saturated = bool(lost > SATURATED_LOSS)
    has_latency = count > 0 and not is_saturated
    return Point(
        rate=traffic.rate,
        offered=traffic.rate * (traffic.size + traffic.reply_size),
        accepted=int(periods[cut:, w.FLITS].sum()) / (nodes * length),
        latency=int(sums[cut:].sum()) / count if has_latency else None,
        half_width=half_width(means[cut:].tolist()) if has_latency else None,
        warm_up=cut * PERIOD,
        saturated=is_saturated,
    )


def latency_load(
    table: RouteTable,
    router: Router,
    traffic: Traffic,
    rates: Iterable[float],
    cycles: int = 20_000,
) -> Iterator[Point]:
    """Give a point for each rate, in turn."""
    for rate in rates:
        yield point(table, router, replace(traffic, rate=rate), cycles)


def saturation(
    table: RouteTable,
    router: Router,
    traffic: Traffic,
    cycles: int = 20_000,
    tolerance: float = 0.01,
) -> Saturation:
    """Find by bisection from which rate on a network is saturated, to a share of `tolerance`."""
    if not 0 < tolerance < 1:
        raise UsageError(f"tolerance must be between 0 and 1, not {tolerance}")

    def at_rate(rate: float) -> Point:
        return point(table, router, replace(traffic, rate=rate), cycles)

    above, best = 1.0, at_rate(1.0)
    if not best.saturated:
        return Saturation(1.0, 1.0, best.accepted)
    below = 0.0
    while above - below > tolerance * above:
        middle = (below + above) / 2
        found = at_rate(middle)
        if found.saturated:
            above, best = middle, found
        else:
            below = middle
        if above < 1e-6:
            break
    return Saturation(below, above, best.accepted)
