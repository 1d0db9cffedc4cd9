# SPDX-License-Identifier: Apache-2.0
"""From a command to its answer: offered, carried out at frame boundaries, handed back when done."""

from __future__ import annotations

from typing import Any

from guardlane.chip import columns as col
from guardlane.chip import shared
from guardlane.chip.queues import DONE, LATER, STALL, header_step
from guardlane.chip.rousing import rouse, rouse_far_end
from guardlane.chip.turns import log_frame
from guardlane.core import compute as core
from guardlane.core.frame import enter
from guardlane.guard.queue_twin import Q_LATENCY, close, drain, publish
from guardlane.guard.twin import alignment_new_frame
from guardlane.isa import state
from guardlane.isa.stops import finish_load, finish_store
from guardlane.kernel import part
from guardlane.views import row

NEVER = col.NEVER


@part
def offer(agent: Any) -> None:
    """Note when the command was first offered, and when it gives up."""
    agent[col.SINCE] = agent[col.CLOCK]
    patience = agent[col.POP_TIMEOUT]
    if agent[col.COMMAND] != col.POP and agent[col.COMMAND] != col.WAIT:
        patience = agent[col.PUSH_TIMEOUT]
    agent[col.DEADLINE] = NEVER if patience >= NEVER else agent[col.CLOCK] + patience
    agent[col.ROUSE_AT] = NEVER
    agent[col.PENDING] = -1


@part
def boundary_step(
    chip: Any, agents: Any, agent: Any, a: Any, wake: Any, near: Any, ends: Any, ins: Any,
    outs: Any, q: Any, am: Any, kinds: Any, payloads: Any, visible: Any, freed: Any,
    shared_memory: Any, horizon: Any, soon: Any,
) -> Any:  # fmt: skip
    """Start a frame (a header on every out-queue) or end the computation on every queue."""
    t = agent[col.CLOCK]
    mode = chip[col.MODE]
    end = agent[col.COMMAND] == col.END
    headers = mode == col.COMMGUARD or mode == col.PASS_THROUGH
    if agent[col.PENDING] < 0:
        agent[col.PENDING] = 0
        if not end:
            agent[col.ACTIVE] = (agent[col.ACTIVE] + 1) & chip[col.ID_MASK]
            agent[col.DROPPING] = 0
            if mode == col.COMMGUARD:
                for qi in ins:
                    if qi >= 0:
                        alignment_new_frame(row(am, qi), agent[col.ACTIVE])
        for port in range(outs.size):
            if outs[port] >= 0 and headers:
                agent[col.PENDING] |= 1 << port
    retry = NEVER
    for port in range(outs.size):
        if agent[col.PENDING] >> port & 1:
            again = header_step(agent, row(q, outs[port]), kinds, payloads, visible, freed,
                                agent[col.ACTIVE] + ends[outs[port], 2] & chip[col.ID_MASK], end,
                                1 << port, horizon)  # fmt: skip
            if again > 0:
                retry = min(retry, again)
            rouse_far_end(agents, a, wake, near, ends[outs[port], 1])
    if agent[col.PENDING]:
        soon[0] = t if t >= horizon else retry
        return LATER if t >= horizon else STALL
    if end:
        for port in range(outs.size):
            if outs[port] >= 0:
                if mode == col.SOFTWARE:
                    block = outs[port] * shared.block_words(chip)
                    shared_memory[block + shared.CLOSED] = 1
                    agents[ends[outs[port], 1], col.EVENT] = 1
                    rouse(agents, wake, near, ends[outs[port], 1], t + 1)
                else:
                    publish(row(q, outs[port]), visible, t)
                    close(row(q, outs[port]), visible, t)
                    rouse(agents, wake, near, ends[outs[port], 1], t + q[outs[port], Q_LATENCY])
        for qi in ins:
            if qi >= 0 and mode != col.SOFTWARE:
                drain(row(q, qi), visible, freed, t)
                rouse(agents, wake, near, ends[qi, 0], t + q[qi, Q_LATENCY])
    agent[col.CLOCK] = t + 1
    return DONE


@part
def finish(
    chip: Any, agent: Any, a: Any, x: Any, f_bits: Any, s: Any, plans: Any, frames: Any, kept: Any,
    counts: Any,
) -> None:  # fmt: skip
    """Complete the command: hand its answer to whoever gave it."""
    command = agent[col.COMMAND]
    took = agent[col.CLOCK] - agent[col.SINCE] - 1
    if command == col.POP:
        agent[col.POPS] += 1
        agent[col.POP_STALL] += took
    elif command == col.PUSH:
        agent[col.PUSHES] += 1
        agent[col.PUSH_STALL] += took
    elif command == col.NEW_FRAME:
        agent[col.PUSH_STALL] += took
        start_frame(agent, a, x, f_bits, s, plans, frames, counts)
    elif command == col.END:
        agent[col.COMMAND] = col.ENDED
        if agent[col.FROM_GUEST]:
            finish_store(row(s, a))
            agent[col.COMMAND] = col.COMPUTE
        return
    if agent[col.REPEAT] > 0 and command != col.NEW_FRAME:
        agent[col.REPEAT] = 0
        offer(agent)
        return
    agent[col.COMMAND] = col.COMPUTE
    if agent[col.KIND] == col.CORE:
        if agent[col.FROM_GUEST]:
            if command == col.POP or command == col.WAIT:
                finish_load(row(s, a), row(x, a), row(f_bits, a), agent[col.VALUE])
            elif command == col.SHARED:
                if agent[col.VALUE] == state.SHARED_LOAD:
                    finish_load(row(s, a), row(x, a), row(f_bits, a), s[a, state.VALUE])
                else:
                    finish_store(row(s, a))
            else:
                finish_store(row(s, a))
    elif command == col.POP:
        kept[agent[col.ITEMS_FIRST] + agent[col.ITEMS_DONE]] = agent[col.VALUE]
        agent[col.ITEMS_DONE] += 1
    elif command == col.PUSH:
        agent[col.ITEMS_DONE] += 1


@part
def start_frame(
    agent: Any, a: Any, x: Any, f_bits: Any, s: Any, plans: Any, frames: Any, counts: Any,
) -> None:  # fmt: skip
    """Begin the next frame of an agent: enter the guest, or open the frame of a device."""
    if agent[col.KIND] == col.CORE and not agent[col.SEQUENCED]:
        log_frame(agent, a, frames, s[a, state.RETIRED], s[a, state.PC], state.RETURNED)
    frame = agent[col.FRAME]
    agent[col.FRAME] = frame + 1
    if agent[col.KIND] != col.CORE:
        agent[col.ITEMS_FRAME_END] += counts[agent[col.COUNTS_FIRST] + frame]
        return
    retired = s[a, state.RETIRED]
    if frame < frames.shape[1]:
        frames[a, frame, col.FRAME_START] = agent[col.CLOCK]
        frames[a, frame, col.FRAME_RETIRED] = retired
    if agent[col.BUDGET] < NEVER:
        plans[a, core.BUDGET_END] = retired + agent[col.BUDGET]
    if agent[col.SEQUENCED]:
        agent[col.IN_FRAME] = 1
        left = agent[col.STEADY_STATES] - frame * agent[col.FRAME_SIZE]
        states = min(left, agent[col.FRAME_SIZE])
        enter(row(s, a), row(x, a), row(f_bits, a), agent[col.ENTRY], states, agent[col.FIRINGS],
              0, 0)  # fmt: skip
