# SPDX-License-Identifier: Apache-2.0
"""The clock of the network: a cycle is what arrives, what sources do and what routers do."""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.kernel import kernel, part
from guardlane.noc import words as w
from guardlane.noc.allocate import allocate_vcs
from guardlane.noc.bits import lowest
from guardlane.noc.coins import toss_coins
from guardlane.noc.deliver import arrive, credit_node, credit_router, request
from guardlane.noc.late import check_late, settle_late
from guardlane.noc.packets import dequeue, eject, follow_trace
from guardlane.noc.source import draw, lag, send_from, toss, wake_sources
from guardlane.noc.switch import allocate_switch
from guardlane.views import borrowed, lent

at = np.uint64


@kernel
def advance(
    k: Any,
    r: Any,
    b: Any,
    g: Any,
    fe: Any,
    ce: Any,
    he: Any,
    le: Any,
    busy: Any,
    sources: Any,
    due: Any,
    n: Any,
    p: Any,
    unused: Any,
    reports: Any,
    trace: Any,
    dependents: Any,
    routes: Any,
    choices: Any,
    tables: Any,
    order: Any,
    coins: Any,
    random: Any,
    gaps: Any,
    periods: Any,
    targets: Any,
    until: Any,
) -> None:
    """Let cycles pass up to `until`, or until all recorded packets are out and no more can come.

    The arrays are those of `State`, in its order.
    """
    k = borrowed(k)
    r = borrowed(r)
    b = borrowed(b)
    g = borrowed(g)
    fe = borrowed(fe)
    ce = borrowed(ce)
    he = borrowed(he)
    le = borrowed(le)
    busy = borrowed(busy)
    sources = borrowed(sources)
    due = borrowed(due)
    n = borrowed(n)
    p = borrowed(p)
    unused = borrowed(unused)
    reports = borrowed(reports)
    trace = borrowed(trace)
    dependents = borrowed(dependents)
    routes = borrowed(routes)
    choices = borrowed(choices)
    order = borrowed(order)
    coins = borrowed(coins)
    gaps = borrowed(gaps)
    periods = borrowed(periods)
    targets = borrowed(targets)
    random = lent(random)
    tables = lent(tables)
    now = k[w.NOW]
    while now < until:
        if now >= k[w.STOP_AFTER] and k[w.OPEN] == 0 and is_spent(k):
            break
        while now >= k[w.PERIOD_END]:
            periods[at(w.PERIOD_RECORD * k[w.THIS_PERIOD] + w.LAG)] = lag(k, n, k[w.PERIOD_END])
            k[w.PERIOD_END] += k[w.PERIOD]
            k[w.THIS_PERIOD] = min(k[w.THIS_PERIOD] + 1, k[w.PERIODS] - 1)
        turn = now & k[w.WHEEL_MASK]

        start = turn * k[w.FLIT_STRIDE]
        for i in range(start + 1, start + 1 + 2 * fe[at(start)], 2):
            place, flit = fe[at(i)], fe[at(i + 1)]
            if place >= w.NODE:
                eject(
                    k,
                    ce,
                    n,
                    p,
                    unused,
                    sources,
                    reports,
                    trace,
                    dependents,
                    periods,
                    now,
                    place,
                    flit,
                )
            else:
                arrive(k, r, b, he, busy, order, now, place, flit)
        fe[at(start)] = 0

        start = turn * k[w.HEAD_STRIDE]
        for i in range(start + 1, start + 1 + he[at(start)]):
            request(k, r, b, busy, routes, choices, tables, order, coins, now, he[at(i)])
        he[at(start)] = 0
        if k[w.TOSSING]:
            toss_coins(k, r, b, busy, choices, coins, random)

        start = turn * k[w.CREDIT_STRIDE]
        for i in range(start + 1, start + 1 + ce[at(start)]):
            place = ce[at(i)]
            if place >= w.NODE:
                credit_node(k, n, place)
            else:
                credit_router(k, r, place)
        ce[at(start)] = 0

        if k[w.TRACE]:
            follow_trace(k, n, p, unused, sources, trace, now)
        if k[w.MODE] == w.EXACT:
            for node in range(k[w.NODES]):
                base = node * w.NODE_RECORD
                if n[at(base + w.LEFT)] == 0:
                    if n[at(base + w.QUEUED)]:
                        dequeue(n, p, node)
                    else:
                        toss(k, n, p, unused, targets, random, now, node)
                if n[at(base + w.LEFT)] != 0:
                    send_from(k, n, fe, now, node)
        else:
            if k[w.MODE] == w.FAST:
                wake_sources(n, due, sources, now)
            for word in range(len(sources)):
                left = sources[word]
                while left != 0:
                    bit = lowest(left)
                    left &= left - 1
                    node = (word << 6) + bit
                    base = node * w.NODE_RECORD
                    if n[at(base + w.LEFT)] == 0:
                        if n[at(base + w.QUEUED)]:
                            dequeue(n, p, node)
                        elif k[w.MODE] != w.FAST or n[at(base + w.NEXT)] > now:
                            sources[word] &= ~(1 << bit)
                        elif k[w.FREE_PACKETS] > 0:
                            draw(k, n, p, unused, due, targets, gaps, now, node)
                    if n[at(base + w.LEFT)] != 0:
                        send_from(k, n, fe, now, node)

        late = turn * k[w.LATE_STRIDE]
        if k[w.LATE_STRIDE]:
            check_late(r, le, late)
        for word in range(len(busy)):
            left = busy[word]
            while left != 0:
                bit = lowest(left)
                left &= left - 1
                router = (word << 6) + bit
                base = router * w.ROUTER
                freed = 0
                if r[at(base + w.BIDDING)] != 0:
                    freed = allocate_switch(k, r, b, g, fe, ce, he, le, tables, order, now, router)
                if r[at(base + w.ASKED)] != 0:
                    allocate_vcs(k, r, g, le, tables, order, now, router)
                r[at(base + w.FREE)] |= freed
                if r[at(base + w.ASKED)] | r[at(base + w.BIDDING)] == 0:
                    busy[word] &= ~(1 << bit)
        if k[w.LATE_STRIDE]:
            settle_late(k, r, b, fe, ce, he, le, busy, order, now, late)
        now += 1
        if k[w.SKIPS] and k[w.MODE] != w.EXACT and is_quiet(busy) and is_quiet(sources):
            after = next_event(k, fe, ce, he, le, n, trace, now, until)
            k[w.SKIPPED] += after - now
            now = after
    k[w.NOW] = now


