# SPDX-License-Identifier: Apache-2.0
"""Nodes: how a packet comes to be, by tossing coins as BookSim2 does, and how its flits are sent."""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.kernel import part
from guardlane.noc import words as w
from guardlane.noc.bits import first_from
from guardlane.noc.deliver import send_flit
from guardlane.noc.knuth import draw_fraction, draw_integer

at = np.uint64
UNIFORM, FIXED, HOTSPOT = 0, 1, 2  # patterns: any node, one target a node, one of some targets


@part
def create(
    k: Any, n: Any, p: Any, unused: Any, now: Any, node: Any, created: Any, destination: Any
) -> None:
    """Let a source hold a new packet."""
    left = k[w.FREE_PACKETS] - 1
    k[w.FREE_PACKETS] = left
    packet = unused[at(left)]
    flags = 0
    if now >= k[w.RECORD_FROM] and (now < k[w.RECORD_TO] or created < k[w.RECORD_TO]):
        flags = w.RECORDED
        k[w.OPEN] += 1
    p[at(packet * w.PACKET_RECORD + w.CREATED)] = created
    p[at(packet * w.PACKET_RECORD + w.FLAGS)] = flags
    k[w.GENERATED] += 1
    base = node * w.NODE_RECORD
    n[at(base + w.FLIT)] = (
        (packet << w.PACKET_SHIFT) | (destination << w.DESTINATION_SHIFT) | w.HEAD
    )
    n[at(base + w.LEFT)] = k[w.SIZE]


@part
def toss(
    k: Any, n: Any, p: Any, unused: Any, targets: Any, random: Any, now: Any, node: Any
) -> None:
    """Toss a coin for each cycle up to now until one makes a packet, as BookSim2 draws."""
    base = node * w.NODE_RECORD
    cycle = n[at(base + w.NEXT)]
    while cycle <= now:
        cycle += 1
        if draw_fraction(random) < k[w.THRESHOLD]:
            pattern = k[w.PATTERN]
            if pattern == UNIFORM:
                destination = draw_integer(random, k[w.NODES])
            elif pattern == FIXED:
                destination = targets[at(node)]
            else:
                destination = targets[at(draw_integer(random, k[w.TARGETS]))]
            draw_integer(random, 1)
            create(k, n, p, unused, now, node, cycle - 1, destination)
            break
    n[at(base + w.NEXT)] = cycle


@part
def send_from(k: Any, n: Any, fe: Any, now: Any, node: Any) -> None:
    """Send one flit of the packet a source holds, if a VC can take it."""
    base = node * w.NODE_RECORD
    flit = n[at(base + w.FLIT)]
    if flit & w.HEAD:
        able = n[at(base + w.WITH_CREDIT)] & ~n[at(base + w.TAKEN)]
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
    credits = n[at(base + w.NODE_CREDITS + vc)] - 1
    n[at(base + w.NODE_CREDITS + vc)] = credits
    if credits == 0:
        n[at(base + w.WITH_CREDIT)] &= ~(1 << vc)
    if left == 0:
        flit |= w.TAIL
        if k[w.WAIT_FOR_TAIL]:
            n[at(base + w.TAILS_OUT)] |= 1 << vc
        else:
            n[at(base + w.TAKEN)] &= ~(1 << vc)
    n[at(base + w.FLIT)] = flit & ~w.HEAD
    k[w.INJECTED_FLITS] += 1
    send_flit(k, fe, now + 2, n[at(base + w.INJECT)] + vc, flit)
