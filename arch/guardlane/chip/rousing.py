# SPDX-License-Identifier: Apache-2.0
"""Who must look again: whoever waits for what has just been published, returned or stored."""

from __future__ import annotations

from typing import Any

from guardlane.chip import columns as col
from guardlane.guard.queue_twin import Q_DRAIN_FROM, Q_LATENCY, publish, release
from guardlane.kernel import part
from guardlane.views import row

NEVER = col.NEVER


@part
def rouse(agents: Any, wake: Any, near: Any, b: Any, when: Any) -> None:
    """Let agent `b` try again at cycle `when`, if it waits."""
    if agents[b, col.STALLED] and when < wake[b]:
        wake[b] = when
        if when < near[0] or (when == near[0] and b < near[1]):
            near[0], near[1] = when, b


@part
def rouse_far_end(agents: Any, a: Any, wake: Any, near: Any, b: Any) -> None:
    """Let the agent at the far end of a queue see what agent `a` has just published or returned."""
    if agents[a, col.ROUSE_AT] < NEVER:
        rouse(agents, wake, near, b, agents[a, col.ROUSE_AT])
        agents[a, col.ROUSE_AT] = NEVER


@part
def signal(agents: Any, a: Any, wake: Any, near: Any, both: Any) -> None:
    """Tell the far end (or ends) of a queue in shared memory that agent `a` touched its control."""
    agents[a, col.ROUSE_AT] = NEVER
    for b in both[:2]:
        if b != a:
            agents[b, col.EVENT] = 1
            rouse(agents, wake, near, b, agents[a, col.CLOCK])


@part
def hand_over(
    agents: Any, a: Any, wake: Any, near: Any, ends: Any, in_queues: Any, out_queues: Any, q: Any,
    visible: Any, freed: Any, t: Any,
) -> Any:  # fmt: skip
    """Publish the partial working sets of agent `a`, data and returned space, at cycle t.

    Returns whether the agent itself may have got something by that: from a consumer that has ended
    and so drops the words, or over a queue to itself.
    """
    gains = False
    for qi in row(out_queues, a):
        if qi >= 0 and publish(row(q, qi), visible, t):
            rouse(agents, wake, near, ends[qi, 1], t + q[qi, Q_LATENCY])
            gains |= q[qi, Q_DRAIN_FROM] < NEVER or ends[qi, 1] == a
    for qi in row(in_queues, a):
        if qi >= 0 and release(row(q, qi), freed, t):
            rouse(agents, wake, near, ends[qi, 0], t + q[qi, Q_LATENCY])
            gains |= ends[qi, 0] == a
    return gains
