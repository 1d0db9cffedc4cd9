# SPDX-License-Identifier: Apache-2.0
"""The pass kernel: requests flow forward, so each station is one pass over a sorted line of jobs.

main cores -> main port -> each shard's port, cores, port -> main port -> join -> main cores. It
holds where stations serve in order of arrival, nothing comes back to an earlier station, and a link
takes a constant time. Lines are ordered by (time, request). Work comes in pieces: what a piece
decides is everything strictly before its horizon, the time before which no later request can come
to any station; the rest is carried over, so pieces cannot be seen in a result.
"""

from __future__ import annotations

from typing import Any

from guardlane.cluster import columns as col
from guardlane.cluster.merge import LINE, LINE_BITS, play, seat
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


@kernel
def gather(
    costs: Any,
    returned: Any,
    base: Any,
    horizon: Any,
    back_time: Any,
    back_request: Any,
    back: Any,
    times: Any,
    codes: Any,
    taken: Any,
    waiting: Any,
    leg: Any,
    incast: Any,
    port: Any,
    out_time: Any,
    out_request: Any,
    out: Any,
) -> Any:
    """Receive all shards' answers at the main port: (when it is free, length of the line).

    `back` [S] are the lengths of the lines of answers, of which `taken` [S] are told to have been
    received. The line holds requests of which the last answer is there.
    """
    wire, wire_byte = costs[0, col.WIRE], costs[0, col.WIRE_BYTE]
    leaves = len(times)
    seat(times, codes, leaves)
    for line in range(leaves):
        if line < len(back) and back[line] > 0:
            code = (back_request[line, 0] << LINE_BITS) + line
            play(times, codes, leaves, line, back_time[line, 0], code)
        else:
            play(times, codes, leaves, line, col.NEVER, line)
    while times[0] < horizon:
        first, request, line = times[0], codes[0] >> LINE_BITS, codes[0] & LINE
        index = request - base
        size = returned[line, index]
        takes = wire + size * wire_byte
        slow = costs[line + 1, col.WIRE] + size * costs[line + 1, col.WIRE_BYTE]
        port = max(max(port, first) + takes, first + slow)
        waiting[index] -= 1
        if waiting[index] == 0:
            leg[index] = line
            incast[index] = port - first - max(takes, slow)
            out_time[out], out_request[out] = port, request
            out += 1
        taken[line] += 1
        place = taken[line]
        time, code = col.NEVER, line
        if place < back[line]:
            time, code = back_time[line, place], (back_request[line, place] << LINE_BITS) + line
        play(times, codes, leaves, line, time, code)
    return port, out


@kernel
def finish(
    costs: Any,
    after: Any,
    calls: Any,
    back_bytes: Any,
    base: Any,
    horizon: Any,
    one_time: Any,
    one_request: Any,
    one: Any,
    two_time: Any,
    two_request: Any,
    two: Any,
    legs: Any,
    leg: Any,
    free: Any,
    job: Any,
    done: Any,
) -> Any:
    """Join the calls (line one) and what is beside them (line two), then serve what comes after.

    Returns how much of each line is used, and the sum of all ends, which wraps. `done` [window]
    takes the time at which a request ends.
    """
    call, byte = costs[0, col.RECEIVE], costs[0, col.RECEIVE_BYTE]
    size = len(free)
    used_one = used_two = total = 0
    while True:
        time_one = one_time[used_one] if used_one < one else col.NEVER
        time_two = two_time[used_two] if used_two < two else col.NEVER
        now = min(time_one, time_two)
        if now >= horizon:
            break
        is_one = time_one < time_two or (
            time_one == time_two and one_request[used_one] < two_request[used_two]
        )
        if is_one:
            index = one_request[used_one] - base
            used_one += 1
        else:
            index = two_request[used_two] - base
            used_two += 1
        legs[index] -= 1
        if legs[index] > 0:
            continue
        if not is_one:
            leg[index] = col.BESIDE
        takes = after[index] + calls[index] * call + back_bytes[index] * byte
        ends = max(now, free[0]) + takes
        put(free, job, size, ends, NOBODY)
        done[index] = ends
        total += ends
    return used_one, used_two, total


@kernel
def carry(times: Any, requests: Any, lengths: Any, taken: Any) -> None:
    """Move what is not taken of each line to its front; all arrays have a row or entry a line."""
    for line in range(len(lengths)):
        left = lengths[line] - taken[line]
        if taken[line] > 0:
            for place in range(left):
                times[line, place] = times[line, taken[line] + place]
                requests[line, place] = requests[line, taken[line] + place]
        lengths[line] = left
        taken[line] = 0