@part
def is_quiet(members: Any) -> Any:
    """Whether a set of any size is empty."""
    found = 0
    for word in range(len(members)):
        found |= members[word]
    return found == 0


@part
def is_spent(k: Any) -> Any:
    """Whether no packet that counts can be made any more."""
    return k[w.DRAINED] == k[w.NODES] and k[w.TRACED] == k[w.TRACE]


@part
def next_event(
    k: Any,
    fe: Any,
    ce: Any,
    he: Any,
    le: Any,
    n: Any,
    trace: Any,
    now: Any,
    until: Any,
) -> Any:
    """Find the next cycle in which anything can happen when routers and sources are quiet."""
    for turn in range(k[w.WHEEL_MASK] + 1):
        count = fe[at(turn * k[w.FLIT_STRIDE])] + ce[at(turn * k[w.CREDIT_STRIDE])]
        count += he[at(turn * k[w.HEAD_STRIDE])]
        if k[w.LATE_STRIDE]:
            count += le[at(turn * k[w.LATE_STRIDE])]
        if count != 0:
            return now
    cycle = until
    if now <= k[w.STOP_AFTER]:
        cycle = min(cycle, k[w.STOP_AFTER])
    if k[w.TRACED] < k[w.TRACE]:
        cycle = min(cycle, trace[at(k[w.TRACED] * w.TRACE_RECORD + w.CYCLE)])
    if k[w.MODE] == w.FAST:
        for node in range(k[w.NODES]):
            cycle = min(cycle, n[at(node * w.NODE_RECORD + w.NEXT)])
    return max(cycle, now)
