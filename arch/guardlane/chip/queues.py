# SPDX-License-Identifier: Apache-2.0
"""Pop, push and new-frame of one agent at one cycle, over time-stamped queues and their guards.

Each step either finishes the command, finds that it must wait (and says until when), or puts off
saying so because another agent could still act first.
"""

from __future__ import annotations

from typing import Any

from guardlane.chip.columns import (
    ACTIVE,
    CLOCK,
    COMMGUARD,
    DEADLINE,
    DROPPED_ITEMS,
    DROPPING,
    MAX_CYCLES,
    NEVER,
    PAD,
    PENDING,
    POP_TIMEOUTS,
    PUSH_TIMEOUTS,
    RELIABLE,
    ROUSE_AT,
    SKIPPED_FRAMES,
    VALUE,
)
from guardlane.guard.queue_twin import (
    Q_LATENCY,
    closed_at,
    front_at,
    front_kind,
    front_payload,
    space_at,
    take,
    write,
)
from guardlane.guard.twin import (
    AM_DISCARDED_HEADERS,
    AM_DISCARDED_ITEMS,
    DELIVER,
    LOOK_ON,
    alignment_closed,
    alignment_is_padding,
    alignment_pad,
    alignment_timeout,
    alignment_unit,
)
from guardlane.guard.twin import PAD as PAD_ACTION
from guardlane.guard.words import EOC, HEADER, ITEM
from guardlane.kernel import part

DONE, STALL, LATER = 0, 1, 2


@part
def _pad(agent: Any, chip: Any, tally: Any, t: Any) -> Any:
    tally[0] += 1
    agent[VALUE] = chip[PAD]
    agent[CLOCK] = t + 1
    return DONE


@part
def pop_step(
    agent: Any, q: Any, am: Any, kinds: Any, payloads: Any, visible: Any, freed: Any, chip: Any,
    mode: Any, horizon: Any, tally: Any, wake: Any,
) -> Any:  # fmt: skip
    """Try a pop at agent[CLOCK]; on DONE agent[VALUE] holds the item or the pad.

    `tally` int64[3] of this frame counts pads, discarded items, discarded headers. `wake` int64[1]
    is set to the cycle at which trying again can help. A word that is there is there whatever
    the others do; that none is there yet can be said below `horizon` only.
    """
    t = agent[CLOCK]
    while t < chip[MAX_CYCLES]:
        if mode == COMMGUARD and alignment_is_padding(am):
            alignment_pad(am)
            return _pad(agent, chip, tally, t)
        seen = front_at(q, visible)
        if seen <= t:
            kind = front_kind(q, kinds)
            payload = front_payload(q, payloads)
            action = DELIVER if kind == ITEM else LOOK_ON
            if mode == COMMGUARD:
                items, headers = am[AM_DISCARDED_ITEMS], am[AM_DISCARDED_HEADERS]
                action = alignment_unit(am, kind, payload, agent[ACTIVE])
                tally[1] += am[AM_DISCARDED_ITEMS] - items
                tally[2] += am[AM_DISCARDED_HEADERS] - headers
            elif kind != ITEM:
                tally[2] += 1
            if take(q, freed, t):
                agent[ROUSE_AT] = min(agent[ROUSE_AT], t + q[Q_LATENCY])
            if action == PAD_ACTION:
                return _pad(agent, chip, tally, t)
            t += 1
            if action == DELIVER:
                agent[VALUE] = payload
                agent[CLOCK] = t
                return DONE
            continue
        shut = closed_at(q) if seen == NEVER else NEVER
        if shut <= t:
            if mode == COMMGUARD:
                alignment_closed(am)
            return _pad(agent, chip, tally, t)
        if t >= horizon:
            break
        if t >= agent[DEADLINE]:
            if mode == COMMGUARD:
                alignment_timeout(am)
            agent[POP_TIMEOUTS] += 1
            return _pad(agent, chip, tally, t)
        agent[CLOCK] = t
        wake[0] = min(min(seen, shut), agent[DEADLINE])
        return STALL
    agent[CLOCK] = t
    wake[0] = t
    return LATER


@part
def push_step(
    agent: Any, q: Any, kinds: Any, payloads: Any, visible: Any, freed: Any, mode: Any,
    horizon: Any, bit: Any, wake: Any,
) -> Any:  # fmt: skip
    """Try to push agent[VALUE] at agent[CLOCK]; a frame that is being dropped swallows it.

    `bit` is the mask of this queue among the agent's out-queues. Room that is there stays there;
    that none is there yet can be said below `horizon` only.
    """
    t = agent[CLOCK]
    if agent[DROPPING] & bit:
        agent[DROPPED_ITEMS] += 1
        agent[CLOCK] = t + 1
        return DONE
    fits = space_at(q, freed, visible, t)
    if fits <= t:
        if write(q, kinds, payloads, visible, ITEM, agent[VALUE], t):
            agent[ROUSE_AT] = min(agent[ROUSE_AT], t + q[Q_LATENCY])
        agent[CLOCK] = t + 1
        return DONE
    if t >= horizon:
        wake[0] = t
        return LATER
    if t >= agent[DEADLINE]:
        agent[PUSH_TIMEOUTS] += 1
        agent[DROPPED_ITEMS] += 1
        if mode != RELIABLE:
            agent[DROPPING] |= bit
        agent[CLOCK] = t + 1
        return DONE
    wake[0] = min(fits, agent[DEADLINE])
    return STALL


@part
def header_step(
    agent: Any, q: Any, kinds: Any, payloads: Any, visible: Any, freed: Any, ident: Any, end: Any,
    bit: Any, horizon: Any,
) -> Any:  # fmt: skip
    """Try to write this frame's header (or the end-of-computation word) at agent[CLOCK].

    Returns the cycle at which trying again can help; 0 when the header went in or was given up.
    """
    t = agent[CLOCK]
    fits = space_at(q, freed, visible, t)
    if fits <= t:
        if write(q, kinds, payloads, visible, EOC if end else HEADER, ident, t):
            agent[ROUSE_AT] = min(agent[ROUSE_AT], t + q[Q_LATENCY])
        agent[PENDING] &= ~bit
        return 0
    if t >= agent[DEADLINE] and t < horizon:
        agent[PUSH_TIMEOUTS] += 1
        agent[PENDING] &= ~bit
        if not end:
            agent[DROPPING] |= bit
            agent[SKIPPED_FRAMES] += 1
        return 0
    return min(fits, agent[DEADLINE])
