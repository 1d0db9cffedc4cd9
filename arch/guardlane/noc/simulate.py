# SPDX-License-Identifier: Apache-2.0
"""A network under traffic, run to its end and measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.noc import words as w
from guardlane.noc.loop import advance
from guardlane.noc.state import State

SATURATED_LOSS = 0.01  # share of the offered packets that sources may fall behind within a window
PATIENCE = 200  # windows, after which what is not drained by then never will be
STALL = 100_000  # cycles without a flit crossing a router: no pipeline is as deep


@dataclass(frozen=True, eq=False)
class Measured:
    """What came of a run.

    Latencies in cycles from a packet's making to the arrival of its tail, of all packets made in
    the window, None without any. `accepted_rate`: flits that arrived in the window, a node and
    cycle. `hops_mean`: routers crossed, the destination's included. `lost`: share of the offered
    packets by which sources fell behind in the window. `crossings` int64[routers, ports]: flits
    sent by each output in `cycles`. `periods` int64[periods, 8]: columns FLITS to LAG of `words`.
    """

    mean_packet_latency: float | None
    max_packet_latency: int | None
    accepted_rate: float
    hops_mean: float | None
    cycles: int
    packets: int
    lost: float
    crossings: npt.NDArray[np.int64]
    periods: npt.NDArray[np.int64]

    @property
    def saturated(self) -> bool:
        """Value of whether the network takes less than 99 % of what is offered to it."""
        return self.lost > SATURATED_LOSS


class StuckError(GuardlaneError):
    """Packets wait for each other for ever."""


def run_out(state: State) -> Measured:
    """Let a network run until all packets that count have arrived; raises StuckError."""
    k = state.k
    start, end = int(k[w.RECORD_FROM]), int(k[w.RECORD_TO])
    advance(*state, start)
    before = lag(state)
    advance(*state, end)
    lost = (lag(state) - before) / (int(k[w.NODES]) * (end - start))
    finish(state, PATIENCE * end)
    return measured(state, start, end, lost)


def finish(state: State, limit: int) -> None:
    """Let cycles pass until no packet that counts is left, or for up to `limit` of them."""
    k = state.k
    while True:
        now, crossed = int(k[w.NOW]), total_crossings(state)
        until = min(now + STALL, limit)
        advance(*state, until)
        if k[w.NOW] < until or until == limit:
            return
        if total_crossings(state) == crossed and in_network(state):
            raise StuckError(
                f"the network is deadlocked: {in_network(state):,} flits are in it and none has "
                f"moved from cycle {now:,} to {until:,}"
            )


def measured(state: State, start: int, end: int, lost: float) -> Measured:
    """Value of the counts of a run whose window was `start` to `end`."""
    k = state.k
    count = int(k[w.LATENCIES])
    routers = state.r.reshape(-1, w.ROUTER)
    ports = int(k[w.PORTS])
    return Measured(
        mean_packet_latency=int(k[w.LATENCY_SUM]) / count if count else None,
        max_packet_latency=int(k[w.LATENCY_MAX]) if count else None,
        accepted_rate=int(k[w.ACCEPTED]) / (end - start) / int(k[w.NODES]),
        hops_mean=int(k[w.HOPS]) / count if count else None,
        cycles=int(k[w.NOW]),
        packets=count,
        lost=max(0.0, lost),
        crossings=routers[:, w.CROSSINGS : w.CROSSINGS + ports].copy(),
        periods=state.periods.reshape(-1, w.PERIOD_RECORD).copy(),
    )


def lag(state: State) -> int:
    """Value of the cycles by which all sources lag behind the packets they would have made."""
    behind = int(state.k[w.NOW]) - state.n[w.NEXT :: w.NODE_RECORD]
    return int(np.maximum(behind, 0).sum())


def total_crossings(state: State) -> int:
    """Value of how often a flit has crossed a router."""
    routers = state.r.reshape(-1, w.ROUTER)
    return int(routers[:, w.CROSSINGS : w.CROSSINGS + w.MOST_PORTS].sum())


def in_network(state: State) -> int:
    """Value of the flits that were sent by nodes and have not arrived."""
    return int(state.k[w.INJECTED_FLITS] - state.k[w.EJECTED_FLITS])
