# SPDX-License-Identifier: Apache-2.0
"""The timing of an in-order core: in which cycle each instruction issues, in one pass of the loop.

An instruction issues when the one before has left the stage, its operands are there, its unit and
port are free and its word has been fetched. `pipe` and the rows of `issue` are laid out as
`pipe_columns` says; `at` is where a row starts, `clock` the first cycle in which an instruction
could issue but for what it needs.

Most instructions do not come here: they go as planned, see `planned`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.isa import ops
from guardlane.isa import pipe_columns as pc
from guardlane.isa.fetch import fetch, leave_buffer, redirect, refill
from guardlane.kernel import part
from guardlane.memory.cache import HIT, latest, read
from guardlane.views import seldom, span

_S1, _S2, _DESTINATIONS = np.uint64(pc.S1), np.uint64(pc.S2), np.uint64(pc.DESTINATIONS)
_KIND, _TAKES, _MORE = np.uint64(pc.KIND), np.uint64(pc.TAKES), np.uint64(pc.MORE)
_LINE, _ROW, _READY = np.uint64(pc.LINE_NUMBER), np.uint64(8), np.uint64(pc.READY)


@part
def ready(pipe: Any, register: Any) -> Any:
    """Value of the cycle from which `register` can be read."""
    return pipe[_READY + np.uint64(register)]


@part
def begin(issue: Any, pipe: Any, at: Any, clock: Any, early: Any) -> Any:
    """Value of the cycle in which an instruction has its first operands and its word.

    Its first operand is read `early` cycles before those of others are.
    """
    t = max(clock, max(ready(pipe, issue[at + _S1]) + early, ready(pipe, issue[at + _S2])))
    if seldom(issue[at + _LINE] != pipe[pc.AT_HAND]):
        t = fetch(issue, pipe, at, clock, t)
    return t


@part
def advance(issue: Any, pipe: Any, at: Any, clock: Any, seen: Any, op: Any, imm: Any) -> Any:
    """Issue an instruction that leads to the next, and give the cycle from which that may issue.

    `seen` is what the time of some depends on: the byte a load or store touches, counted from the
    start of private memory (or any other number that tells words apart), a divisor, the bits by
    which a register shifts; `op` and `imm` are the instruction's.
    """
    t = begin(issue, pipe, at, clock, 0)
    kind = issue[at + _KIND] & pc.KINDS
    destination = np.uint64(issue[at + _DESTINATIONS] & pc.REGISTER)
    if kind == pc.SIMPLE:
        pipe[_READY + destination] = t + 1
        return t + 1
    both = issue[at + _TAKES]
    occupancy, latency = np.int64(both & pc.LOW), np.int64(both >> pc.OCCUPANCY_BITS)
    if kind == pc.CACHED_LOAD:
        address = np.int64(seen)
        if seldom(not is_at_once(pipe, address)):
            waits = load_line(pipe, address, t)
            pipe[pc.STALL_DATA] += waits
            t += waits
    elif kind in (pc.LOAD, pc.STORE):
        before = t
        t = max(t, pipe[pc.PORT_FREE])
        pipe[pc.STALL_DATA] += t - before
        free = t + 1 + pipe[pc.WAIT] + pipe[pc.PORT_EXTRA]
        pipe[pc.PORT_FREE] = free
        pipe[pc.PENDING] = max(pipe[pc.PENDING], free)
        if pipe[pc.DATA_WORDS]:
            pipe[pc.STORED_AT], pipe[pc.STORED_WORD] = t, np.int64(seen) >> 2
    elif kind == pc.FLOAT:
        third = issue[at + _DESTINATIONS] >> pc.THIRD_BITS
        t = max(t, max(ready(pipe, third), pipe[pc.FLOAT_FREE]))
        pipe[pc.FLOAT_FREE] = t + pipe[pc.FLOAT_REPEAT]
        pipe[pc.PENDING] = max(pipe[pc.PENDING], t + pipe[pc.FLOAT_REPEAT])
        if pipe[pc.FLOAT_PORT]:
            pipe[pc.FLOAT_TAKES] = t + pipe[pc.FLOAT_PORT]
    elif kind == pc.DIVIDE:
        pipe[pc.LONGER] -= occupancy
        occupancy, latency = divide_time(pipe, divisor_of(op, seen), occupancy, latency)
        pipe[pc.LONGER] += occupancy
    elif kind == pc.SHIFT and pipe[pc.SHIFT_STEP]:
        pipe[pc.LONGER] -= occupancy
        occupancy = latency = max(occupancy, shift_time(pipe, shift_of(op, imm, seen)))
        pipe[pc.LONGER] += occupancy
    if pipe[pc.EVERY_WORD]:
        leave_buffer(pipe, t)
    if kind == pc.BRANCH and pipe[pc.PREDICTS] and imm < 0:  # and was followed
        return redirect(issue, pipe, kind, False, True, t, t + occupancy, at + _ROW)
    pipe[_READY + destination] = t + latency
    pipe[pc.PENDING] = max(pipe[pc.PENDING], t + latency)
    return t + occupancy


@part
def leave(
    issue: Any, pipe: Any, at: Any, t: Any, imm: Any, target: Any
) -> Any:  # fmt: skip
    """Issue a jump, or a branch that is taken, at `t`, to the row at `target`; the next cycle."""
    kind = issue[at + _KIND] & pc.KINDS
    both = issue[at + _TAKES]
    occupancy, latency = np.int64(both & pc.LOW), np.int64(both >> pc.OCCUPANCY_BITS)
    pipe[_READY + np.uint64(issue[at + _DESTINATIONS] & pc.REGISTER)] = t + latency
    pipe[pc.PENDING] = max(pipe[pc.PENDING], t + latency)
    predicted = pipe[pc.PREDICTS] and (kind == pc.JUMP or (kind == pc.BRANCH and imm < 0))
    return redirect(issue, pipe, kind, True, predicted, t, t + occupancy, target)


@part
def arrive(issue: Any, pipe: Any, at: Any, clock: Any) -> Any:
    """Value of the cycle in which an instruction that others complete can issue; counts it.

    For whoever answers a stop, once, before completing it; `issue` is flat here, as in `advance`.
    """
    mark(issue, at, 1)
    mark(issue, at + _ROW, -1)
    t = begin(issue, pipe, at, clock, 0)
    pipe[pc.ELAPSED] += t - clock + np.int64(issue[at + _TAKES] & pc.LOW)
    return t


@part
def retract(issue: Any, pipe: Any, at: Any) -> None:
    """Take back that the instruction which `arrive` has counted will be completed."""
    mark(issue, at, -1)
    mark(issue, at + _ROW, 1)
    pipe[pc.ELAPSED] -= np.int64(issue[at + _TAKES] & pc.LOW)


@part
def mark(issue: Any, at: Any, more: Any) -> None:
    """Count `more` that get to the row at `at` than to the one before; nothing outside the text.

    So a run of straight code is counted where it starts and where it is left, and how often each
    of its instructions was retired is the sum of MORE up to its row.
    """
    if at < np.uint64(issue.size):
        issue[at + _MORE] += more


@part
def shift_of(op: Any, imm: Any, right: Any) -> Any:
    """Value of the bits by which a shift shifts."""
    by_immediate = op == ops.SLLI or op == ops.SRLI or op == ops.SRAI
    return imm & 31 if by_immediate else right & 31


@part
def shift_time(pipe: Any, bits: Any) -> Any:
    """Value of the cycles that a shift by `bits` takes where it goes step by step."""
    steps = np.int64(bits // pipe[pc.SHIFT_STEP] + bits % pipe[pc.SHIFT_STEP])
    return pipe[pc.SHIFT_FIRST] + max(np.int64(0), steps - 1)


@part
def divisor_of(op: Any, right: Any) -> Any:
    """Value of the divisor's bits as a divider counts them: a negative one as its complement."""
    if right == 0:
        return pc.BY_ZERO
    if right < 0 and (op == ops.DIV or op == ops.REM):
        return np.int64(~right)
    return np.int64(np.uint32(right))


