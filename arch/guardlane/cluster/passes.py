# SPDX-License-Identifier: Apache-2.0
"""The passes: requests flow forward, so each station is one pass over a sorted line of jobs.

main cores -> main port -> each shard's port, cores, port -> main port -> join -> main cores; what
comes after the shards is in `joins`. It holds where stations serve in order of arrival, nothing
comes back to an earlier station, and a link takes a constant time. Lines are ordered by (time,
request). Work comes in pieces: what a piece decides is everything strictly before its horizon, the
time before which no later request can come to any station; the rest is carried over, so pieces
cannot be seen in a result.
"""

from __future__ import annotations

from typing import Any

from guardlane.cluster import columns as col
from guardlane.cluster.pool import NOBODY, put
from guardlane.kernel import kernel


@kernel
def admit(
    costs: Any,
    arrivals: Any,
    before: Any,
    calls: Any,
    out_bytes: Any,
    first: Any,
    live: Any,
    base: Any,
    is_last: Any,
    free: Any,
    job: Any,
    line_time: Any,
    line_request: Any,
) -> Any:
    """Serve requests `first` to `live` - 1 before their calls: (length of the line, horizon)."""
    call, byte = costs[0, col.SERVICE] + costs[0, col.SEND], costs[0, col.SEND_BYTE]
    length, size = 0, len(free)
    for index in range(first, live):
        if job[0] != NOBODY:
            line_time[length], line_request[length] = free[0], job[0]
            length += 1
        takes = before[index] + calls[index] * call + out_bytes[index] * byte
        put(free, job, size, max(arrivals[index], free[0]) + takes, base + index)
    horizon = arrivals[live - 1] if live > first else 0
    if length:
        horizon = max(horizon, line_time[length - 1])
    if is_last:
        horizon = col.NEVER
    while free[0] < horizon:
        if job[0] != NOBODY:
            line_time[length], line_request[length] = free[0], job[0]
            length += 1
        put(free, job, size, horizon, NOBODY)
    return length, horizon


@kernel
def run_beside(
    beside: Any,
    calls: Any,
    base: Any,
    horizon: Any,
    has_beside: Any,
    line_time: Any,
    line_request: Any,
    length: Any,
    free: Any,
    job: Any,
    out_time: Any,
    out_request: Any,
    out: Any,
) -> Any:
    """Serve what is dense beside the calls; value of the length of the line of those done.

    Without such work, requests that call nobody pass at once.
    """
    size = len(free)
    for number in range(length):
        request = line_request[number]
        if not has_beside:
            if calls[request - base] == 0:
                out_time[out], out_request[out] = line_time[number], request
                out += 1
            continue
        if job[0] != NOBODY:
            out_time[out], out_request[out] = free[0], job[0]
            out += 1
        put(free, job, size, max(line_time[number], free[0]) + beside[request - base], request)
    while has_beside and free[0] < horizon:
        if job[0] != NOBODY:
            out_time[out], out_request[out] = free[0], job[0]
            out += 1
        put(free, job, size, horizon, NOBODY)
    return out


@kernel
def depart(
    costs: Any,
    calls: Any,
    out_bytes: Any,
    base: Any,
    line_time: Any,
    line_request: Any,
    length: Any,
    port: Any,
) -> Any:
    """Turn the times of the line into those at which the main port begins with each request.

    Returns when the port is free again. A request's calls leave back to back, shard by shard.
    """
    for number in range(length):
        index = line_request[number] - base
        if calls[index] > 0:
            start = max(line_time[number], port)
            line_time[number] = start
            port = (
                start
                + calls[index] * costs[0, col.WIRE]
                + out_bytes[index] * costs[0, col.WIRE_BYTE]
            )
    return port


@kernel
def serve(
    costs: Any,
    shard: Any,
    lookup: Any,
    sent: Any,
    returned: Any,
    base: Any,
    horizon: Any,
    line_time: Any,
    line_request: Any,
    length: Any,
    ports: Any,
    free: Any,
    job: Any,
    out_time: Any,
    out_request: Any,
    out: Any,
) -> Any:
    """Serve one shard's calls; value of the length of the line of answers on their way back.

    `line_time` says when the main port begins with a request's next call, and is moved on.
    `ports` holds when the shard's port is free to receive and to send. Answers are told by the time
    at which their first byte is at the main port.
    """
    row = shard + 1
    wire, wire_byte = costs[0, col.WIRE], costs[0, col.WIRE_BYTE]
    port, port_byte = costs[row, col.WIRE], costs[row, col.WIRE_BYTE]
    link = costs[row, col.LINK]
    fixed = costs[row, col.RECEIVE] + costs[row, col.SERVICE] + costs[row, col.SEND]
    receive_byte, send_byte = costs[row, col.RECEIVE_BYTE], costs[row, col.SEND_BYTE]
    size = len(free)
    receives, sends = ports[0], ports[1]
    for number in range(length):
        request = line_request[number]
        index = request - base
        size_out = sent[index]
        if size_out == 0:
            continue
        first = line_time[number] + link
        leaves = wire + size_out * wire_byte
        line_time[number] += leaves
        receives = max(max(receives, first) + port + size_out * port_byte, first + leaves)
        if job[0] != NOBODY:
            start = max(free[0], sends)
            out_time[out], out_request[out] = start + link, job[0]
            out += 1
            sends = start + port + returned[job[0] - base] * port_byte
        takes = fixed + size_out * receive_byte + lookup[index] + returned[index] * send_byte
        put(free, job, size, max(receives, free[0]) + takes, request)
    while free[0] < horizon:
        if job[0] != NOBODY:
            start = max(free[0], sends)
            out_time[out], out_request[out] = start + link, job[0]
            out += 1
            sends = start + port + returned[job[0] - base] * port_byte
        put(free, job, size, horizon, NOBODY)
    ports[0], ports[1] = receives, sends
    return out


@kernel
def serve_all(
    costs: Any, lookup: Any, sent: Any, returned: Any, base: Any, horizon: Any, line_time: Any,
    line_request: Any, length: Any, ports: Any, free: Any, job: Any, out_time: Any,
    out_request: Any, out: Any,
) -> None:  # fmt: skip
    """Serve the calls of every shard, as `serve` does; arrays with a row a shard, `out` [S]."""
    for shard in range(len(out)):
        out[shard] = serve(
            costs, shard, lookup[shard], sent[shard], returned[shard], base, horizon, line_time,
            line_request, length, ports[shard], free[shard], job[shard], out_time[shard],
            out_request[shard], out[shard],
        )  # fmt: skip
