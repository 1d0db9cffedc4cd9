# SPDX-License-Identifier: Apache-2.0
"""The run kernel: words carry their times, so that no order of work and no quantum changes an outcome.

The earliest agent goes on as long as what it needs is there: an item that it can see, a slot that
it knows to be free. That something is *not* there may be said only below the horizon: the next
agent's cycle plus the lookahead, the least time in which one agent's act is felt by another. Shared
memory, which is felt at once, is accessed in strict order of (cycle, agent).
"""

from __future__ import annotations

from guardlane.chip import columns as col
from guardlane.chip import shared
from guardlane.chip.lending import lend, take_back
from guardlane.chip.queues import DONE, LATER, STALL, header_step, pop_step, push_step
from guardlane.core import compute as core
from guardlane.core.frame import enter
from guardlane.faults import EXTRA_POP, EXTRA_PUSH, MISSING_POP, MISSING_PUSH
from guardlane.guard.queue_twin import Q_DRAIN_FROM, Q_LATENCY, close, drain, publish, release, settle
from guardlane.guard.twin import alignment_new_frame
from guardlane.isa import state
from guardlane.isa.stops import finish_load, finish_store
from guardlane.kernel import kernel, part
from guardlane.views import row, span

NEVER = col.NEVER


@kernel
def run(chip, agents, wake, in_queues, out_queues, ends, q, am, kinds, payloads, visible, freed,
        tally, frames, rows, results, x, f_bits, f, mem8, mem16, mem32, s, plans, faults, log,
        items, counts, kept, shared_memory, rings):  # type: ignore[no-untyped-def]  # fmt: skip
    """Run until every agent has ended or waits for ever (FINISHED), or the cycle limit (AT_LIMIT).

    The arrays are those of `elaborate.Elaborated`, whose fields bear the same names. The state of
    the run is in them alone: the kernel can be called again, and two runs can live side by side.
    """
    near = wake[:2].copy()  # cycle and index of the earliest other agent
    soon = wake[:1].copy()
    while True:
        a, first = 0, NEVER
        near[0], near[1] = NEVER, wake.size
        for i in range(wake.size):
            if wake[i] < first:
                near[0], near[1] = first, a
                a, first = i, wake[i]
            elif wake[i] < near[0]:
                near[0], near[1] = wake[i], i
        if first >= min(chip[col.MAX_CYCLES], chip[col.CRASH_CYCLE]):
            for i in range(q.shape[0]):
                settle(row(q, i), visible, freed)
            return col.FINISHED if first == NEVER else col.AT_LIMIT
        agent = row(agents, a)
        agent[col.CLOCK] = first
        going = True
        while going:
            command = agent[col.COMMAND]
            mode = chip[col.MODE]
            horizon = near[0] + chip[col.LOOKAHEAD]
            if agent[col.CLOCK] >= chip[col.MAX_CYCLES]:
                wake[a] = agent[col.CLOCK]
                break
            if command == col.COMPUTE:
                if agent[col.KIND] == col.CORE:
                    if chip[col.LENDS]:
                        lend(agent, row(plans, a), row(in_queues, a), row(out_queues, a), mode, q, am,
                             freed, rings)  # fmt: skip
                    going = core_turn(chip, agent, a, wake, rows, results, x, f_bits, f, mem8, mem16,
                                      mem32, s, plans, faults, log, frames, in_queues, out_queues,
                                      rings, payloads, kinds, visible)  # fmt: skip
                    if chip[col.LENDS]:
                        take_back(agent, row(in_queues, a), row(out_queues, a), q, rings)
                else:
                    device_turn(agent, a, items, in_queues, out_queues)
                if going and agent[col.COMMAND] != col.COMPUTE:
                    offer(agent)
                continue
            if mode == col.SOFTWARE and agent[col.CLOCK] + (a > near[1]) > near[0]:
                wake[a] = agent[col.CLOCK]  # shared memory is read in strict order of (cycle, agent)
                break
            outcome = DONE
            if command == col.POP:
                qi = agent[col.QUEUE]
                frame = min(max(agent[col.FRAME] - 1, 0), tally.shape[1] - 1)
                if mode == col.SOFTWARE:
                    outcome = shared.device_pop(chip, agent, shared_memory, qi, row(row(tally, qi), frame), soon)
                else:
                    outcome = pop_step(agent, row(q, qi), row(am, qi), kinds, payloads, visible, freed, chip,
                                       mode, horizon, row(row(tally, qi), frame), soon)  # fmt: skip
                if mode != col.SOFTWARE and agent[col.ROUSE_AT] < NEVER:
                    rouse(agents, wake, near, ends[qi, 0], agent[col.ROUSE_AT])
                    agent[col.ROUSE_AT] = NEVER
            elif command == col.PUSH:
                qi = agent[col.QUEUE]
                if mode == col.SOFTWARE:
                    outcome = shared.device_push(chip, agent, shared_memory, qi, soon)
                else:
                    bit = port_bit(row(out_queues, a), qi)
                    outcome = push_step(agent, row(q, qi), kinds, payloads, visible, freed, mode, horizon,
                                        bit, soon)  # fmt: skip
                if mode != col.SOFTWARE and agent[col.ROUSE_AT] < NEVER:
                    rouse(agents, wake, near, ends[qi, 1], agent[col.ROUSE_AT])
                    agent[col.ROUSE_AT] = NEVER
            elif command == col.NEW_FRAME or command == col.END:
                outcome = boundary_step(chip, agents, agent, a, wake, near, ends, row(in_queues, a),
                                        row(out_queues, a), q, am, kinds, payloads, visible, freed,
                                        shared_memory, horizon, soon)  # fmt: skip
            elif command == col.WAIT:
                outcome = shared.wait(agent, soon)
            elif command == col.SHARED:
                shared.access(chip, agent, row(s, a), shared_memory)
            if outcome == LATER:
                wake[a] = soon[0]
                break
            if outcome != DONE:
                if not agent[col.STALLED]:
                    agent[col.STALLED] = 1
                    if mode != col.SOFTWARE:
                        if hand_over(agents, a, wake, near, ends, in_queues, out_queues, q, visible,
                                     freed, agent[col.CLOCK]):  # fmt: skip
                            soon[0] = min(soon[0], agent[col.CLOCK] + 1)
                wake[a] = soon[0]
                break
            if agent[col.ROUSE_AT] < NEVER:
                signal(agents, a, wake, near, row(ends, agent[col.QUEUE]))
            agent[col.STALLED] = 0
            finish(chip, agent, a, x, f_bits, s, plans, frames, kept, counts)
            if agent[col.COMMAND] == col.ENDED:
                wake[a] = NEVER
                break


