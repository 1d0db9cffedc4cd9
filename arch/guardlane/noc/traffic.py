# SPDX-License-Identifier: Apache-2.0
"""Traffic of all nodes onto an empty network: what is sent how often, and which packets count."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from guardlane.errors import UsageError
from guardlane.noc import words as w
from guardlane.noc.elaborate import elaborate
from guardlane.noc.knuth import FRACTION_BITS, generators
from guardlane.noc.patterns import targets_of
from guardlane.noc.router import Router
from guardlane.noc.routing import RouteTable
from guardlane.noc.source import DUE_TURNS, NEVER
from guardlane.noc.state import State
from guardlane.seeds import stream

Mode = Literal["exact", "fast"]
MOST_SIZE = 0xFFFF  # flits


@dataclass(frozen=True)
class Traffic:
    """What every node sends: `rate` packets a cycle of `size` flits each, by tosses of a coin.

    `mode` exact replays BookSim2's generators, so that equal seeds give equal packets; fast draws
    the gaps between packets, for each node from its own generator. `hotspots` are nodes, the
    corners without; `reply_size` flits go back for every packet, none with 0.
    """

    pattern: str = "uniform"
    rate: float = 0.1
    size: int = 1
    mode: Mode = "fast"
    seed: int = 0
    hotspots: tuple[int, ...] = ()
    reply_size: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 1:
            raise UsageError(f"rate must be over 0 and up to 1 packet a cycle, not {self.rate}")
        for name, least in (("size", 1), ("reply_size", 0)):
            value = getattr(self, name)
            if not least <= value <= MOST_SIZE:
                raise UsageError(f"{name} must be {least} to {MOST_SIZE} flits, not {value}")
        if self.mode not in ("exact", "fast"):
            raise UsageError(f"mode must be exact or fast, not {self.mode!r}")


@dataclass(frozen=True)
class Window:
    """Cycles `start` to `end` are measured; counts are kept for every `period` of cycles."""

    start: int = 3000
    end: int = 10_000
    period: int = 1000

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end or self.period < 1:
            raise UsageError(
                f"a window must end after it starts, and have periods of a cycle or more, "
                f"not {self.start} to {self.end} in periods of {self.period}"
            )


def loaded(table: RouteTable, router: Router, traffic: Traffic, window: Window) -> State:
    """Lay out a network at cycle 0 with this traffic at its nodes."""
    pattern, targets = targets_of(traffic.pattern, table.topology, traffic.hotspots)
    state = elaborate(table, router, replies=traffic.reply_size > 0)
    exact = traffic.mode == "exact"
    periods = -(-window.end // window.period) + 1  # what comes later falls in the last
    for column, value in (
        (w.PATTERN, pattern),
        (w.TARGETS, len(targets)),
        (w.THRESHOLD, math.ceil(traffic.rate * 2**FRACTION_BITS)),
        (w.SIZE, traffic.size),
        (w.REPLY_SIZE, traffic.reply_size),
        (w.PERIOD, window.period),
        (w.PERIOD_END, window.period),
        (w.PERIODS, periods),
        (w.RECORD_FROM, window.start),
        (w.RECORD_TO, window.end),
        (w.STOP_AFTER, window.end),
        (w.MODE, w.EXACT if exact else w.FAST),
        (w.DRAINED, 0),
    ):
        state.k[column] = value
    state = state._replace(
        periods=np.zeros(periods * w.PERIOD_RECORD, np.int64),
        targets=targets,
        random=generators(traffic.seed),
    )
    return _first_tosses(state) if exact else _first_gaps(state, traffic, window)


def _first_tosses(state: State) -> State:
    state.n[w.NEXT :: w.NODE_RECORD] = 0
    return state


def _first_gaps(state: State, traffic: Traffic, window: Window) -> State:
    """Seed every node's generator and draw when its first packet is due."""
    nodes = int(state.k[w.NODES])
    random = stream(traffic.seed, "traffic")
    state.n[w.SEED :: w.NODE_RECORD] = random.integers(-(1 << 63), (1 << 63) - 1, nodes)
    first = np.minimum(random.geometric(traffic.rate, nodes) - 1, NEVER)
    state.n[w.NEXT :: w.NODE_RECORD] = first
    for node, cycle in enumerate(first.tolist()):
        turn = cycle % DUE_TURNS
        state.n[node * w.NODE_RECORD + w.DUE_AFTER] = state.due[turn]
        state.due[turn] = node + 1
    state.k[w.DRAINED] = int(np.sum(first > window.end))
    log = math.log1p(-traffic.rate) if traffic.rate < 1 else -math.inf
    return state._replace(gaps=np.array([1 / log]))
