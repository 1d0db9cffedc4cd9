# SPDX-License-Identifier: Apache-2.0
"""The event kernel: any cluster, in order of time, one event after the other.

An event is (time, code); a code is a job's number and what happens to it, so that of things that
happen in the same picosecond the order is that of requests. A request has its calls, R * S of them,
as many copies of them where calls are repeated, and last what it has the main cores do: K jobs,
numbered in the lowest BITS bits of a number that goes on with the request's.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from guardlane.cluster import columns as col
from guardlane.cluster.heap import drop, push
from guardlane.kernel import kernel, part
from guardlane.views import lent

# What happens to a job.
MAIN_DONE, AT_SHARD, AT_POOL, SHARD_DONE, AT_MAIN, JOINED, REPEAT, DUE = range(8)
KINDS = 8  # of requests that pools tell apart by priority
NO_JOB = -1

# Numbers of a run, one array
SIZE, SEEN, NUMBER, AREA, CLOCK = range(5)  # of events, requests seen, in the system, its integral
MISSING, REPEATED, DROPPED = 5, 6, 7  # calls: not waited for, made twice, answered in vain
NUMBERS = 8
# What a cluster is, one array
SHARDS, ROUNDS, BITS, MAINS, GROUPS = range(5)  # of a job's number; pools of a main server
HAS_BESIDE, IS_DIRECT, WAIT, REPEATS, HAS_DELAY = 5, 6, 7, 8, 9
FACTS = 10


class State(NamedTuple):
    """All arrays of a run, int64; [.] is the window, P the pools."""

    facts: Any  # [FACTS]
    costs: Any  # [1 + S, COSTS]
    turn_of: Any  # [K] the round of each job of a request
    shard_of: Any  # [K] its shard
    server_of: Any  # [K] the shard that serves it, which for a copy is the replica
    numbers: Any  # [NUMBERS]
    times: Any  # [events] the heap
    codes: Any  # [events]
    idle: Any  # [P] cores
    head: Any  # [P, KINDS] the first job that waits
    tail: Any  # [P, KINDS]
    after_it: Any  # [. << BITS] the next job that waits
    busy: Any  # [P] core-picoseconds
    sends: Any  # [mains + S] when a port is free to send
    receives: Any  # [mains + S]
    arrivals: Any  # [.]
    kind: Any  # [.]
    before: Any  # [R, .]
    beside: Any  # [R, .]
    after: Any  # [.]
    calls: Any  # [R, .]
    out_bytes: Any  # [R, .]
    back_bytes: Any  # [R, .]
    lookup: Any  # [R, S, .]
    sent: Any  # [R, S, .]
    returned: Any  # [R, S, .]
    delay_out: Any  # [R, S, .]
    delay_back: Any  # [R, S, .]
    ends: Any  # [.]
    leg: Any  # [R, .]
    incast: Any  # [R, .]
    turn: Any  # [.] round, R when all are over
    at: Any  # [.] 0 before the calls, 1 beside them
    legs: Any  # [.] what this round still waits for
    waiting: Any  # [.] the calls among them
    delivered: Any  # [.] when the last answer of this round was there
    issued: Any  # [.] when this round's calls were made
    under_way: Any  # [.] jobs and timers that are not over
    answered: Any  # [R, S, .] when the first answer of a call was there; no rows without policies


@part
def main_takes(s: Any, index: Any) -> Any:
    """Value of the time of a main core for what a request has it do now."""
    turn = s.turn[index]
    if s.at[index] == 1:
        return s.beside[turn, index]
    takes = 0
    if turn > 0:
        takes = s.calls[turn - 1, index] * s.costs[0, col.RECEIVE]
        takes += s.back_bytes[turn - 1, index] * s.costs[0, col.RECEIVE_BYTE]
    if turn == s.facts[ROUNDS]:
        return takes + s.after[index]
    call = s.costs[0, col.SERVICE] + s.costs[0, col.SEND]
    takes += s.calls[turn, index] * call + s.out_bytes[turn, index] * s.costs[0, col.SEND_BYTE]
    return takes + s.before[turn, index]


@part
def shard_takes(s: Any, index: Any, mine: Any) -> Any:
    """Value of the time of a shard's core for one call."""
    turn, shard, row = s.turn_of[mine], s.shard_of[mine], s.server_of[mine] + 1
    takes = s.costs[row, col.RECEIVE] + s.costs[row, col.SERVICE] + s.costs[row, col.SEND]
    takes += s.sent[turn, shard, index] * s.costs[row, col.RECEIVE_BYTE]
    takes += s.returned[turn, shard, index] * s.costs[row, col.SEND_BYTE]
    return takes + s.lookup[turn, shard, index]


