# SPDX-License-Identifier: Apache-2.0
"""The life of a packet at nodes: made, waiting in a queue, taken out; what its end sets going."""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.kernel import kernel, part
from guardlane.noc import words as w
from guardlane.noc.deliver import send

at = np.uint64


@part
def make(k: Any, p: Any, unused: Any, created: Any, flags: Any, tag: Any) -> Any:
    """Enter a packet, of which there must be an unused one; its number."""
    left = k[w.FREE_PACKETS] - 1
    k[w.FREE_PACKETS] = left
    packet = unused[at(left)]
    record = packet * w.PACKET_RECORD
    p[at(record + w.CREATED)] = created
    p[at(record + w.FLAGS)] = flags
    p[at(record + w.TAG)] = tag
    k[w.GENERATED] += 1
    k[w.OPEN] += flags & w.RECORDED
    return packet


@part
def load(n: Any, p: Any, node: Any, packet: Any) -> None:
    """Let a source that sends nothing begin to send a packet."""
    flags = p[at(packet * w.PACKET_RECORD + w.FLAGS)]
    flit = (packet << w.PACKET_SHIFT) | w.HEAD
    flit |= ((flags >> w.TO_SHIFT) & 0xFFFF) << w.DESTINATION_SHIFT
    if flags & w.IS_REPLY:
        flit |= w.REPLY
    n[at(node * w.NODE_RECORD + w.FLIT)] = flit
    n[at(node * w.NODE_RECORD + w.LEFT)] = ((flags >> w.SIZE_SHIFT) & 0xFFFF) + 1


@part
def enqueue(n: Any, p: Any, sources: Any, packet: Any) -> None:
    """Put a packet at the end of its source's queue."""
    node = (p[at(packet * w.PACKET_RECORD + w.FLAGS)] >> w.FROM_SHIFT) & 0xFFFF
    base = node * w.NODE_RECORD
    if n[at(base + w.QUEUED)] == 0:
        n[at(base + w.QUEUE_FIRST)] = packet
    else:
        p[at(n[at(base + w.QUEUE_LAST)] * w.PACKET_RECORD + w.BEHIND)] = packet
    n[at(base + w.QUEUE_LAST)] = packet
    n[at(base + w.QUEUED)] += 1
    sources[at(node >> 6)] |= 1 << (node & 63)


@kernel
def queue_packet(
    k: Any, n: Any, p: Any, unused: Any, sources: Any, created: Any, flags: Any, tag: Any
) -> None:
    """Make a packet from outside and put it into its source's queue."""
    enqueue(n, p, sources, make(k, p, unused, created, flags, tag))


@part
def dequeue(n: Any, p: Any, node: Any) -> None:
    """Let a source begin to send the first packet of its queue."""
    base = node * w.NODE_RECORD
    packet = n[at(base + w.QUEUE_FIRST)]
    n[at(base + w.QUEUE_FIRST)] = p[at(packet * w.PACKET_RECORD + w.BEHIND)]
    n[at(base + w.QUEUED)] -= 1
    load(n, p, node, packet)


@part
def release(
    k: Any, n: Any, p: Any, unused: Any, sources: Any, trace: Any, now: Any, index: Any
) -> None:
    """Let a packet of the trace, for which nothing is to be waited any more, be sent."""
    k[w.RELEASED] += 1
    flags = trace[at(index * w.TRACE_RECORD + w.WHAT)] | w.RECORDED
    enqueue(n, p, sources, make(k, p, unused, now, flags, index))


@part
def follow_trace(k: Any, n: Any, p: Any, unused: Any, sources: Any, trace: Any, now: Any) -> None:
    """Send what packets of the trace have reached their cycle, unless they wait for others."""
    while k[w.TRACED] < k[w.TRACE]:
        record = k[w.TRACED] * w.TRACE_RECORD
        if trace[at(record + w.CYCLE)] > now:
            break
        if trace[at(record + w.WAITING)] == 0:
            release(k, n, p, unused, sources, trace, now, k[w.TRACED])
        else:
            trace[at(record + w.WAITING)] |= w.REACHED
        k[w.TRACED] += 1


