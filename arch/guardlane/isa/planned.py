# SPDX-License-Identifier: Apache-2.0
"""Straight code that goes as planned: what to ask of it, and what it leaves when it no longer does.

A stretch that is entered with nothing pending takes its PACE, row by row (see `plan`). What its
results are waited for by is in the plan; so nobody writes down when they come, until something
unforeseen happens or somebody stops. Then `resume` does, from the last few rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.isa import pipe_columns as pc
from guardlane.isa import timing
from guardlane.isa.timing import is_at_once, mark
from guardlane.kernel import part
from guardlane.memory.cache import latest
from guardlane.views import span

_DESTINATIONS, _KIND = np.uint64(pc.DESTINATIONS), np.uint64(pc.KIND)
_TAKES, _LINE, _PACE = np.uint64(pc.TAKES), np.uint64(pc.LINE_NUMBER), np.uint64(pc.PACE)
_READY, _ROW = np.uint64(pc.READY), np.uint64(8)


@part
def enter(issue: Any, pipe: Any, at: Any, clock: Any) -> Any:
    """Begin to compute at `at` in cycle `clock`; whether what comes has to be timed with care."""
    pipe[pc.ELAPSED] -= clock
    mark(issue, at, 1)
    return not starts_as_planned(issue, pipe, at, clock)


@part
def stop(issue: Any, pipe: Any, at: Any, clock: Any, careful: Any) -> None:
    """Stop before the row at `at`, which could issue in `clock`."""
    pipe[pc.ELAPSED] += clock
    mark(issue, at, -1)
    if not careful:
        resume(issue, pipe, at, clock)


@part
def advance(
    issue: Any, pipe: Any, at: Any, clock: Any, careful: Any, seen: Any, op: Any, imm: Any
) -> Any:  # fmt: skip
    """Issue an instruction that leads to the next; the next cycle, and whether to go on carefully.

    It is watched, or `careful` is set; the rest is as in `timing.advance`.
    """
    if not careful:
        if goes_as_planned(issue, pipe, at, clock, seen):
            return clock + pace(issue, at), False
        resume(issue, pipe, at, clock)
    after = timing.advance(issue, pipe, at, clock, seen, op, imm)
    return after, stays_careful(issue, pipe, at, after)


@part
def leave(
    issue: Any, pipe: Any, at: Any, clock: Any, careful: Any, imm: Any, early: Any, target: Any
) -> Any:
    """Issue a jump, or a branch that is taken, to the row at `target`; value of the next cycle.

    `early` as in `timing.begin`; `imm` is the instruction's.
    """
    if not careful and leaves_as_planned(issue, pipe, at):
        t = planned_issue(issue, at, clock)
    else:
        if not careful:
            resume(issue, pipe, at, clock)
        t = timing.begin(issue, pipe, at, clock, early)
    mark(issue, at + _ROW, -1)
    mark(issue, target, 1)
    return timing.leave(issue, pipe, at, t, imm, target)


@part
def starts_as_planned(issue: Any, pipe: Any, at: Any, clock: Any) -> Any:
    """Whether the code that is entered at `at` in cycle `clock` will take what was planned."""
    return (
        at < np.uint64(issue.size)
        and issue[at + _KIND] & pc.FIRST != 0
        and issue[at + _LINE] == pipe[pc.AT_HAND]
        and pipe[pc.PENDING] <= clock
    )


@part
def pace(issue: Any, at: Any) -> Any:
    """Value of the cycles that were planned for an instruction."""
    return issue[at + _PACE]


@part
def planned_issue(issue: Any, at: Any, clock: Any) -> Any:
    """Value of the cycle in which it was planned to issue."""
    return clock + pace(issue, at) - np.int64(issue[at + _TAKES] & pc.LOW)


@part
def is_watched(issue: Any, at: Any) -> Any:
    """Whether an instruction can take other than its PACE, or has more to do."""
    return issue[at + _KIND] & pc.WATCHED


@part
def leaves_as_planned(issue: Any, pipe: Any, at: Any) -> Any:
    """Whether a jump has its word at hand and leaves nothing pending behind."""
    return issue[at + _KIND] & pc.LATE == 0 and issue[at + _LINE] == pipe[pc.AT_HAND]


@part
def goes_as_planned(issue: Any, pipe: Any, at: Any, clock: Any, seen: Any) -> Any:
    """Whether a watched instruction that leads to the next takes its PACE; `seen` as in `advance`.

    If so, it has been issued.
    """
    kind = issue[at + _KIND]
    line = np.int64(issue[at + _LINE])
    if line != pipe[pc.AT_HAND]:
        tags = span(pipe, pipe[pc.FETCH_TAGS], pipe[pc.DATA_TAGS])
        if not latest(tags, pipe[pc.FETCH_MASK], pipe[pc.FETCH_WAYS], line):
            return False
        pipe[pc.FETCH_LOOKUPS] += 1
        pipe[pc.LINE] = pipe[pc.AT_HAND] = line
    if kind & pc.UNPLANNED:
        return False
    kind &= pc.KINDS
    if kind == pc.CACHED_LOAD:
        return is_at_once(pipe, np.int64(seen))
    if kind == pc.STORE:
        pipe[pc.STORED_AT] = planned_issue(issue, at, clock)
        pipe[pc.STORED_WORD] = np.int64(seen) >> 2
    return True


@part
def stays_careful(issue: Any, pipe: Any, at: Any, clock: Any) -> Any:
    """Whether the row behind the one at `at` cannot go as planned, after one that did not."""
    kind = issue[at + _KIND]
    return kind & pc.LAST == 0 or kind & pc.LATE != 0 or pipe[pc.PENDING] > clock


@part
def resume(issue: Any, pipe: Any, at: Any, clock: Any) -> None:
    """Write down what is pending before the row at `at`, which was planned to come in `clock`."""
    low = high = np.uint64(0)  # registers that have been written since
    after, before = clock, at
    while issue[before + _KIND] & pc.FIRST == 0 and clock - after <= pipe[pc.HORIZON]:
        before -= _ROW
        kind = issue[before + _KIND] & pc.KINDS
        both = issue[before + _TAKES]
        occupancy, latency = np.int64(both & pc.LOW), np.int64(both >> pc.OCCUPANCY_BITS)
        t = after - occupancy
        last = t + latency
        register = np.uint64(issue[before + _DESTINATIONS] & pc.REGISTER)
        bit = np.uint64(1) << (register & np.uint64(63))
        if not (high if register > np.uint64(63) else low) & bit:
            pipe[_READY + register] = last
        if register > np.uint64(63):
            high |= bit
        else:
            low |= bit
        if kind == pc.LOAD or kind == pc.STORE:
            free = t + 1 + pipe[pc.WAIT] + pipe[pc.PORT_EXTRA]
            pipe[pc.PORT_FREE] = max(pipe[pc.PORT_FREE], free)
            last = max(last, free)
        elif kind == pc.FLOAT:
            free = t + pipe[pc.FLOAT_REPEAT]
            pipe[pc.FLOAT_FREE] = max(pipe[pc.FLOAT_FREE], free)
            last = max(last, free)
        pipe[pc.PENDING] = max(pipe[pc.PENDING], last)
        after -= pace(issue, before)