@part
def main_pool(s: Any, request: Any, index: Any) -> Any:
    """Value of the pool of what a request has its main server do now."""
    pool = request % s.facts[MAINS] * s.facts[GROUPS]
    if s.facts[GROUPS] == 1:
        return pool
    if s.at[index] == 1:
        return pool + 1
    return pool + 2 if s.turn[index] == s.facts[ROUNDS] else pool


@part
def takes_of(s: Any, job: Any, base: Any) -> Any:
    """Value of the time that a core needs for a job, by its number in the run."""
    index, mine = (job >> s.facts[BITS]) - base, job & ((1 << s.facts[BITS]) - 1)
    if mine == len(s.turn_of) - 1:
        return main_takes(s, index)
    return shard_takes(s, index, mine)


@part
def enter(s: Any, base: Any, pool: Any, job: Any, now: Any, done: Any) -> None:
    """Start a job on an idle core of a pool, or have it wait; `done` is what its end is called."""
    if s.idle[pool] > 0:
        s.idle[pool] -= 1
        takes = takes_of(s, job, base)
        s.busy[pool] += takes
        s.numbers[SIZE] = push(s.times, s.codes, s.numbers[SIZE], now + takes, job * 8 + done)
        return
    kind = s.kind[(job >> s.facts[BITS]) - base]
    place = job - (base << s.facts[BITS])
    s.after_it[place] = NO_JOB
    if s.head[pool, kind] == NO_JOB:
        s.head[pool, kind] = job
    else:
        s.after_it[s.tail[pool, kind] - (base << s.facts[BITS])] = job
    s.tail[pool, kind] = job


@part
def leave(s: Any, base: Any, pool: Any, now: Any, done: Any) -> None:
    """Give a core that has become free to the job that is next, if one waits."""
    for kind in range(KINDS):
        job = s.head[pool, kind]
        if job != NO_JOB:
            s.head[pool, kind] = s.after_it[job - (base << s.facts[BITS])]
            takes = takes_of(s, job, base)
            s.busy[pool] += takes
            s.numbers[SIZE] = push(s.times, s.codes, s.numbers[SIZE], now + takes, job * 8 + done)
            return
    s.idle[pool] += 1


@part
def receive(s: Any, port: Any, row: Any, size: Any, first: Any, leaves: Any) -> Any:
    """Value of when a message is received whose first byte is there at `first`."""
    takes = s.costs[row, col.WIRE] + size * s.costs[row, col.WIRE_BYTE]
    s.receives[port] = max(max(s.receives[port], first) + takes, first + leaves)
    return s.receives[port]


@part
def send(s: Any, base: Any, request: Any, mine: Any, now: Any) -> None:
    """Put a call, or a copy of one, on its main server's port, after what is there."""
    index, main = request - base, request % s.facts[MAINS]
    turn, shard, server = s.turn_of[mine], s.shard_of[mine], s.server_of[mine]
    size = s.sent[turn, shard, index]
    start = max(now, s.sends[main])
    leaves = s.costs[0, col.WIRE] + size * s.costs[0, col.WIRE_BYTE]
    s.sends[main] = start + leaves
    first = start + s.costs[server + 1, col.LINK]
    if s.facts[HAS_DELAY]:
        first += s.delay_out[turn, server, index]
    code = ((request << s.facts[BITS]) + mine) * 8
    s.under_way[index] += 1
    if s.facts[IS_DIRECT]:  # calls come to a shard in the order in which they left
        first = receive(s, s.facts[MAINS] + server, server + 1, size, first, leaves)
        code += AT_POOL
    else:
        code += AT_SHARD
    s.numbers[SIZE] = push(s.times, s.codes, s.numbers[SIZE], first, code)


@part
def proceed(s: Any, base: Any, request: Any, now: Any) -> None:
    """Go on to what follows a round that is over."""
    index = request - base
    s.turn[index] += 1
    s.at[index] = 0
    job = (request << s.facts[BITS]) + len(s.turn_of) - 1
    s.under_way[index] += 1
    enter(s, base, main_pool(s, request, index), job, now, MAIN_DONE)


