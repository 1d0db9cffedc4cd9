# SPDX-License-Identifier: Apache-2.0
"""What an agent does next: a core computes up to its next command, a device follows its frames."""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.chip import columns as col
from guardlane.core import compute as core
from guardlane.faults import EXTRA_POP, EXTRA_PUSH, MISSING_POP, MISSING_PUSH
from guardlane.isa import state, timing
from guardlane.isa.stops import finish_load, finish_store
from guardlane.kernel import part
from guardlane.views import borrowed, row, span

NEVER = col.NEVER
EIGHT_COLUMNS = np.uint64(2)  # of a row of text, for each byte of an instruction's four


@part
def core_turn(
    chip: Any, agent: Any, a: Any, wake: Any, rows: Any, results: Any, x: Any, f_bits: Any, f: Any,
    mem8: Any, mem16: Any, mem32: Any, s: Any, plans: Any, faults: Any, log: Any, frames: Any,
    in_queues: Any, out_queues: Any, rings: Any, payloads: Any, kinds: Any, visible: Any,
    reach: Any, issues: Any, pipes: Any,
) -> Any:  # fmt: skip
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
    text, into = span(rows, first, last), span(results, first, last)
    halves, words = span(mem16, byte >> 1, end >> 1), span(mem32, byte >> 2, end >> 2)
    has_arrived = False
    if pipes is None:
        stop = core.compute(text, into, row(x, a), row(f_bits, a), row(f, a), span(mem8, byte, end),
                            halves, words, own, rings, payloads, kinds, visible, plan, faults, log,
                            agent[col.FRAME] - 1, reach, until)  # fmt: skip
    else:
        stop = core.compute(text, into, row(x, a), row(f_bits, a), row(f, a), span(mem8, byte, end),
                            halves, words, own, rings, payloads, kinds, visible, plan, faults, log,
                            agent[col.FRAME] - 1, reach, until, span(issues, first, last),
                            row(pipes, a))  # fmt: skip
        has_arrived = state.POP <= stop <= state.SHARED_STORE
        if has_arrived:
            at = np.uint64(own[state.PC] - own[state.BASE]) * EIGHT_COLUMNS
            flat = borrowed(span(issues, first, last))
            own[state.CYCLES] = timing.arrive(flat, row(pipes, a), at, own[state.CYCLES])
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
        if pipes is not None and has_arrived:
            at = np.uint64(own[state.PC] - own[state.BASE]) * EIGHT_COLUMNS
            timing.retract(borrowed(span(issues, first, last)), row(pipes, a), at)
        return leave_frame(chip, agent, a, wake, s, frames, stop)
    return True


@part
def leave_frame(chip: Any, agent: Any, a: Any, wake: Any, s: Any, frames: Any, stop: Any) -> Any:
    """End the frame after a return, the watchdog or a trap; False when that ends the core as well.

    Without a sequencer nobody starts another frame: whatever is not the guest's own halt is fatal.
    """
    own = row(s, a)
    log_frame(agent, a, frames, own[state.RETIRED], own[state.PC], stop)
    agent[col.IN_FRAME] = 0
    if stop == core.WATCHDOG:
        agent[col.WATCHDOGS] += 1
    elif stop >= state.FIRST_TRAP:
        agent[col.TRAPS] += 1
    by_address = stop >= state.MISALIGNED_LOAD
    if agent[col.SEQUENCED] and (agent[col.ADDRESS_GUARD] or not by_address):
        return True  # the sequencer goes on with the next frame
    is_halt = stop == state.EBREAK and not agent[col.SEQUENCED]
    if not is_halt and agent[col.CLOCK] < chip[col.CRASH_CYCLE]:
        chip[col.CRASH_AGENT], chip[col.CRASH_CYCLE] = a, agent[col.CLOCK]
        chip[col.CRASH_CODE], chip[col.CRASH_PC] = stop, own[state.PC]
        chip[col.CRASH_ADDRESS] = own[state.STOP_ADDRESS]
    wake[a] = NEVER
    agent[col.COMMAND] = col.ENDED
    return False


@part
def log_frame(agent: Any, a: Any, frames: Any, retired: Any, pc: Any, code: Any) -> None:
    if 1 <= agent[col.FRAME] <= frames.shape[1]:
        entry = row(row(frames, a), agent[col.FRAME] - 1)
        entry[col.FRAME_END] = agent[col.CLOCK]
        entry[col.FRAME_RETIRED] = retired - entry[col.FRAME_RETIRED]
        entry[col.FRAME_CODE], entry[col.FRAME_PC] = code, pc


@part
def miscount(agent: Any, plan: Any, port: Any) -> Any:
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
def device_turn(agent: Any, a: Any, items: Any, in_queues: Any, out_queues: Any) -> None:
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
