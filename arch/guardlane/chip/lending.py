# SPDX-License-Identifier: Apache-2.0
"""What a core may do without its guard: items of a frame that is aligned, within a working set.

Most pops and pushes need no decision. Their words are lent to the interpreter; what needs the
guard (a header, the edge of a working set, an empty queue) makes it stop.
"""

from __future__ import annotations

from typing import Any

from guardlane.chip.columns import CLOCK, COMMGUARD, DROPPING, NEVER, POPS, PUSHES
from guardlane.core.compute import MISCOUNT
from guardlane.guard.queue_twin import (
    Q_BASE,
    Q_DEPTH,
    Q_DRAIN_FROM,
    Q_FREED,
    Q_POPS,
    Q_PUBLISHED,
    Q_PUSHES,
    Q_READ,
    Q_RELEASED,
    Q_WORKING_SET,
    Q_WRITTEN,
)
from guardlane.guard.twin import AM_STATE, RCV_CMP
from guardlane.isa.rings import RING_LIMIT, RING_NEXT, RING_OFFSET
from guardlane.kernel import part


@part
def lend(
    agent: Any, plan: Any, ins: Any, outs: Any, mode: Any, q: Any, am: Any, freed: Any, rings: Any,
) -> None:  # fmt: skip
    """Lend an agent's core the items and slots that it may use at agent[CLOCK] or later."""
    for port in range(ins.size):
        qi = ins[port]
        rings[0, port, RING_NEXT] = rings[0, port, RING_LIMIT] = 0
        aligned = mode != COMMGUARD or (qi >= 0 and am[qi, AM_STATE] == RCV_CMP)
        if qi >= 0 and aligned and plan[MISCOUNT] == 0:
            lend_words(rings, 0, port, q[qi, Q_READ], q[qi, Q_PUBLISHED], q, qi)
    for port in range(outs.size):
        qi = outs[port]
        rings[1, port, RING_NEXT] = rings[1, port, RING_LIMIT] = 0
        dropping = agent[DROPPING] >> port & 1
        if qi >= 0 and not dropping and plan[MISCOUNT] == 0 and q[qi, Q_DRAIN_FROM] == NEVER:
            depth, base = q[qi, Q_DEPTH], q[qi, Q_BASE]
            slot = base + q[qi, Q_FREED] % depth
            while q[qi, Q_FREED] < q[qi, Q_RELEASED] and freed[slot] <= agent[CLOCK]:
                q[qi, Q_FREED] += 1
                slot = slot + 1 if slot + 1 < base + depth else base
            lend_words(rings, 1, port, q[qi, Q_WRITTEN], q[qi, Q_FREED] + depth, q, qi)


@part
def lend_words(rings: Any, side: Any, port: Any, number: Any, limit: Any, q: Any, qi: Any) -> None:
    """Lend words from `number` up to `limit`, the edge of the working set or the end of the ring.

    The word that completes a working set is not lent: with it a shared pointer moves.
    """
    depth, working_set = q[qi, Q_DEPTH], q[qi, Q_WORKING_SET]
    slot = number % depth
    edge = number - number % working_set + working_set - 1
    rings[side, port, RING_NEXT] = number
    rings[side, port, RING_LIMIT] = min(min(limit, edge), number - slot + depth)
    rings[side, port, RING_OFFSET] = q[qi, Q_BASE] + slot - number


@part
def take_back(agent: Any, ins: Any, outs: Any, q: Any, rings: Any) -> None:
    """Count what the core used of what it was lent."""
    for port in range(ins.size):
        qi = ins[port]
        if qi >= 0 and rings[0, port, RING_LIMIT] > 0:
            used = rings[0, port, RING_NEXT] - q[qi, Q_READ]
            q[qi, Q_READ] += used
            q[qi, Q_POPS] += used
            agent[POPS] += used
    for port in range(outs.size):
        qi = outs[port]
        if qi >= 0 and rings[1, port, RING_LIMIT] > 0:
            used = rings[1, port, RING_NEXT] - q[qi, Q_WRITTEN]
            q[qi, Q_WRITTEN] += used
            q[qi, Q_PUSHES] += used
            agent[PUSHES] += used