@part
def begin_round(s: Any, base: Any, request: Any, now: Any) -> None:
    """Make the calls of a round, and start what is dense beside them."""
    index = request - base
    turn, shards = s.turn[index], s.facts[SHARDS]
    s.at[index] = 1
    s.issued[index] = s.delivered[index] = now
    s.waiting[index] = s.calls[turn, index]
    s.legs[index] = s.calls[turn, index] + s.facts[HAS_BESIDE]
    s.leg[turn, index] = col.BESIDE
    if s.calls[turn, index] > 0:
        for shard in range(shards):
            if s.sent[turn, shard, index] > 0:
                send(s, base, request, turn * shards + shard, now)
        code = ((request << s.facts[BITS]) + turn * shards) * 8
        if s.facts[WAIT] > 0:
            s.under_way[index] += 1
            time = now + s.facts[WAIT]
            s.numbers[SIZE] = push(s.times, s.codes, s.numbers[SIZE], time, code + DUE)
        if s.facts[REPEATS] > 0:
            s.under_way[index] += 1
            time = now + s.facts[REPEATS]
            s.numbers[SIZE] = push(s.times, s.codes, s.numbers[SIZE], time, code + REPEAT)
    if s.facts[HAS_BESIDE]:
        job = (request << s.facts[BITS]) + len(s.turn_of) - 1
        s.under_way[index] += 1
        enter(s, base, main_pool(s, request, index), job, now, MAIN_DONE)
    elif s.legs[index] == 0:
        proceed(s, base, request, now)


@part
def main_done(s: Any, base: Any, request: Any, now: Any) -> None:
    """Take a main core from a request, and see what comes next."""
    index = request - base
    pool = main_pool(s, request, index)
    turn = s.turn[index]
    if turn == s.facts[ROUNDS]:
        s.ends[index] = now
        s.numbers[AREA] += s.numbers[NUMBER] * (now - s.numbers[CLOCK])
        s.numbers[CLOCK] = now
        s.numbers[NUMBER] -= 1
    elif s.at[index] == 0:
        begin_round(s, base, request, now)
    else:
        s.legs[index] -= 1
        if s.legs[index] == 0:
            if s.delivered[index] < now:
                s.leg[turn, index] = col.BESIDE
                proceed(s, base, request, now)
            else:  # the last answer is being received
                s.under_way[index] += 1
                code = ((request << s.facts[BITS]) + len(s.turn_of) - 1) * 8 + JOINED
                time = s.delivered[index]
                s.numbers[SIZE] = push(s.times, s.codes, s.numbers[SIZE], time, code)
    leave(s, base, pool, now, MAIN_DONE)


@part
def answer(s: Any, base: Any, request: Any, mine: Any, now: Any) -> None:
    """Begin to receive an answer at the main server's port."""
    index, main = request - base, request % s.facts[MAINS]
    turn, shard, row = s.turn_of[mine], s.shard_of[mine], s.server_of[mine] + 1
    size = s.returned[turn, shard, index]
    leaves = s.costs[row, col.WIRE] + size * s.costs[row, col.WIRE_BYTE]
    alone = max(leaves, s.costs[0, col.WIRE] + size * s.costs[0, col.WIRE_BYTE])
    time = receive(s, main, 0, size, now, leaves)
    if turn != s.turn[index] or (s.facts[WAIT] > 0 and time > s.issued[index] + s.facts[WAIT]):
        s.numbers[DROPPED] += 1
        return
    if s.facts[REPEATS] > 0:
        if s.answered[turn, shard, index] > 0:
            s.numbers[DROPPED] += 1
            return
        s.answered[turn, shard, index] = time
    s.delivered[index] = time
    is_copy = mine >= s.facts[ROUNDS] * s.facts[SHARDS]
    s.leg[turn, index] = shard + (s.facts[SHARDS] if is_copy else 0)
    s.incast[turn, index] = time - now - alone
    s.waiting[index] -= 1
    s.legs[index] -= 1
    if s.legs[index] == 0:
        s.under_way[index] += 1
        code = ((request << s.facts[BITS]) + len(s.turn_of) - 1) * 8 + JOINED
        s.numbers[SIZE] = push(s.times, s.codes, s.numbers[SIZE], time, code)


@part
def due(s: Any, base: Any, request: Any, turn: Any, now: Any) -> None:
    """Wait no longer for a round's answers."""
    index = request - base
    if turn != s.turn[index] or s.waiting[index] == 0:
        return
    s.numbers[MISSING] += s.waiting[index]
    s.legs[index] -= s.waiting[index]
    s.waiting[index] = 0
    s.delivered[index] = now
    s.leg[turn, index] = col.DEADLINE
    if s.legs[index] == 0:
        proceed(s, base, request, now)


