# SPDX-License-Identifier: Apache-2.0
"""The event kernel: any cluster, in order of time, one event after the other."""

from __future__ import annotations

from typing import Any

from guardlane.cluster import columns as col
from guardlane.cluster.event_state import (
    AREA,
    AT_MAIN,
    AT_POOL,
    AT_SHARD,
    BITS,
    CLOCK,
    DROPPED,
    DUE,
    GROUPS,
    HAS_BESIDE,
    HAS_DELAY,
    JOINED,
    MAIN_DONE,
    MAINS,
    MISSING,
    NUMBER,
    REPEAT,
    REPEATED,
    REPEATS,
    ROUNDS,
    SEEN,
    SHARD_DONE,
    SHARDS,
    SIZE,
    WAIT,
    State,
    enter,
    leave,
    main_pool,
    receive,
    send,
)
from guardlane.cluster.heap import drop, push
from guardlane.kernel import kernel, part
from guardlane.views import lent


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
