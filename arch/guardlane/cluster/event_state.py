# SPDX-License-Identifier: Apache-2.0
"""The state of the event kernel: its arrays, its pools of cores, and its ports.

An event is (time, code); a code is a job's number and what happens to it, so that of things that
happen in the same picosecond the order is that of requests. A request has its calls, R * S of them,
as many copies of them where calls are repeated, and last what it has the main cores do: K jobs,
numbered in the lowest BITS bits of a number that goes on with the request's.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from guardlane.cluster import columns as col
from guardlane.cluster.heap import push
from guardlane.kernel import part

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