@part
def divide_time(pipe: Any, divisor: Any, occupancy: Any, latency: Any) -> Any:
    """Value of the occupancy and latency of a division by `divisor`, as `divisor_of` gives it."""
    if divisor == pc.BY_ZERO and pipe[pc.DIVIDE_BY_ZERO]:
        return pipe[pc.DIVIDE_BY_ZERO], pipe[pc.DIVIDE_BY_ZERO]
    if pipe[pc.DIVIDE_BY_BITS]:
        bits, left = np.int64(0), max(np.int64(0), np.int64(divisor))
        while left:
            left >>= 1
            bits += 1
        return occupancy + 32 - bits, latency + 32 - bits
    return occupancy, latency


@part
def is_at_once(pipe: Any, address: Any) -> Any:
    """Whether a load finds its line at the front of its set, and no store is in its way."""
    tags = span(pipe, pipe[pc.DATA_TAGS], pipe[pc.SECOND_TAGS])
    line = address >> pipe[pc.DATA_SHIFT]
    return (address >> 2 != pipe[pc.STORED_WORD]) & latest(
        tags, pipe[pc.DATA_MASK], pipe[pc.DATA_WAYS], line
    )


@part
def load_line(pipe: Any, address: Any, t: Any) -> Any:
    """Value of the cycles by which a load waits for its line, or for a store to the same word."""
    waits = np.int64(0)
    if address >> 2 == pipe[pc.STORED_WORD] and t - pipe[pc.STORED_AT] <= pipe[pc.RELOAD_WINDOW]:
        waits = pipe[pc.RELOAD]
    line = address >> pipe[pc.DATA_SHIFT]
    tags = span(pipe, pipe[pc.DATA_TAGS], pipe[pc.SECOND_TAGS])
    if read(tags, pipe[pc.DATA_MASK], pipe[pc.DATA_WAYS], line) == HIT:
        return waits
    pipe[pc.DATA_MISSES] += 1
    return waits + pipe[pc.DATA_MISS] + refill(pipe, address, pipe[pc.DATA_WORDS])
