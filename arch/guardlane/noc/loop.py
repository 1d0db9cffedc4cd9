# SPDX-License-Identifier: Apache-2.0
"""The clock of the network: a cycle is what arrives, what sources do and what routers do."""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.kernel import kernel
from guardlane.noc import words as w
from guardlane.noc.allocate import allocate_switch, allocate_vcs
from guardlane.noc.bits import lowest
from guardlane.noc.deliver import arrive, credit_node, credit_router, eject, request
from guardlane.noc.source import send_from, toss

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
    busy: Any,
    n: Any,
    p: Any,
    unused: Any,
    routes: Any,
    choices: Any,
    tables: Any,
    random: Any,
    periods: Any,
    targets: Any,
    until: Any,
) -> None:
    """Let cycles pass up to `until`, or until all recorded packets of a window that is over are out.

    The arrays are those of `State`, in its order.
    """
    now = k[w.NOW]
    while now < until:
        if now >= k[w.RECORD_TO] and k[w.OPEN] == 0 and k[w.DRAINED] == k[w.NODES]:
            break
        if now >= k[w.PERIOD_END]:
            k[w.PERIOD_END] += k[w.PERIOD]
            k[w.THIS_PERIOD] = min(k[w.THIS_PERIOD] + 1, k[w.PERIODS] - 1)
        turn = now & k[w.WHEEL_MASK]

        start = turn * k[w.HEAD_STRIDE]
        for i in range(start + 1, start + 1 + he[at(start)]):
            request(k, r, b, busy, routes, choices, tables, random, he[at(i)])
        he[at(start)] = 0

        start = turn * k[w.FLIT_STRIDE]
        for i in range(start + 1, start + 1 + 2 * fe[at(start)], 2):
            place, flit = fe[at(i)], fe[at(i + 1)]
            if place >= w.NODE:
                eject(k, ce, n, p, unused, periods, now, place, flit)
            elif arrive(k, r, b, he, busy, now, place, flit):
                request(k, r, b, busy, routes, choices, tables, random, place)
        fe[at(start)] = 0

        start = turn * k[w.CREDIT_STRIDE]
        for i in range(start + 1, start + 1 + ce[at(start)]):
            place = ce[at(i)]
            if place >= w.NODE:
                credit_node(k, n, place)
            else:
                credit_router(k, r, place)
        ce[at(start)] = 0

        drained = 0
        for node in range(k[w.NODES]):
            base = node * w.NODE_RECORD
            if n[at(base + w.LEFT)] == 0:
                toss(k, n, p, unused, targets, random, now, node)
            if n[at(base + w.LEFT)] != 0:
                send_from(k, n, fe, now, node)
            drained += n[at(base + w.NEXT)] > k[w.RECORD_TO]
        k[w.DRAINED] = drained

        for word in range(len(busy)):
            left = busy[word]
            while left != 0:
                bit = lowest(left)
                left &= left - 1
                router = (word << 6) + bit
                base = router * w.ROUTER
                freed = 0
                if r[at(base + w.BIDDING)] != 0:
                    freed = allocate_switch(k, r, b, g, fe, ce, he, tables, now, router)
                if r[at(base + w.ASKED)] != 0:
                    allocate_vcs(k, r, g, tables, base)
                r[at(base + w.FREE)] |= freed
                if r[at(base + w.ASKED)] | r[at(base + w.BIDDING)] == 0:
                    busy[word] &= ~(1 << bit)
        now += 1
    k[w.NOW] = now
