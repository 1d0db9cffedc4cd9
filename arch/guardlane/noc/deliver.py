# SPDX-License-Identifier: Apache-2.0
"""What is due in a cycle: flits at routers, credits, and heads whose route is known.

Whatever takes time is an entry of a wheel of turns: cycle `now` looks at turn `now` modulo its
size.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.kernel import part
from guardlane.noc import words as w
from guardlane.noc.bits import lowest

at = np.uint64  # an index that is known not to be negative costs less


@part
def send_pair(k: Any, events: Any, stride: Any, cycle: Any, place: Any, what: Any) -> None:
    """Let something (a flit, an allocation) be due at `place` in `cycle`."""
    turn = (cycle & k[w.WHEEL_MASK]) * stride
    end = turn + 2 * events[at(turn)]
    events[at(turn)] += 1
    events[at(end + 1)] = place
    events[at(end + 2)] = what


@part
def send(k: Any, events: Any, stride: Any, cycle: Any, place: Any) -> None:
    """Let what `events` stands for (a credit, a head) be due at `place` in `cycle`."""
    turn = (cycle & k[w.WHEEL_MASK]) * stride
    count = events[at(turn)] + 1
    events[at(turn)] = count
    events[at(turn + count)] = place


@part
def port_of(k: Any, slot: Any) -> Any:
    """Divide a slot by the VCs of a port."""
    return (slot * k[w.RECIPROCAL]) >> 16


@part
def wake(busy: Any, router: Any) -> None:
    """Note that a router has something to do."""
    busy[at(router >> 6)] |= 1 << (router & 63)


@part
def request(
    k: Any,
    r: Any,
    b: Any,
    busy: Any,
    routes: Any,
    choices: Any,
    tables: Any,
    order: Any,
    coins: Any,
    now: Any,
    head: Any,
) -> None:
    """Route the head at the front of an input VC and let it ask for output VCs."""
    place = head & w.PLACE_MASK
    router, slot = place >> w.SLOT_BITS, place & w.SLOT_MASK
    base = router * w.ROUTER
    flit = b[at((r[at(base + w.INPUT + slot)] & w.BYTE) * k[w.PLACES] + place)]
    port = port_of(k, slot)
    destination = (flit >> w.DESTINATION_SHIFT) & w.DESTINATION_MASK
    choice = np.int64(routes[at(r[at(base + w.ROW + port)] + destination)]) * w.CHOICE_RECORD
    kind, wants = choices[at(choice)], choices[at(choice + w.BUNDLES)]
    if kind == w.INHERIT:
        wants <<= tables[2, at(slot - port * k[w.VCS])]
    if k[w.TOSSES]:
        turn = (head >> w.TURN_SHIFT) - (now - 2 * w.BYTE - 2) * w.TURNS  # of few cycles: small
        order[at(2 * place + 1)] = turn - (now << 20)
    if kind == w.TOSS:
        coins[at(k[w.TOSSING])] = (router << 26) | (turn << w.SLOT_BITS) | slot
        k[w.TOSSING] += 1
        r[at(base + w.WANTS + slot)] = choice
        return
    if flit & w.REPLY:
        wants <<= k[w.REPLY_SHIFT]
    r[at(base + w.WANTS + slot)] = wants
    ask(r, busy, router, slot, wants)


@part
def ask(r: Any, busy: Any, router: Any, slot: Any, wants: Any) -> None:
    """Enter an input VC among those that ask for some bundles of output VCs."""
    base = router * w.ROUTER
    r[at(base + w.ASKED)] |= wants
    while wants != 0:
        r[at(base + w.REQUESTS + lowest(wants))] |= 1 << slot
        wants &= wants - 1
    wake(busy, router)


@part
def arrive(
    k: Any, r: Any, b: Any, he: Any, busy: Any, order: Any, now: Any, place: Any, flit: Any
) -> None:
    """Put a flit into its input VC."""
    router, slot = place >> w.SLOT_BITS, place & w.SLOT_MASK
    base = router * w.ROUTER
    word = r[at(base + w.INPUT + slot)]
    count = (word >> w.COUNT_SHIFT) & w.BYTE
    back = (word & w.BYTE) + count
    if back >= k[w.DEPTH]:
        back -= k[w.DEPTH]
    b[at(back * k[w.PLACES] + place)] = flit
    r[at(base + w.INPUT + slot)] = word + w.ONE_FLIT
    if count != 0:
        return
    if word & w.HOLDS:
        bid(r, busy, router, slot, (word >> w.PORT_SHIFT) & w.BYTE)
        if k[w.TOSSES]:
            order[at(2 * place)] = (now << w.SLOT_BITS) | slot
    else:
        send_head(k, r, he, base, now, place, now * w.TURNS + slot)


@part
def starts(latest: Any, delay: Any, cycle: Any) -> Any:
    """Find when a stage of a router begins with what is there from `cycle` on.

    A stage takes in all that is there at once, the `latest` time at `latest`; what comes while it
    works waits until it is done. BookSim2's stages do so, which shows if they take several cycles.
    """
    return latest if cycle <= latest else max(cycle, latest + delay)


@part
def send_head(k: Any, r: Any, he: Any, base: Any, cycle: Any, place: Any, turn: Any) -> None:
    """Let a router route a head that is there from `cycle` on."""
    start = starts(r[at(base + w.ROUTING_FROM)], k[w.ROUTING_DELAY], cycle)
    r[at(base + w.ROUTING_FROM)] = start
    head = place | (turn << w.TURN_SHIFT) if k[w.TOSSES] else place
    send(k, he, k[w.HEAD_STRIDE], start + k[w.ROUTING_DELAY], head)


@part
def bid(r: Any, busy: Any, router: Any, slot: Any, output: Any) -> None:
    """Enter an input VC among those that bid for an output."""
    base = router * w.ROUTER
    r[at(base + w.BIDS + output)] |= 1 << slot
    r[at(base + w.BIDDING)] |= 1 << output
    wake(busy, router)


@part
def credit_router(k: Any, r: Any, place: Any) -> None:
    """Give a credit to an output VC."""
    base, slot = (place >> w.SLOT_BITS) * w.ROUTER, place & w.SLOT_MASK
    word = r[at(base + w.OUTPUT + slot)] + 1
    if word & w.OWNED:
        r[at(base + w.READY)] |= 1 << ((word >> w.OWNER_SHIFT) & w.BYTE)
    if word & w.TAIL_SENT and word & w.CREDITS_MASK == k[w.DEPTH]:
        word &= ~w.TAIL_SENT
        r[at(base + w.FREE)] |= 1 << slot
    r[at(base + w.OUTPUT + slot)] = word


@part
def credit_node(k: Any, n: Any, place: Any) -> None:
    """Give a credit to a VC of a source."""
    base, vc = (place & w.NODE_MASK) >> w.SLOT_BITS, place & w.SLOT_MASK
    base *= w.NODE_RECORD
    held = n[at(base + w.NODE_CREDITS + vc)] + 1
    n[at(base + w.NODE_CREDITS + vc)] = held
    n[at(base + w.WITH_CREDIT)] |= 1 << vc
    if held == k[w.DEPTH]:
        full = n[at(base + w.TAILS_OUT)] & (1 << vc)
        n[at(base + w.TAILS_OUT)] ^= full
        n[at(base + w.TAKEN)] &= ~full
