# SPDX-License-Identifier: Apache-2.0
"""The run kernel: words carry their times, so that no quantum changes an outcome.

The earliest agent goes on as long as what it needs is there: an item that it can see, a slot that
it knows to be free. That something is *not* there may be said only below the horizon: the next
agent's cycle plus the lookahead, the least time in which one agent's act is felt by another. Shared
memory, which is felt at once, is accessed in strict order of (cycle, agent).
"""

from __future__ import annotations

from typing import Any

from guardlane.chip import columns as col
from guardlane.chip import shared
from guardlane.chip.commands import boundary_step, finish, offer
from guardlane.chip.lending import lend, take_back
from guardlane.chip.queues import DONE, LATER, pop_step, push_step
from guardlane.chip.rousing import hand_over, rouse_far_end, signal
from guardlane.chip.turns import core_turn, device_turn
from guardlane.chip.watching import watch_command, watch_turn
from guardlane.guard.queue_twin import settle
from guardlane.kernel import kernel, part
from guardlane.views import lent, row

NEVER = col.NEVER


@kernel
def run(
    chip: Any, agents: Any, wake: Any, in_queues: Any, out_queues: Any, ends: Any, q: Any, am: Any,
    kinds: Any, payloads: Any, visible: Any, freed: Any, tally: Any, frames: Any, rows: Any,
    results: Any, x: Any, f_bits: Any, f: Any, mem8: Any, mem16: Any, mem32: Any, s: Any,
    plans: Any, faults: Any, log: Any, items: Any, counts: Any, kept: Any, shared_memory: Any,
    rings: Any, reach: Any, issues: Any, pipes: Any, watched: Any = None,
) -> Any:  # fmt: skip
    """Run until every agent has ended or waits for ever (FINISHED), or the cycle limit (AT_LIMIT).

    The arrays are those of `elaborate.Elaborated`, whose fields bear the same names. The state of
    the run is in them alone: the kernel can be called again, and two runs can live side by side.
    `watched` is that of `watching`, None where nobody looks.
    """
    # What is handed on from inside the loop, without a count of its references at each turn.
    agents, in_queues, out_queues, ends = (
        lent(agents),
        lent(in_queues),
        lent(out_queues),
        lent(ends),
    )
    q, am, kinds, payloads = lent(q), lent(am), lent(kinds), lent(payloads)
    visible, freed, tally, frames = lent(visible), lent(freed), lent(tally), lent(frames)
    rows, results, x, f_bits, f = lent(rows), lent(results), lent(x), lent(f_bits), lent(f)
    mem8, mem16, mem32, s, plans = lent(mem8), lent(mem16), lent(mem32), lent(s), lent(plans)
    faults, log, items, counts, kept = (
        lent(faults),
        lent(log),
        lent(items),
        lent(counts),
        lent(kept),
    )
    shared_memory, rings, reach = lent(shared_memory), lent(rings), lent(reach)
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
                        lend(agent, row(plans, a), row(in_queues, a), row(out_queues, a), mode, q,
                             am, freed, rings)  # fmt: skip
                    going = core_turn(chip, agent, a, wake, rows, results, x, f_bits, f, mem8,
                                      mem16, mem32, s, plans, faults, log, frames, in_queues,
                                      out_queues, rings, payloads, kinds, visible, reach, issues,
                                      pipes)  # fmt: skip
                    if chip[col.LENDS]:
                        take_back(agent, row(in_queues, a), row(out_queues, a), q, rings)
                    if watched is not None:
                        watch_turn(watched, chip, a)
                else:
                    device_turn(agent, a, items, in_queues, out_queues)
                if going and agent[col.COMMAND] != col.COMPUTE:
                    offer(agent)
                continue
            if mode == col.SOFTWARE and agent[col.CLOCK] + (a > near[1]) > near[0]:
                wake[a] = agent[col.CLOCK]  # strict order of (cycle, agent)
                break
            outcome, qi = DONE, agent[col.QUEUE]
            if command == col.POP:
                frame = min(max(agent[col.FRAME] - 1, 0), tally.shape[1] - 1)
                counted = row(row(tally, qi), frame)
                if mode == col.SOFTWARE:
                    outcome = shared.device_pop(chip, agent, shared_memory, qi, counted, soon)
                else:
                    outcome = pop_step(agent, row(q, qi), row(am, qi), kinds, payloads, visible,
                                       freed, chip, mode, horizon, counted, soon)  # fmt: skip
                    rouse_far_end(agents, a, wake, near, ends[qi, 0])
            elif command == col.PUSH:
                if mode == col.SOFTWARE:
                    outcome = shared.device_push(chip, agent, shared_memory, qi, soon)
                else:
                    bit = port_bit(row(out_queues, a), qi)
                    outcome = push_step(agent, row(q, qi), kinds, payloads, visible, freed, mode,
                                        horizon, bit, soon)  # fmt: skip
                    rouse_far_end(agents, a, wake, near, ends[qi, 1])
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
                    if mode != col.SOFTWARE and hand_over(
                        agents, a, wake, near, ends, in_queues, out_queues, q, visible, freed,
                        agent[col.CLOCK],
                    ):  # fmt: skip
                        soon[0] = min(soon[0], agent[col.CLOCK] + 1)
                wake[a] = soon[0]
                break
            if agent[col.ROUSE_AT] < NEVER:
                signal(agents, a, wake, near, row(ends, agent[col.QUEUE]))
            agent[col.STALLED] = 0
            if watched is not None:
                watch_command(watched, chip, agent, a)
            finish(chip, agent, a, x, f_bits, s, plans, frames, kept, counts)
            if agent[col.COMMAND] == col.ENDED:
                wake[a] = NEVER
                break


@part
def port_bit(queues: Any, qi: Any) -> Any:
    for port in range(queues.size):
        if queues[port] == qi:
            return 1 << port
    return 0
