# SPDX-License-Identifier: Apache-2.0
"""A trace replayed: a packet is sent in its cycle, or when all it waits for has arrived."""

from __future__ import annotations

import numpy as np

from guardlane.errors import GuardlaneError
from guardlane.noc import words as w
from guardlane.noc.elaborate import elaborate
from guardlane.noc.router import Router
from guardlane.noc.routing import RouteTable
from guardlane.noc.simulate import Measured, finish, measured
from guardlane.noc.source import NEVER
from guardlane.noc.state import State
from guardlane.noc.traces.trace import Trace

PERIODS = 1000  # at most, of equal length


def replaying(table: RouteTable, router: Router, trace: Trace) -> State:
    """Lay out a network at cycle 0 whose sources send the packets of a trace.

    Raises GuardlaneError for a trace of more nodes than the network has.
    """
    if trace.nodes > table.topology.nodes:
        raise GuardlaneError(
            f"{trace.name} has {trace.nodes} nodes, and {table.topology.name} "
            f"{table.topology.nodes}"
        )
    state = elaborate(table, router)
    count = len(trace)
    lines = np.zeros((count + 1, w.TRACE_RECORD), np.int64)
    lines[:count, w.CYCLE] = trace.cycle
    lines[:count, w.WHAT] = (
        (trace.flits.astype(np.int64) - 1) << w.SIZE_SHIFT
        | trace.destination.astype(np.int64) << w.TO_SHIFT
        | trace.source.astype(np.int64) << w.FROM_SHIFT
    )
    lines[:count, w.WAITING] = trace.waits()
    lines[:, w.DEPENDENTS] = trace.first
    # Everything may wait at its source at once.
    packets = count + 1
    period = max(1000, -(-int(trace.cycle[-1]) // PERIODS))
    for column, value in (
        (w.TRACE, count),
        (w.FREE_PACKETS, packets),
        (w.STOP_AFTER, 0),
        (w.PERIOD, period),
        (w.PERIOD_END, period),
        (w.PERIODS, PERIODS),
    ):
        state.k[column] = value
    return state._replace(
        p=np.zeros(packets * w.PACKET_RECORD, np.int64),
        unused=np.arange(packets, dtype=np.int64)[::-1].copy(),
        trace=lines.ravel(),
        dependents=np.append(trace.dependents, 0).astype(np.int64),
        periods=np.zeros(PERIODS * w.PERIOD_RECORD, np.int64),
    )


def replay(table: RouteTable, router: Router, trace: Trace) -> Measured:
    """Run a trace to its end and measure all of its packets; raises
    StuckError.

    A latency counts from when a packet could have been sent. `accepted_rate` is over all cycles.
    """
    state = replaying(table, router, trace)
    finish(state, NEVER)
    assert state.k[w.RELEASED] == len(trace)
    return measured(state, 0, int(state.k[w.NOW]), 0.0)
