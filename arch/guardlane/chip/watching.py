# SPDX-License-Identifier: Apache-2.0
"""What an engine writes down while it is watched, and how it is held up to be looked at.

`watched` is int64[n, WATCH_WIDTH], or None for a run that nobody watches: numba compiles the loop
without a trace of this then. Its first row says what to do, the others are commands as they were
done: those that waited, and every start of a frame and end of a computation. An engine is held up
by a cycle limit of 0, which it looks at before each act, and goes on when it is called again.
"""

from __future__ import annotations

from typing import Any

from guardlane.chip.columns import (
    CLOCK,
    COMMAND,
    END,
    MAX_CYCLES,
    NEW_FRAME,
    POP_TIMEOUTS,
    POPS,
    PUSH_TIMEOUTS,
    PUSHES,
    QUEUE,
    SHARED,
    SINCE,
)
from guardlane.kernel import part

# The first row.
USED, STEPPED = 0, 1  # rows in use; the core that is held up at every instruction, -1 for none

# The others: of which agent, what, on which queue, offered and done in which cycles; then what the
# agent had counted before it: commands that gave up, items popped, items pushed.
(
    W_AGENT, W_COMMAND, W_QUEUE, W_SINCE, W_DONE, W_TIMEOUTS, W_POPPED, W_PUSHED, WATCH_WIDTH,
) = range(9)  # fmt: skip


@part
def watch_command(watched: Any, chip: Any, agent: Any, a: Any) -> None:
    """Write down the command that agent `a` is about to finish; hold the engine up if need be."""
    command = agent[COMMAND]
    is_boundary = command in (NEW_FRAME, END)
    has_waited = agent[CLOCK] - agent[SINCE] > 1 and command != SHARED
    if is_boundary or has_waited:
        used = watched[0, USED]
        watched[used, W_AGENT], watched[used, W_COMMAND] = a, command
        watched[used, W_QUEUE] = agent[QUEUE]
        watched[used, W_SINCE], watched[used, W_DONE] = agent[SINCE], agent[CLOCK]
        watched[used, W_TIMEOUTS] = agent[POP_TIMEOUTS] + agent[PUSH_TIMEOUTS]
        watched[used, W_POPPED], watched[used, W_PUSHED] = agent[POPS], agent[PUSHES]
        watched[0, USED] = used + 1
        if used + 1 == watched.shape[0]:
            chip[MAX_CYCLES] = 0
    if a == watched[0, STEPPED]:
        chip[MAX_CYCLES] = 0


@part
def watch_turn(watched: Any, chip: Any, a: Any) -> None:
    """Hold the engine up behind a turn of the core that is looked at step by step."""
    if a == watched[0, STEPPED]:
        chip[MAX_CYCLES] = 0
