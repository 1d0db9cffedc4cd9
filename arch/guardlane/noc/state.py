# SPDX-License-Identifier: Apache-2.0
"""Everything a network is at one cycle, as flat arrays that the kernel is handed and changes."""

from __future__ import annotations

from typing import Any, NamedTuple


class State(NamedTuple):
    """The arrays of a network; `guardlane.noc.words` names their columns."""

    k: Any  # int64[CONSTANTS]: constants and counts
    r: Any  # int64[routers * ROUTER]
    b: Any  # int64[depth * places]: flits in the buffers
    g: Any  # int64[128]: scratch, all 0
    fe: Any  # int64[turns * stride]: flits due, a count and then (place, flit) for each turn
    ce: Any  # int64[turns * stride]: credits due, a count and then places
    he: Any  # int64[turns * stride]: heads due, a count and then places
    le: Any  # int64[turns * stride]: allocations due, a count and then (place, what) for each turn
    busy: Any  # int64[words]: routers with something to do
    sources: Any  # int64[words]: nodes with something to send
    due: Any  # int64[turns]: first node + 1 whose next packet falls on that turn
    n: Any  # int64[nodes * NODE_RECORD]
    p: Any  # int64[packets * PACKET_RECORD]
    unused: Any  # int64[packets]: stack of free packets
    reports: Any  # int64[packets * 2]: tag and cycle of each delivery not yet fetched
    trace: Any  # int64[(packets of the trace + 1) * TRACE_RECORD]
    dependents: Any  # int64[n]: packets of the trace that wait for another
    routes: Any  # int16[rows * nodes]: choice
    choices: Any  # int64[choices * 3]
    tables: Any  # int64[3, 64]: slots of a bundle, slots of a switch input, route class of a VC
    order: (
        Any  # int64[places * 2]: where an input VC stands in BookSim2's lists, if coins are tossed
    )
    coins: Any  # int64[places + 1]: heads that are to toss a coin in this cycle, by order
    random: Any  # int64[2, 101]: Knuth's generators
    gaps: Any  # float64[1]: 1 / log(1 - rate)
    periods: Any  # int64[periods * 4]: by arrival: flits, packets, latency sum, greatest latency
    targets: Any  # int64[n]: destinations of the traffic
