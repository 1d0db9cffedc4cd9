# SPDX-License-Identifier: Apache-2.0
"""Sources: how a packet comes to be, by tossing coins as BookSim2 does or by gaps, and is sent."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from guardlane.kernel import part
from guardlane.noc import words as w
from guardlane.noc.bits import first_from
from guardlane.noc.deliver import send_pair
from guardlane.noc.knuth import draw_fraction, draw_integer
from guardlane.noc.packets import load, make

at = np.uint64
UNIFORM, FIXED, HOTSPOT = 0, 1, 2  # patterns: any node, one target a node, one of some targets
NEVER = 1 << 62
DUE_TURNS = 1024

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _32, _11 = (np.uint64(shift) for shift in (30, 27, 31, 32, 11))


@part
def create(k: Any, n: Any, p: Any, unused: Any, now: Any, node: Any, created: Any, to: Any) -> None:
    """Let a source hold a new packet."""
    flags = ((k[w.SIZE] - 1) << w.SIZE_SHIFT) | (to << w.TO_SHIFT) | (node << w.FROM_SHIFT)
    if now >= k[w.RECORD_FROM] and (now < k[w.RECORD_TO] or created < k[w.RECORD_TO]):
        flags |= w.RECORDED
    load(n, p, node, make(k, p, unused, created, flags, 0))


@part
def go_on(k: Any, n: Any, node: Any, cycle: Any) -> None:
    """Note when a source may make its next packet."""
    base = node * w.NODE_RECORD
    if n[at(base + w.NEXT)] <= k[w.STOP_AFTER] < cycle:
        k[w.DRAINED] += 1
    n[at(base + w.NEXT)] = cycle


@part
def toss(
    k: Any, n: Any, p: Any, unused: Any, targets: Any, random: Any, now: Any, node: Any
) -> None:
    """Toss a coin for each cycle up to now until one makes a packet, as BookSim2 draws."""
    cycle = n[at(node * w.NODE_RECORD + w.NEXT)]
    while cycle <= now and k[w.FREE_PACKETS] > 0:
        cycle += 1
        if draw_fraction(random) < k[w.THRESHOLD]:
            pattern = k[w.PATTERN]
            if pattern == UNIFORM:
                to = draw_integer(random, k[w.NODES])
            elif pattern == FIXED:
                to = targets[at(node)]
            else:
                to = targets[at(draw_integer(random, k[w.TARGETS]))]
            draw_integer(random, 1)
            create(k, n, p, unused, now, node, cycle - 1, to)
            break
    go_on(k, n, node, cycle)


@part
def random_word(n: Any, node: Any) -> Any:
    """Draw 64 bits from a node's own generator, splitmix64."""
    seed = np.uint64(n[at(node * w.NODE_RECORD + w.SEED)]) + _GOLDEN
    n[at(node * w.NODE_RECORD + w.SEED)] = np.int64(seed)
    word = (seed ^ (seed >> _30)) * _FIRST
    word = (word ^ (word >> _27)) * _SECOND
    return word ^ (word >> _31)


@part
def below(n: Any, node: Any, count: Any) -> Any:
    """Draw a whole number below `count` from a node's own generator."""
    return np.int64(((random_word(n, node) >> _32) * np.uint64(count)) >> _32)


@part
def gap(n: Any, gaps: Any, node: Any) -> Any:
    """Draw the cycles to the next success of coins that are tossed each cycle."""
    fraction = np.int64(random_word(n, node) >> _11) * 2.0**-53
    return 1 + np.int64(math.log(1.0 - fraction) * gaps[0])


@part
def due_at(n: Any, due: Any, node: Any, cycle: Any) -> None:
    """Let a source be woken in `cycle`."""
    turn = cycle & (DUE_TURNS - 1)
    n[at(node * w.NODE_RECORD + w.DUE_AFTER)] = due[at(turn)]
    due[at(turn)] = node + 1


@part
def wake_sources(n: Any, due: Any, sources: Any, now: Any) -> None:
    """Wake all sources whose next packet is due; others on this turn's list have laps to go."""
    turn = now & (DUE_TURNS - 1)
    listed = due[at(turn)]
    due[at(turn)] = 0
    while listed != 0:
        node = listed - 1
        listed = n[at(node * w.NODE_RECORD + w.DUE_AFTER)]
        if n[at(node * w.NODE_RECORD + w.NEXT)] <= now:
            sources[at(node >> 6)] |= 1 << (node & 63)
        else:
            due_at(n, due, node, now)


@part
def draw(
    k: Any, n: Any, p: Any, unused: Any, due: Any, targets: Any, gaps: Any, now: Any, node: Any
) -> None:
    """Make the packet that is due and draw when the next one is."""
    pattern = k[w.PATTERN]
    if pattern == UNIFORM:
        to = below(n, node, k[w.NODES])
    elif pattern == FIXED:
        to = targets[at(node)]
    else:
        to = targets[at(below(n, node, k[w.TARGETS]))]
    created = n[at(node * w.NODE_RECORD + w.NEXT)]
    create(k, n, p, unused, now, node, created, to)
    cycle = created + gap(n, gaps, node)
    go_on(k, n, node, cycle)
    if cycle > now:
        due_at(n, due, node, cycle)


@part
def send_from(k: Any, n: Any, fe: Any, now: Any, node: Any) -> None:
    """Send one flit of the packet a source holds, if a VC can take it."""
    base = node * w.NODE_RECORD
    flit = n[at(base + w.FLIT)]
    if flit & w.HEAD:
        able = n[at(base + w.WITH_CREDIT)] & ~n[at(base + w.TAKEN)]
        if k[w.REPLY_VCS]:
            able &= k[w.REPLY_VCS] if flit & w.REPLY else ~k[w.REPLY_VCS]
        if able == 0:
            return
        after = n[at(base + w.LAST_VC)] + 1
        vc = first_from(able, after if after < k[w.VCS] else 0)
        n[at(base + w.VC)] = vc
        n[at(base + w.LAST_VC)] = vc
        n[at(base + w.TAKEN)] |= 1 << vc
    else:
        vc = n[at(base + w.VC)]
        if n[at(base + w.WITH_CREDIT)] & (1 << vc) == 0:
            return
    left = n[at(base + w.LEFT)] - 1
    n[at(base + w.LEFT)] = left
    held = n[at(base + w.NODE_CREDITS + vc)] - 1
    n[at(base + w.NODE_CREDITS + vc)] = held
    if held == 0:
        n[at(base + w.WITH_CREDIT)] &= ~(1 << vc)
    if left == 0:
        flit |= w.TAIL
        if k[w.WAIT_FOR_TAIL]:
            n[at(base + w.TAILS_OUT)] |= 1 << vc
        else:
            n[at(base + w.TAKEN)] &= ~(1 << vc)
    n[at(base + w.FLIT)] = flit & ~w.HEAD
    k[w.INJECTED_FLITS] += 1
    send_pair(k, fe, k[w.FLIT_STRIDE], now + 2, n[at(base + w.INJECT)] + vc, flit)


@part
def lag(k: Any, n: Any, now: Any) -> Any:
    """Add up the cycles by which sources lag behind the packets they would have made by now."""
    cycles = 0
    for node in range(k[w.NODES]):
        cycles += max(0, now - n[at(node * w.NODE_RECORD + w.NEXT)])
    return cycles
