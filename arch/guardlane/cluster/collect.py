# SPDX-License-Identifier: Apache-2.0
"""What served requests add up to: a histogram of latencies, each row with where its time went.

All sums are of integers, so they are the same whatever the pieces. A bucket is at most 1/2048 of
its latencies wide, those below 4096 ps are 1 ps wide.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.cluster import columns as col
from guardlane.kernel import kernel, part

FINE = 11  # bits of a latency that a bucket keeps below its highest one
BUCKETS = (64 - FINE) << FINE
PARTS = ("dense", "embedded", "serialisation", "service", "network", "queueing", "waiting")
COUNT, DENSE, EMBEDDED, SERIALISATION, SERVICE, NETWORK, QUEUEING, WAITING = range(8)
BATCHES = 128
# What each server does, a row of `servers` each: main servers together, then the shards.
CALLS, WORK, SENT, RETURNED = range(4)
# Numbers that go on from piece to piece
SEEN, BATCH, TOTAL, LEAST_PART = range(4)  # requests, size of a batch, sum of latencies (wraps)
NUMBERS = 4


@part
def bucket(latency: Any) -> Any:
    """Value of the bucket of a latency of 0 or more."""
    high, rest = 0, latency >> (FINE + 1)
    for step in (32, 16, 8, 4, 2, 1):
        if rest >> step > 0:
            rest >>= step
            high += step
    if rest > 0:
        high += 1
    return (high << FINE) + (latency >> high)


def least_of(number: int) -> tuple[int, int]:
    """Value of the least latency of a bucket, and how many picoseconds wide the bucket is."""
    if number < 1 << (FINE + 1):
        return number, 1
    high = (number >> FINE) - 1
    return (number - (high << FINE)) << high, 1 << high


@kernel
def add_up(
    costs: Any, replicas: Any, wait: Any, repeats: Any, arrivals: Any, before: Any, beside: Any,
    after: Any, calls: Any, out_bytes: Any, back_bytes: Any, lookup: Any, sent: Any, returned: Any,
    delay_out: Any, delay_back: Any, ends: Any, leg: Any, incast: Any, count: Any, warm_up: Any,
    numbers: Any, rows: Any, batches: Any, latencies: Any,
) -> None:  # fmt: skip
    """Add the first `count` requests of a window to rows, batches and numbers.

    `latencies` [count] takes each request's, in ps. A request whose parts are more than its latency
    leaves a negative LEAST_PART, which no run should.
    """
    shards, has_delay = sent.shape[1], delay_out.shape[2] > 0
    serialise = costs[0, col.SEND] - costs[0, col.KERNEL]
    serialise_byte = costs[0, col.SEND_BYTE] - costs[0, col.KERNEL_BYTE]
    deserialise = costs[0, col.RECEIVE] - costs[0, col.KERNEL]
    deserialise_byte = costs[0, col.RECEIVE_BYTE] - costs[0, col.KERNEL_BYTE]
    kernel_fixed, kernel_byte = costs[0, col.KERNEL], costs[0, col.KERNEL_BYTE]
    wire, wire_byte = costs[0, col.WIRE], costs[0, col.WIRE_BYTE]
    for index in range(count):
        latency = ends[index] - arrivals[index]
        latencies[index] = latency
        numbers[TOTAL] += latency
        number = numbers[SEEN]
        numbers[SEEN] += 1
        if number < warm_up:
            continue
        number -= warm_up
        if number // numbers[BATCH] >= BATCHES:
            for place in range(BATCHES // 2):
                batches[place] = batches[2 * place] + batches[2 * place + 1]
            batches[BATCHES // 2 :] = 0
            numbers[BATCH] *= 2
        batches[number // numbers[BATCH]] += latency
        dense, embedded, service, waiting = after[index], 0, 0, 0
        network = serial = 0
        for turn in range(before.shape[0]):
            made, out, back = calls[turn, index], out_bytes[turn, index], back_bytes[turn, index]
            dense += before[turn, index]
            service += made * costs[0, col.SERVICE]
            serial += made * (serialise + deserialise)
            serial += out * serialise_byte + back * deserialise_byte
            network += 2 * made * kernel_fixed + (out + back) * kernel_byte
            which = leg[turn, index]
            if which == col.BESIDE:
                dense += beside[turn, index]
                continue
            if which == col.DEADLINE:
                waiting += wait
                continue
            shard = server = which
            if which >= shards:
                shard = which - shards
                server = replicas[shard]
                waiting += repeats
            row = server + 1
            size_out, size_back = sent[turn, shard, index], returned[turn, shard, index]
            embedded += lookup[turn, shard, index]
            service += costs[row, col.SERVICE]
            shard_serial = costs[row, col.SEND] + costs[row, col.RECEIVE]
            serial += shard_serial - 2 * costs[row, col.KERNEL]
            byte = costs[row, col.KERNEL_BYTE]
            serial += size_out * (costs[row, col.RECEIVE_BYTE] - byte)
            serial += size_back * (costs[row, col.SEND_BYTE] - byte)
            network += 2 * costs[row, col.KERNEL] + (size_out + size_back) * byte
            network += 2 * costs[row, col.LINK] + incast[turn, index]
            port, port_byte = costs[row, col.WIRE], costs[row, col.WIRE_BYTE]
            network += max(wire + size_out * wire_byte, port + size_out * port_byte)
            network += max(wire + size_back * wire_byte, port + size_back * port_byte)
            if has_delay:
                network += delay_out[turn, server, index] + delay_back[turn, server, index]
            if which < shards:  # its own request's calls that leave before it
                for other in range(shard):
                    if sent[turn, other, index] > 0:
                        network += wire + sent[turn, other, index] * wire_byte
        queueing = latency - dense - embedded - serial - service - network - waiting
        numbers[LEAST_PART] = min(numbers[LEAST_PART], queueing)
        place = bucket(latency)
        rows[place, COUNT] += 1
        rows[place, DENSE] += dense
        rows[place, EMBEDDED] += embedded
        rows[place, SERIALISATION] += serial
        rows[place, SERVICE] += service
        rows[place, NETWORK] += network
        rows[place, QUEUEING] += queueing
        rows[place, WAITING] += waiting


@kernel
def add_servers(lookup: Any, sent: Any, returned: Any, count: Any, servers: Any) -> None:
    """Add what the first `count` requests of a window ask of each shard: [R, S, .] to [S, 4]."""
    for turn in range(sent.shape[0]):
        for shard in range(sent.shape[1]):
            calls = work = out = back = 0
            for index in range(count):
                if sent[turn, shard, index] > 0:
                    calls += 1
                    work += lookup[turn, shard, index]
                    out += sent[turn, shard, index]
                    back += returned[turn, shard, index]
            servers[shard, CALLS] += calls
            servers[shard, WORK] += work
            servers[shard, SENT] += out
            servers[shard, RETURNED] += back


def empty_rows() -> Any:
    """Value of a histogram without requests: int64[BUCKETS, 8], a column each of COUNT to WAITING."""
    return np.zeros((BUCKETS, 8), np.int64)
