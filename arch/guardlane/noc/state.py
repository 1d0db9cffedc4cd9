# SPDX-License-Identifier: Apache-2.0
"""Everything a network is at one cycle, as flat arrays that the kernel is handed and changes."""

from __future__ import annotations

from typing import Any, NamedTuple


class State(NamedTuple):
    """The arrays of a network; `guardlane.noc.words` names their columns."""

    k: Any  # int64[CONSTANTS]: constants and counts
    r: Any  # int64[routers * ROUTER]
    b: Any  # int64[depth * places]: flits in the buffers
    g: Any  # int64[64]: scratch, all 0
    fe: Any  # int64[turns * stride]: flits due, a count and then (place, flit) for each turn
    ce: Any  # int64[turns * stride]: credits due, a count and then places
    he: Any  # int64[turns * stride]: heads due, a count and then places
    busy: Any  # int64[words]: routers with something to do
    n: Any  # int64[nodes * NODE_RECORD]
    p: Any  # int64[packets * PACKET_RECORD]
    unused: Any  # int64[packets]: stack of free packets
    routes: Any  # int16[rows * nodes]: choice
    choices: Any  # int64[choices * 3]
    tables: Any  # int64[3, 64]: slots of a bundle, slots of a switch input, route class of a VC
    random: Any  # int64[2, 101]: generators
    periods: Any  # int64[periods * 4]: by arrival: flits, packets, latency sum, greatest latency
    targets: Any  # int64[n]: destinations of the traffic