@part
def repeat(s: Any, base: Any, request: Any, turn: Any, now: Any) -> None:
    """Make a round's calls that are not answered yet again, at the replicas of their shards."""
    index, shards = request - base, s.facts[SHARDS]
    if turn != s.turn[index]:
        return
    for shard in range(shards):
        call = turn * shards + shard
        is_open = s.answered[turn, shard, index] == 0 or s.answered[turn, shard, index] > now
        if s.sent[turn, shard, index] > 0 and is_open:
            s.numbers[REPEATED] += 1
            send(s, base, request, s.facts[ROUNDS] * shards + call, now)


@kernel
def advance(given: Any, base: Any, live: Any, is_last: Any) -> Any:
    """Run until the next arrival is needed that is not there: whether all that is there is over.

    A run that is not the last one stops there, since what comes next may come at once.
    """
    s = State(  # handed on from inside the loop, without a count of references at each turn
        lent(given.facts),
        lent(given.costs),
        lent(given.turn_of),
        lent(given.shard_of),
        lent(given.server_of),
        lent(given.numbers),
        lent(given.times),
        lent(given.codes),
        lent(given.idle),
        lent(given.head),
        lent(given.tail),
        lent(given.after_it),
        lent(given.busy),
        lent(given.sends),
        lent(given.receives),
        lent(given.arrivals),
        lent(given.kind),
        lent(given.before),
        lent(given.beside),
        lent(given.after),
        lent(given.calls),
        lent(given.out_bytes),
        lent(given.back_bytes),
        lent(given.lookup),
        lent(given.sent),
        lent(given.returned),
        lent(given.delay_out),
        lent(given.delay_back),
        lent(given.ends),
        lent(given.leg),
        lent(given.incast),
        lent(given.turn),
        lent(given.at),
        lent(given.legs),
        lent(given.waiting),
        lent(given.delivered),
        lent(given.issued),
        lent(given.under_way),
        lent(given.answered),
    )
    bits, last_job = s.facts[BITS], len(s.turn_of) - 1
    pools = s.facts[MAINS] * s.facts[GROUPS]
    while True:
        seen, size = s.numbers[SEEN], s.numbers[SIZE]
        if seen == base + live and (not is_last or size == 0):
            return size == 0
        if seen < base + live:
            index = seen - base
            now = s.arrivals[index]
            code = ((seen << bits) + last_job) * 8
            if size == 0 or now < s.times[0] or (now == s.times[0] and code < s.codes[0]):
                s.numbers[SEEN] += 1
                s.numbers[AREA] += s.numbers[NUMBER] * (now - s.numbers[CLOCK])
                s.numbers[CLOCK] = now
                s.numbers[NUMBER] += 1
                s.turn[index] = -1
                proceed(s, base, seen, now)
                continue
        now, code = s.times[0], s.codes[0]
        s.numbers[SIZE] = drop(s.times, s.codes, size)
        what, job = code & 7, code >> 3
        request, mine = job >> bits, job & ((1 << bits) - 1)
        index = request - base
        if what == AT_POOL:
            enter(s, base, pools + s.server_of[mine], job, now, SHARD_DONE)
            continue
        if what == AT_SHARD:
            server = s.server_of[mine]
            size_out = s.sent[s.turn_of[mine], s.shard_of[mine], index]
            leaves = s.costs[0, col.WIRE] + size_out * s.costs[0, col.WIRE_BYTE]
            time = receive(s, s.facts[MAINS] + server, server + 1, size_out, now, leaves)
            s.numbers[SIZE] = push(s.times, s.codes, s.numbers[SIZE], time, job * 8 + AT_POOL)
            continue
        if what == SHARD_DONE:
            server = s.server_of[mine]
            size_back = s.returned[s.turn_of[mine], s.shard_of[mine], index]
            port = s.facts[MAINS] + server
            start = max(now, s.sends[port])
            s.sends[port] = start + (
                s.costs[server + 1, col.WIRE] + size_back * s.costs[server + 1, col.WIRE_BYTE]
            )
            time = start + s.costs[server + 1, col.LINK]
            if s.facts[HAS_DELAY]:
                time += s.delay_back[s.turn_of[mine], server, index]
            s.numbers[SIZE] = push(s.times, s.codes, s.numbers[SIZE], time, job * 8 + AT_MAIN)
            leave(s, base, pools + server, now, SHARD_DONE)
            continue
        s.under_way[index] -= 1
        if what == MAIN_DONE:
            main_done(s, base, request, now)
        elif what == AT_MAIN:
            answer(s, base, request, mine, now)
        elif what == JOINED:
            proceed(s, base, request, now)
        elif what == DUE:
            due(s, base, request, s.turn_of[mine], now)
        else:
            repeat(s, base, request, s.turn_of[mine], now)