@part
def rouse(agents, wake, near, b, when):  # type: ignore[no-untyped-def]
    """Let agent `b` try again at cycle `when`, if it waits."""
    if agents[b, col.STALLED] and when < wake[b]:
        wake[b] = when
        if when < near[0] or (when == near[0] and b < near[1]):
            near[0], near[1] = when, b


@part
def signal(agents, a, wake, near, both):  # type: ignore[no-untyped-def]
    """Tell the far end (or ends) of a queue in shared memory that agent `a` touched its control."""
    agents[a, col.ROUSE_AT] = NEVER
    for b in both:
        if b != a:
            agents[b, col.EVENT] = 1
            rouse(agents, wake, near, b, agents[a, col.CLOCK])


@part
def hand_over(agents, a, wake, near, ends, in_queues, out_queues, q, visible, freed, t):  # type: ignore[no-untyped-def]
    """Publish the partial working sets of agent `a`, data and returned space, at cycle t.

    Returns whether that went to a consumer that has ended: it drops the words, which makes room.
    """
    makes_room = False
    for qi in row(out_queues, a):
        if qi >= 0 and publish(row(q, qi), visible, t):
            rouse(agents, wake, near, ends[qi, 1], t + q[qi, Q_LATENCY])
            makes_room |= q[qi, Q_DRAIN_FROM] < NEVER
    for qi in row(in_queues, a):
        if qi >= 0 and release(row(q, qi), freed, t):
            rouse(agents, wake, near, ends[qi, 0], t + q[qi, Q_LATENCY])
    return makes_room


