# SPDX-License-Identifier: Apache-2.0
"""The timing of an in-order core: in which cycle each instruction issues, in one pass of the loop.

An instruction issues when the one before has left the stage, its operands are there, its unit and
port are free and its word has been fetched. What a pipeline is stands in one array, `pipe`: its
parameters, the cycles at which registers and units come free, its counts, the tags of its caches.
Rows of `issue` say for each instruction what it reads, writes and takes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.isa import ops
from guardlane.kernel import part
from guardlane.memory.cache import HIT, latest, read
from guardlane.views import seldom, span

# Parameters, in cycles where nothing else is said.
(
    WAIT,  # of an access to memory beyond the first cycle
    FETCH_DEPTH,  # words of the prefetch buffer; 0 for a core that fetches by the line
    REDIRECT_BRANCH,  # from the issue of a wrongly followed branch to the fetch of its target
    REDIRECT_JUMP,
    REDIRECT_JUMP_REGISTER,
    PREDICTS,  # 1: backward branches are followed in fetch, others are not
    REDIRECT_PREDICTED,  # of a branch followed as predicted; only cores that fetch by the line
    JUMP_REGISTER_EARLY,  # by which jalr reads its operand before the others do
    PORT_EXTRA,  # by which an access keeps the data port longer than the memory does
    LOAD_BLOCKS,  # 1: what follows a load waits with it for the memory
    STORE_BLOCKS,
    RELOAD,  # of a load of the word that was just stored
    RELOAD_WINDOW,  # after the store, in which that happens
    DIVIDE_BY_BITS,  # 1: a division takes DIV_LATENCY and one more for each leading zero
    DIVIDE_BY_ZERO,  # 0: as any other
    SHIFT_BY_BITS,  # 1: a shift takes a cycle a bit
    FLOAT_REPEAT,  # between the starts of two floating-point operations
    FLOAT_PORT,  # after such a start, in which its result takes the port of the others; 0: never
    FETCH_WORDS,  # words of a line of the instruction cache
    FETCH_MISS,  # of a miss, beside its words
    DATA_WORDS,  # words of a line of the data cache; 0: no data cache
    DATA_MISS,
    SECOND_HIT,  # of a hit in the second-level cache; 0: no such cache
    FETCH_SHIFT,  # log2 of the bytes of a line
    FETCH_MASK,  # sets - 1
    FETCH_WAYS,
    DATA_SHIFT,
    DATA_MASK,
    DATA_WAYS,
    SECOND_SHIFT,
    SECOND_MASK,
    SECOND_WAYS,
    FETCH_TAGS,  # where the tags of a cache begin
    DATA_TAGS,
    SECOND_TAGS,
    TAGS_END,
    PACED,  # 1: words of the prefetch buffer are timed one by one
    KEEPS_AT_HAND,  # -1 where every word has to be looked at, 0 else
    PARAMETERS,
) = range(39)

# State.
(
    AT_HAND,  # line of which a word can issue without a further question; see `fetch`
    FETCHED_AT,  # start of the access that fetches the next word
    STREAMING,  # 0: that access has been started by a redirect
    WORDS,  # words consumed, which number the places of RING
    LINE,  # line of the latest word
    PORT_FREE,  # cycle from which the data port is free
    STORED_AT,  # issue of the latest store
    STORED_WORD,
    FLOAT_FREE,
    FLOAT_TAKES,  # cycle in which a floating-point result takes the port of the others
    ELAPSED,  # cycles from one issue to the next, of all instructions
    LONGER,  # cycles by which instructions kept the stage longer than their rows say
    # Counts, in cycles and accesses.
    STALL_FETCH,
    STALL_DATA,
    STALL_REDIRECT,
    FETCH_LOOKUPS,
    FETCH_MISSES,
    DATA_MISSES,
    SECOND_LOOKUPS,
    SECOND_MISSES,
    STATE_END,
) = range(40, 61)

RING = 64  # cycles at which the latest words were consumed
READY = 72  # cycle from which each register can be read: x0..x31, the bin, f0..f31
FLOATS = 33  # number of f0 among them
TAGS = 144

# Columns of a row of `issue`.
S1, S2, S3, DESTINATION, KIND, TAKES, LINE_NUMBER, MORE = range(8)
OCCUPANCY_BITS = 16  # of TAKES, cycles; above them stands the latency
SIMPLE, LOAD, STORE, BRANCH, OTHER, DIVIDE, SHIFT, JUMP, JUMP_REGISTER, FLOAT, CACHED_LOAD = range(
    11
)

BY_ZERO = -1  # what stands for a divisor of zero; the complement of -1 is 0
NONE = -1  # what is at hand behind a jump
BY_WORD = -2  # line of the rows of a core with a prefetch buffer
NOWHERE = 32  # the register of an instruction that writes none
_S1, _S2, _S3, _DESTINATION = np.uint64(S1), np.uint64(S2), np.uint64(S3), np.uint64(DESTINATION)
_KIND, _TAKES, _MORE = np.uint64(KIND), np.uint64(TAKES), np.uint64(MORE)
LOW = (1 << OCCUPANCY_BITS) - 1
_LINE = np.uint64(LINE_NUMBER)
_ROW = np.uint64(8)
_READY, _RING = np.uint64(READY), np.uint64(RING)
_PLACES = np.uint64(7)


@part
def ready(pipe: Any, register: Any) -> Any:
    """Value of the cycle from which `register` can be read."""
    return pipe[_READY + np.uint64(register)]


@part
def advance(
    issue: Any, pipe: Any, at: Any, clock: Any, taken: Any, seen: Any, op: Any, imm: Any,
    is_register: Any,
) -> Any:  # fmt: skip
    """Issue the instruction whose row starts at `at` and give the cycle from which the next may.

    `clock` is what this gave for the one before. `seen` is what the time of some depends on: the
    byte a load or store touches, counted from the start of private memory (or any other number that
    tells words apart), a divisor, the bits by which a register shifts; `op` and `imm` are the
    instruction's; `taken` says whether it is a jump or a branch whose condition holds, and
    `is_register`, a constant, whether it is a jump to what a register holds.

    What is rarely so is asked as seldom as can be: one more question an instruction is one more
    that a host's branch predictor has to remember, and costs the loop a tenth of its speed. What
    can be derived afterwards is not counted here; see `mark` and ELAPSED.
    """
    first = ready(pipe, issue[at + _S1])
    if is_register:
        first += pipe[JUMP_REGISTER_EARLY]
    t = max(clock, max(first, ready(pipe, issue[at + _S2])))
    if seldom(issue[at + _LINE] != pipe[AT_HAND]):
        t = fetch(issue, pipe, at, clock, t)
    kind = issue[at + _KIND]
    destination = np.uint64(issue[at + _DESTINATION])
    if not seldom(kind != SIMPLE):
        pipe[_READY + destination] = t + 1
        return t + 1
    both = issue[at + _TAKES]
    occupancy, latency = np.int64(both & LOW), np.int64(both >> OCCUPANCY_BITS)
    if kind == CACHED_LOAD:
        address = np.int64(seen)
        line = address >> pipe[DATA_SHIFT]
        tags = span(pipe, pipe[DATA_TAGS], pipe[SECOND_TAGS])
        if seldom(
            (not latest(tags, pipe[DATA_MASK], pipe[DATA_WAYS], line))
            | (address >> 2 == pipe[STORED_WORD])
        ):
            waits = load_line(pipe, address, t)
            pipe[STALL_DATA] += waits
            t += waits
        if seldom(pipe[PACED] != 0):
            pipe[_RING + (np.uint64(pipe[WORDS]) & _PLACES)] = t
        pipe[_READY + destination] = t + latency
        return t + occupancy
    if kind == BRANCH:
        if taken or (pipe[PREDICTS] and imm < 0):
            predicted = pipe[PREDICTS] and imm < 0
            return redirect(pipe, kind, taken, predicted, t, t + occupancy)
    elif kind in (LOAD, STORE):
        before = t
        t = max(t, pipe[PORT_FREE])
        pipe[STALL_DATA] += t - before
        wait = pipe[WAIT]
        pipe[PORT_FREE] = t + 1 + wait + pipe[PORT_EXTRA]
        if pipe[DATA_WORDS]:
            pipe[STORED_AT], pipe[STORED_WORD] = t, np.int64(seen) >> 2
        else:
            latency += wait
            if pipe[LOAD_BLOCKS] if kind == LOAD else pipe[STORE_BLOCKS]:
                occupancy += wait
                pipe[LONGER] += wait
    elif kind == DIVIDE:
        shortest = occupancy
        occupancy, latency = divide_time(pipe, divisor_of(op, seen), occupancy, latency)
        pipe[LONGER] += occupancy - shortest
    elif kind == SHIFT:
        if pipe[SHIFT_BY_BITS]:
            pipe[LONGER] -= occupancy
            occupancy = latency = max(np.int64(1), np.int64(shift_of(op, imm, seen)))
            pipe[LONGER] += occupancy
    elif kind == FLOAT:
        t = max(t, max(ready(pipe, issue[at + _S3]), pipe[FLOAT_FREE]))
        pipe[FLOAT_FREE] = t + pipe[FLOAT_REPEAT]
        if pipe[FLOAT_PORT]:
            pipe[FLOAT_TAKES] = t + pipe[FLOAT_PORT]
    if seldom(pipe[PACED] != 0):
        pipe[_RING + (np.uint64(pipe[WORDS]) & _PLACES)] = t
    pipe[_READY + destination] = t + latency
    if kind in (JUMP, JUMP_REGISTER):
        predicted = pipe[PREDICTS] and kind == JUMP
        return redirect(pipe, kind, taken, predicted, t, t + occupancy)
    return t + occupancy


@part
def mark(issue: Any, at: Any, end: Any, more: Any) -> None:
    """Count `more` that get to the row at `at` than to the one before; rows stop at `end`.

    So a run of straight code is counted where it starts and where it is left, and how often each
    of its instructions was retired is the sum of MORE up to its row.
    """
    if at < end:
        issue[at + _MORE] += more


@part
def arrive(issue: Any, pipe: Any, at: Any, clock: Any) -> Any:
    """Value of the cycle in which an instruction that others complete can issue; counts it.

    For whoever answers a stop, once, before completing it; `issue` is flat here, as in `advance`.
    """
    mark(issue, at, np.uint64(issue.size), 1)
    mark(issue, at + _ROW, np.uint64(issue.size), -1)
    t = max(clock, max(ready(pipe, issue[at + _S1]), ready(pipe, issue[at + _S2])))
    if seldom(issue[at + _LINE] != pipe[AT_HAND]):
        t = fetch(issue, pipe, at, clock, t)
    pipe[ELAPSED] += t - clock + np.int64(issue[at + _TAKES] & LOW)
    return t


@part
def fetch(issue: Any, pipe: Any, at: Any, clock: Any, t: Any) -> Any:
    """Value of the cycle, `t` or later, in which the word of the row at `at` can issue.

    Asked of every word where a word can be late: the first of a line and the first behind a jump.
    A prefetch buffer of two words or more, before a memory that does not wait, never runs dry in
    straight code. Where it can (PACED), and where a floating-point result can take the port of the
    others, no word is ever at hand, and this is asked of all. `clock` is that of `advance`.
    """
    line = np.int64(issue[at + _LINE])
    pipe[AT_HAND] = pipe[KEEPS_AT_HAND] | line
    if line >= 0:
        if line == pipe[LINE]:
            come = t
        else:
            pipe[LINE] = line
            come = clock + fetch_line(pipe, line)
    elif pipe[PACED]:
        come = fetch_word(pipe)
    else:
        come = pipe[FETCHED_AT] + 2
    if come > t:
        pipe[STALL_FETCH] += come - t
        t = come
    if pipe[FLOAT_PORT] and t == pipe[FLOAT_TAKES]:
        t = give_way(issue, at, t)
    if pipe[PACED]:
        pipe[_RING + (np.uint64(pipe[WORDS]) & _PLACES)] = t
    return t


@part
def fetch_word(pipe: Any) -> Any:
    """Value of the cycle in which the next word of the prefetch buffer can issue."""
    words = np.uint64(pipe[WORDS] + 1)
    pipe[WORDS] = words
    started = pipe[FETCHED_AT]
    wait = pipe[WAIT]
    if pipe[STREAMING]:
        room = pipe[_RING + (words - np.uint64(pipe[FETCH_DEPTH]) & _PLACES)]
        started = max(started + 1 + wait, room)
    pipe[FETCHED_AT] = started
    pipe[STREAMING] = 1
    return started + 2 + wait


@part
def give_way(issue: Any, at: Any, t: Any) -> Any:
    """Value of the cycle of an instruction that meets a floating-point result at the port."""
    if issue[at + _KIND] == FLOAT or issue[at + _DESTINATION] == NOWHERE:
        return t
    return t + 1


@part
def shift_of(op: Any, imm: Any, right: Any) -> Any:
    """Value of the bits by which a shift shifts."""
    by_immediate = op == ops.SLLI or op == ops.SRLI or op == ops.SRAI
    return imm & 31 if by_immediate else right & 31


@part
def divisor_of(op: Any, right: Any) -> Any:
    """Value of the divisor's bits as a divider counts them: a negative one as its complement."""
    if right == 0:
        return BY_ZERO
    if right < 0 and (op == ops.DIV or op == ops.REM):
        return np.int64(~right)
    return np.int64(np.uint32(right))


