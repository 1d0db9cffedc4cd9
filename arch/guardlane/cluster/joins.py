# SPDX-License-Identifier: Apache-2.0
"""The second half of the passes: all shards' answers at the main server's port, and their joins."""

from __future__ import annotations

from typing import Any

from guardlane.cluster import columns as col
from guardlane.cluster.merge import LINE, LINE_BITS, play, seat
from guardlane.cluster.pool import NOBODY, put
from guardlane.kernel import kernel


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
