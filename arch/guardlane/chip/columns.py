# SPDX-License-Identifier: Apache-2.0
"""Where each number of an agent (a core, a source, a sink) stands in its row."""

from __future__ import annotations

NEVER = 1 << 62  # cycles; later than any run

# What an agent is.
CORE, SOURCE, SINK = 0, 1, 2

# What it is about to do.
COMPUTE, POP, PUSH, NEW_FRAME, END, WAIT, SHARED, ENDED = range(8)

(
    KIND,
    COMMAND,
    CLOCK,  # cycle up to which the agent has acted
    SINCE,  # cycle in which the command was first offered
    STALLED,  # 1 when it has published its partial working sets in this stall
    QUEUE,  # queue of a pop or push
    VALUE,
    DEADLINE,  # cycle in which the command gives up
    ROUSE_AT,  # earliest cycle at which the last step made something known to the far end
    PENDING,  # out-queues (bit mask) that have yet to take the header of this frame
    FRAME,  # frames started
    FRAMES,
    FRAME_SIZE,
    STEADY_STATES,
    FIRINGS,
    ACTIVE,  # the active_frame counter of the guard
    IN_FRAME,  # 1 while the guest runs a frame
    SEQUENCED,  # 1 when the frame sequencer re-enters the guest at each frame
    FROM_GUEST,  # 1 when the command came from guest code and completes an instruction
    BUDGET,  # retired instructions a frame may take
    POP_TIMEOUT,  # cycles
    PUSH_TIMEOUT,
    DROPPING,  # out-queues (bit mask) whose frame was cut short by a push time-out
    EVENT,  # 1 when a queue in shared memory changed since the last wait
    REPEAT,  # 1 when a miscount makes the command happen twice
    ENTRY,  # address of the guest's frame function, or of its main
    ADDRESS_GUARD,
    ROWS_FIRST,
    MEMORY_FIRST,
    ITEMS_FIRST,  # devices: where their items start
    ITEMS_DONE,
    ITEMS_FRAME_END,
    COUNTS_FIRST,
    POP_STALL,  # cycles
    PUSH_STALL,
    POP_TIMEOUTS,
    PUSH_TIMEOUTS,
    DROPPED_ITEMS,  # items that a push time-out kept out
    SKIPPED_FRAMES,
    TRAPS,
    WATCHDOGS,
    FAULTS,
    SHARED_ACCESSES,
    PUSHES,
    POPS,
    AGENT_WIDTH,
) = range(46)

# Numbers of the whole run.
(
    MODE,
    LOOKAHEAD,  # cycles before one agent's act can reach another
    QUANTUM,  # cycles a core computes on its own at a time
    MAX_CYCLES,
    SHARED_LATENCY,  # cycles of an access to shared memory
    CAPACITY,  # words of a queue in shared memory, a power of two
    ID_MASK,  # of frame ids
    PAD,
    LENDS,  # 1 when cores may move items by themselves
    CRASH_AGENT,
    CRASH_CYCLE,
    CRASH_CODE,
    CRASH_PC,
    CRASH_ADDRESS,
    CHIP_WIDTH,
) = range(15)

# How items travel.
SOFTWARE, RELIABLE, COMMGUARD, PASS_THROUGH = range(4)

# A row of the frame log.
FRAME_START, FRAME_END, FRAME_RETIRED, FRAME_CODE, FRAME_PC, FRAME_LOG_WIDTH = range(6)
WATCHDOG_CODE = -1

# How a run of the kernel ended.
FINISHED, AT_LIMIT = 0, 1