@part
def eject(
    k: Any,
    ce: Any,
    n: Any,
    p: Any,
    unused: Any,
    sources: Any,
    reports: Any,
    trace: Any,
    dependents: Any,
    periods: Any,
    now: Any,
    place: Any,
    flit: Any,
) -> None:
    """Take a flit out of the network at a node."""
    node = (place & w.NODE_MASK) >> w.SLOT_BITS
    back = n[at(node * w.NODE_RECORD + w.EJECT)] + (place & w.SLOT_MASK)
    send(k, ce, k[w.CREDIT_STRIDE], now + 2 + k[w.CREDIT_DELAY], back)
    k[w.EJECTED_FLITS] += 1
    if k[w.RECORD_FROM] <= now < k[w.RECORD_TO]:
        k[w.ACCEPTED] += 1
    period = w.PERIOD_RECORD * k[w.THIS_PERIOD]
    periods[at(period + w.FLITS)] += 1
    if flit & w.TAIL:
        packet = flit >> w.PACKET_SHIFT
        measure(k, p, periods, now, packet, flit)
        finish(k, n, p, unused, sources, reports, trace, dependents, now, packet)


@part
def measure(k: Any, p: Any, periods: Any, now: Any, packet: Any, flit: Any) -> None:
    """Count a packet that has arrived."""
    latency = now - p[at(packet * w.PACKET_RECORD + w.CREATED)]
    period = w.PERIOD_RECORD * k[w.THIS_PERIOD]
    k[w.DELIVERED] += 1
    periods[at(period + w.PACKETS)] += 1
    periods[at(period + w.LATENCY)] += latency
    periods[at(period + w.GREATEST)] = max(latency, periods[at(period + w.GREATEST)])
    if p[at(packet * w.PACKET_RECORD + w.FLAGS)] & w.RECORDED:
        k[w.OPEN] -= 1
        k[w.LATENCIES] += 1
        k[w.LATENCY_SUM] += latency
        k[w.LATENCY_MAX] = max(latency, k[w.LATENCY_MAX])
        k[w.HOPS] += (flit >> w.HOP_SHIFT) & w.HOP_MASK


@part
def report(k: Any, reports: Any, tag: Any, cycle: Any) -> None:
    """Add a delivery to those that are to be fetched."""
    reports[at(2 * k[w.REPORTED])] = tag
    reports[at(2 * k[w.REPORTED] + 1)] = cycle
    k[w.REPORTED] += 1


@kernel
def report_due(k: Any, fe: Any, p: Any, reports: Any) -> None:
    """Report what arrives in the cycle that is next to pass: nothing can keep it from that."""
    start = (k[w.NOW] & k[w.WHEEL_MASK]) * k[w.FLIT_STRIDE]
    for i in range(start + 1, start + 1 + 2 * fe[at(start)], 2):
        if fe[at(i)] < w.NODE or fe[at(i + 1)] & w.TAIL == 0:
            continue
        record = (fe[at(i + 1)] >> w.PACKET_SHIFT) * w.PACKET_RECORD
        if p[at(record + w.FLAGS)] & w.IS_REPORTED == 0:
            p[at(record + w.FLAGS)] |= w.IS_REPORTED
            report(k, reports, p[at(record + w.TAG)], k[w.NOW])


@part
def finish(
    k: Any,
    n: Any,
    p: Any,
    unused: Any,
    sources: Any,
    reports: Any,
    trace: Any,
    dependents: Any,
    now: Any,
    packet: Any,
) -> None:
    """Report a packet or give its number back, reply to it, and let go what waited for it."""
    flags, tag = p[at(packet * w.PACKET_RECORD + w.FLAGS)], p[at(packet * w.PACKET_RECORD + w.TAG)]
    if k[w.REPORTS] and flags & w.IS_REPORTED == 0:
        report(k, reports, tag, now)
    unused[at(k[w.FREE_PACKETS])] = packet
    k[w.FREE_PACKETS] += 1
    if k[w.REPLY_SIZE] and flags & w.IS_REPLY == 0:
        ends = (((flags >> w.TO_SHIFT) & 0xFFFF) << w.FROM_SHIFT) | (
            ((flags >> w.FROM_SHIFT) & 0xFFFF) << w.TO_SHIFT
        )
        kept = (flags & w.RECORDED) | w.IS_REPLY | ((k[w.REPLY_SIZE] - 1) << w.SIZE_SHIFT)
        enqueue(n, p, sources, make(k, p, unused, now, ends | kept, tag))
    if k[w.TRACE]:
        first = tag * w.TRACE_RECORD + w.DEPENDENTS
        for i in range(trace[at(first)], trace[at(first + w.TRACE_RECORD)]):
            waiting = dependents[at(i)] * w.TRACE_RECORD + w.WAITING
            trace[at(waiting)] -= 1
            if trace[at(waiting)] == w.REACHED:
                release(k, n, p, unused, sources, trace, now, dependents[at(i)])
