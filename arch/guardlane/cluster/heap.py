# SPDX-License-Identifier: Apache-2.0
"""The event list: a heap of (time, code), both int64, four children a node.

Four, as a sift down then costs half the levels of a binary heap, and the children share a line of
the processor's cache.
"""

from __future__ import annotations

from typing import Any

from guardlane.kernel import kernel


@kernel
def push(times: Any, codes: Any, size: Any, time: Any, code: Any) -> Any:
    """Add an event to the first `size`; value of the new size. There must be room."""
    place = size
    while place > 0:
        parent = (place - 1) >> 2
        if times[parent] < time or (times[parent] == time and codes[parent] < code):
            break
        times[place] = times[parent]
        codes[place] = codes[parent]
        place = parent
    times[place] = time
    codes[place] = code
    return size + 1


@kernel
def drop(times: Any, codes: Any, size: Any) -> Any:
    """Take away the first event; value of the new size."""
    size -= 1
    time, code = times[size], codes[size]
    place = 0
    while True:
        child = 4 * place + 1
        if child >= size:
            break
        best, best_time, best_code = child, times[child], codes[child]
        for other in range(child + 1, min(child + 4, size)):
            if times[other] < best_time or (times[other] == best_time and codes[other] < best_code):
                best, best_time, best_code = other, times[other], codes[other]
        if time < best_time or (time == best_time and code < best_code):
            break
        times[place] = best_time
        codes[place] = best_code
        place = best
    times[place] = time
    codes[place] = code
    return size