@part
def port_bit(queues, qi):  # type: ignore[no-untyped-def]
    for port in range(queues.size):
        if queues[port] == qi:
            return 1 << port
    return 0


@part
def offer(agent):  # type: ignore[no-untyped-def]
    """Note when the command was first offered, and when it gives up."""
    agent[col.SINCE] = agent[col.CLOCK]
    patience = agent[col.POP_TIMEOUT]
    if agent[col.COMMAND] != col.POP and agent[col.COMMAND] != col.WAIT:
        patience = agent[col.PUSH_TIMEOUT]
    agent[col.DEADLINE] = NEVER if patience >= NEVER else agent[col.CLOCK] + patience
    agent[col.ROUSE_AT] = NEVER
    agent[col.PENDING] = -1


@part
def core_turn(chip, agent, a, wake, rows, results, x, f_bits, f, mem8, mem16, mem32, s, plans,
              faults, log, frames, in_queues, out_queues, rings, payloads, kinds, visible):  # type: ignore[no-untyped-def]  # fmt: skip
    """Compute until the next command is known; False when the quantum is over first."""
    if agent[col.SEQUENCED] and not agent[col.IN_FRAME]:
        agent[col.FROM_GUEST] = 0
        agent[col.COMMAND] = col.NEW_FRAME if agent[col.FRAME] < agent[col.FRAMES] else col.END
        return True
    now = agent[col.CLOCK]
    until = min(chip[col.MAX_CYCLES], now + chip[col.QUANTUM])
    own, plan = row(s, a), row(plans, a)
    byte, end = agent[col.MEMORY_FIRST], agent[col.MEMORY_FIRST] + own[state.SIZE]
    first, last = agent[col.ROWS_FIRST], agent[col.ROWS_FIRST] + own[state.TEXT_WORDS]
    own[state.CYCLES] = now
    stop = core.compute(
        span(rows, first, last), span(results, first, last), row(x, a), row(f_bits, a), row(f, a),
        span(mem8, byte, end), span(mem16, byte >> 1, end >> 1), span(mem32, byte >> 2, end >> 2),
        own, rings, payloads, kinds, visible, plan, faults, log, agent[col.FRAME] - 1, until,
    )  # fmt: skip
    agent[col.CLOCK] = own[state.CYCLES]
    if stop == state.LIMIT:
        wake[a] = agent[col.CLOCK]
        return False
    agent[col.FROM_GUEST] = 1
    if stop == state.POP or stop == state.PUSH:
        port = own[state.PORT]
        queues = row(in_queues, a) if stop == state.POP else row(out_queues, a)
        if port < queues.size and queues[port] >= 0:
            agent[col.QUEUE] = queues[port]
            agent[col.VALUE] = own[state.VALUE]
            agent[col.COMMAND] = col.POP if stop == state.POP else col.PUSH
            if miscount(agent, plan, port):
                agent[col.COMMAND] = col.COMPUTE
                agent[col.CLOCK] += 1
                if stop == state.POP:
                    finish_load(row(s, a), row(x, a), row(f_bits, a), 0)
                else:
                    finish_store(row(s, a))
            return True
        stop = state.BAD_LOAD if stop == state.POP else state.BAD_STORE
    if stop == state.WAIT_PORT:
        agent[col.COMMAND] = col.WAIT
    elif stop == state.SHARED_LOAD or stop == state.SHARED_STORE:
        agent[col.COMMAND] = col.SHARED
        agent[col.VALUE] = stop
    elif stop == state.NEW_FRAME_PORT and not agent[col.SEQUENCED]:
        agent[col.COMMAND] = col.NEW_FRAME
    elif stop == state.END_PORT and not agent[col.SEQUENCED]:
        agent[col.COMMAND] = col.END
    else:
        return leave_frame(chip, agent, a, wake, s, frames, stop)
    return True