@part
def divide_time(pipe: Any, divisor: Any, occupancy: Any, latency: Any) -> Any:
    """Value of the occupancy and latency of a division by `divisor`, as `divisor_of` gives it."""
    if divisor == BY_ZERO and pipe[DIVIDE_BY_ZERO]:
        return pipe[DIVIDE_BY_ZERO], pipe[DIVIDE_BY_ZERO]
    if pipe[DIVIDE_BY_BITS]:
        bits, left = np.int64(0), max(np.int64(0), np.int64(divisor))
        while left:
            left >>= 1
            bits += 1
        return occupancy + 32 - bits, latency + 32 - bits
    return occupancy, latency


@part
def redirect(pipe: Any, kind: Any, taken: Any, predicted: Any, t: Any, following: Any) -> Any:
    """Fetch from elsewhere after the jump or branch that issued at `t`; value of the next cycle.

    With a prefetch buffer the words behind the jump that have been asked for still come, one after
    the other, and the target comes behind them.
    """
    delay = pipe[REDIRECT_BRANCH]
    if kind == JUMP:
        delay = pipe[REDIRECT_JUMP]
    elif kind == JUMP_REGISTER:
        delay = pipe[REDIRECT_JUMP_REGISTER]
    elif predicted and taken:
        delay = pipe[REDIRECT_PREDICTED]
    depth = pipe[FETCH_DEPTH]
    if depth == 0:
        pipe[STALL_REDIRECT] += max(np.int64(0), t + 1 + delay - following)
        return max(following, t + 1 + delay)
    pipe[AT_HAND] = NONE
    when = t + delay
    if not pipe[PACED]:
        pipe[FETCHED_AT] = when
        return following
    words = np.uint64(pipe[WORDS] + 1)  # number of the next one
    if predicted and taken:  # in fetch, as soon as the word is at the head of the buffer
        arrived = pipe[FETCHED_AT] + 1 + pipe[WAIT]
        when = min(t, max(arrived, pipe[_RING + (words - np.uint64(2) & _PLACES)]))
    started = pipe[FETCHED_AT]
    for ahead in range(depth):
        room = pipe[_RING + (words + np.uint64(ahead) - np.uint64(depth) & _PLACES)]
        asked = max(started + 1, room)
        if asked >= when:
            break
        started = max(started + 1 + pipe[WAIT], asked)
    pipe[FETCHED_AT] = max(when, started + 1 + pipe[WAIT])
    pipe[STREAMING] = 0
    return following


