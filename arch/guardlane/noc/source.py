# SPDX-License-Identifier: Apache-2.0
"""Nodes: how a packet comes to be, by tossing coins as BookSim2 does, and how its flits are sent."""

from __future__ import annotations

from typing import Any

from guardlane.kernel import part
from guardlane.noc import words as w
from guardlane.noc.bits import first_from
from guardlane.noc.deliver import send_flit
from guardlane.noc.knuth import draw_fraction, draw_integer

UNIFORM, FIXED, HOTSPOT = 0, 1, 2  # patterns: any node, one target a node, one of some targets


@part
def create(s: Any, now: Any, node: Any, created: Any, destination: Any) -> None:
    """Let a source hold a new packet."""
    left = s.clock[w.FREE_PACKETS] - 1
    s.clock[w.FREE_PACKETS] = left
    packet = np_int(s.unused[left])
    s.packets[packet, w.CREATED] = created
    flags = 0
    start, end = s.shape[w.RECORD_FROM], s.shape[w.RECORD_TO]
    if now >= start and (now < end or created < end):
        flags = w.RECORDED
        s.clock[w.OPEN] += 1
    s.packets[packet, w.FLAGS] = flags
    s.clock[w.GENERATED] += 1
    s.nodes[node, w.FLIT] = (
        (packet << w.PACKET_SHIFT) | (destination << w.DESTINATION_SHIFT) | w.HEAD
    )
    s.nodes[node, w.LEFT] = s.shape[w.SIZE]


@part
def np_int(value: Any) -> Any:
    """Widen an int32."""
    return value + 0


@part
def toss(s: Any, now: Any, node: Any) -> None:
    """Toss a coin for each cycle up to now until one makes a packet, as BookSim2 draws."""
    next_toss = s.nodes[node, w.NEXT_TOSS]
    threshold = s.shape[w.THRESHOLD]
    while next_toss <= now:
        hit = draw_fraction(s.random) < threshold
        if hit:
            pattern = s.shape[w.PATTERN]
            if pattern == UNIFORM:
                destination = draw_integer(s.random, len(s.nodes))
            elif pattern == FIXED:
                destination = s.targets[node]
            else:
                destination = s.targets[draw_integer(s.random, len(s.targets))]
            draw_integer(s.random, 1)
            create(s, now, node, next_toss, destination)
        next_toss += 1
        if hit:
            break
    s.nodes[node, w.NEXT_TOSS] = next_toss


@part
def send(s: Any, now: Any, node: Any) -> None:
    """Send one flit of the packet a source holds, if a VC can take it."""
    row = s.nodes[node]
    flit = row[w.FLIT]
    vcs = s.shape[w.VCS]
    if flit & w.HEAD:
        able = row[w.WITH_CREDIT] & ~row[w.TAKEN]
        if able == 0:
            return
        vc = first_from(able, row[w.LAST_VC] + 1 if row[w.LAST_VC] + 1 < vcs else 0)
        row[w.VC] = vc
        row[w.LAST_VC] = vc
        row[w.TAKEN] |= 1 << vc
    else:
        vc = row[w.VC]
        if row[w.WITH_CREDIT] >> vc & 1 == 0:
            return
    left = row[w.LEFT] - 1
    row[w.LEFT] = left
    credits = s.node_credits[node, vc] - 1
    s.node_credits[node, vc] = credits
    if credits == 0:
        row[w.WITH_CREDIT] &= ~(1 << vc)
    if left == 0:
        flit |= w.TAIL
        if s.shape[w.WAIT_FOR_TAIL]:
            row[w.SENT_TAILS] |= 1 << vc
        else:
            row[w.TAKEN] &= ~(1 << vc)
    row[w.FLIT] = flit & ~w.HEAD
    s.clock[w.INJECTED_FLITS] += 1
    send_flit(s, now + 2, s.injects[node] + vc, flit)


@part
def inject(s: Any, now: Any) -> None:
    """Let every source make and send what it can in a cycle."""
    end = s.shape[w.RECORD_TO]
    drained = 0
    for node in range(len(s.nodes)):
        if s.nodes[node, w.LEFT] == 0:
            toss(s, now, node)
        drained += s.nodes[node, w.NEXT_TOSS] > end
        if s.nodes[node, w.LEFT] > 0:
            send(s, now, node)
    s.clock[w.DRAINED] = drained