@part
def leave_frame(chip, agent, a, wake, s, frames, stop):  # type: ignore[no-untyped-def]
    """End the frame, or the core, after a return, the watchdog or a trap."""
    if not agent[col.SEQUENCED] and stop == state.EBREAK:
        agent[col.COMMAND] = col.ENDED
        wake[a] = NEVER
        return False
    by_address = stop >= state.MISALIGNED_LOAD
    contained = agent[col.SEQUENCED] and (agent[col.ADDRESS_GUARD] or not by_address)
    if stop == core.WATCHDOG:
        agent[col.WATCHDOGS] += 1
    elif stop != state.RETURNED:
        agent[col.TRAPS] += 1
        if not contained and agent[col.CLOCK] < chip[col.CRASH_CYCLE]:
            chip[col.CRASH_AGENT], chip[col.CRASH_CYCLE] = a, agent[col.CLOCK]
            chip[col.CRASH_CODE], chip[col.CRASH_PC] = stop, s[a, state.PC]
            chip[col.CRASH_ADDRESS] = s[a, state.STOP_ADDRESS]
    log_frame(agent, a, frames, s[a, state.RETIRED], s[a, state.PC], stop)
    agent[col.IN_FRAME] = 0
    if stop != state.RETURNED and stop != core.WATCHDOG and not contained:
        wake[a] = NEVER
        agent[col.COMMAND] = col.ENDED
        return False
    return True


@part
def log_frame(agent, a, frames, retired, pc, code):  # type: ignore[no-untyped-def]
    if 1 <= agent[col.FRAME] <= frames.shape[1]:
        entry = row(row(frames, a), agent[col.FRAME] - 1)
        entry[col.FRAME_END] = agent[col.CLOCK]
        entry[col.FRAME_RETIRED] = retired - entry[col.FRAME_RETIRED]
        entry[col.FRAME_CODE], entry[col.FRAME_PC] = code, pc


@part
def miscount(agent, plan, port):  # type: ignore[no-untyped-def]
    """Make this push or pop happen twice, or say True when it is to be left out.

    Only if the schedule has armed that for this port.
    """
    kind = plan[core.MISCOUNT]
    pops = agent[col.COMMAND] == col.POP
    missing = kind == (MISSING_POP if pops else MISSING_PUSH)
    extra = kind == (EXTRA_POP if pops else EXTRA_PUSH)
    if kind == 0 or plan[core.MISCOUNT_PORT] != port or not (missing or extra):
        return False
    plan[core.MISCOUNT] = 0
    if extra:
        agent[col.REPEAT] = 1
    return missing


@part
def device_turn(agent, a, items, in_queues, out_queues):  # type: ignore[no-untyped-def]
    """Decide the next command of a source or sink: its frame, its items one by one, its end."""
    if agent[col.ITEMS_DONE] == agent[col.ITEMS_FRAME_END]:
        agent[col.COMMAND] = col.NEW_FRAME if agent[col.FRAME] < agent[col.FRAMES] else col.END
    elif agent[col.KIND] == col.SOURCE:
        agent[col.COMMAND] = col.PUSH
        agent[col.QUEUE] = out_queues[a, 0]
        agent[col.VALUE] = items[agent[col.ITEMS_FIRST] + agent[col.ITEMS_DONE]]
    else:
        agent[col.COMMAND] = col.POP
        agent[col.QUEUE] = in_queues[a, 0]


@part
def boundary_step(chip, agents, agent, a, wake, near, ends, ins, outs, q, am, kinds, payloads,
                  visible, freed, shared_memory, horizon, soon):  # type: ignore[no-untyped-def]  # fmt: skip
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
                                agent[col.ACTIVE], end, 1 << port, horizon)  # fmt: skip
            if again > 0:
                retry = min(retry, again)
            if agent[col.ROUSE_AT] < NEVER:
                rouse(agents, wake, near, ends[outs[port], 1], agent[col.ROUSE_AT])
                agent[col.ROUSE_AT] = NEVER
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
def finish(chip, agent, a, x, f_bits, s, plans, frames, kept, counts):  # type: ignore[no-untyped-def]
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
def start_frame(agent, a, x, f_bits, s, plans, frames, counts):  # type: ignore[no-untyped-def]
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
        enter(row(s, a), row(x, a), row(f_bits, a), agent[col.ENTRY], min(left, agent[col.FRAME_SIZE]),
              agent[col.FIRINGS], 0, 0)  # fmt: skip