@part
def fetch_line(pipe: Any, line: Any) -> Any:
    """Value of the cycles by which an instruction waits for its line."""
    pipe[FETCH_LOOKUPS] += 1
    tags = span(pipe, pipe[FETCH_TAGS], pipe[DATA_TAGS])
    if latest(tags, pipe[FETCH_MASK], pipe[FETCH_WAYS], line):
        return np.int64(0)
    if read(tags, pipe[FETCH_MASK], pipe[FETCH_WAYS], line) == HIT:
        return np.int64(0)
    pipe[FETCH_MISSES] += 1
    return pipe[FETCH_MISS] + refill(pipe, line << pipe[FETCH_SHIFT], pipe[FETCH_WORDS])


@part
def load_line(pipe: Any, address: Any, t: Any) -> Any:
    """Value of the cycles by which a load waits for its line, or for a store to the same word."""
    waits = np.int64(0)
    if address >> 2 == pipe[STORED_WORD] and t - pipe[STORED_AT] <= pipe[RELOAD_WINDOW]:
        waits = pipe[RELOAD]
    line = address >> pipe[DATA_SHIFT]
    tags = span(pipe, pipe[DATA_TAGS], pipe[SECOND_TAGS])
    if read(tags, pipe[DATA_MASK], pipe[DATA_WAYS], line) == HIT:
        return waits
    pipe[DATA_MISSES] += 1
    return waits + pipe[DATA_MISS] + refill(pipe, address, pipe[DATA_WORDS])


@part
def refill(pipe: Any, address: Any, words: Any) -> Any:
    """Value of the cycles in which a line comes from the second-level cache or from memory."""
    from_memory = words * (1 + pipe[WAIT])
    if pipe[SECOND_HIT] == 0:
        return from_memory
    pipe[SECOND_LOOKUPS] += 1
    tags = span(pipe, pipe[SECOND_TAGS], pipe[TAGS_END])
    line = address >> pipe[SECOND_SHIFT]
    if read(tags, pipe[SECOND_MASK], pipe[SECOND_WAYS], line) == HIT:
        return pipe[SECOND_HIT]
    pipe[SECOND_MISSES] += 1
    return pipe[SECOND_HIT] + from_memory
