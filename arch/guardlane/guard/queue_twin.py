# SPDX-License-Identifier: Apache-2.0
"""The queue manager by time stamps: each end acts at its own cycle and learns of the other in time.

No cycle is simulated in which nothing happens. A word carries the cycle from which its consumer
sees it, a slot the cycle from which its producer may use it again, so that the two ends may be
advanced in any order that keeps each within the latency of the other.

A queue is one row int64[QUEUE_WIDTH]; its words lie in arrays shared by all queues, from Q_BASE on:
`kinds` uint8, `payloads` int64 (an item's bits or a header's id), `visible` and `freed` int64
(cycles). Counts of words are monotone; word n lies in slot n mod Q_DEPTH.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.guard.queue import check_queue
from guardlane.guard.words import ITEM
from guardlane.kernel import kernel

NEVER = 1 << 62  # cycles; later than any run

(
    Q_BASE,  # first slot
    Q_DEPTH,  # words
    Q_WORKING_SET,  # words between two moves of a shared pointer
    Q_LATENCY,  # cycles from a move of a shared pointer to its being seen, 1 or more
    Q_WRITTEN,
    Q_PUBLISHED,
    Q_READ,
    Q_RELEASED,
    Q_FREED,  # released words whose slots the producer has seen return
    Q_CLOSED_AT,
    Q_DRAIN_FROM,
    Q_DRAINED,
    Q_DRAINED_AT,  # cycle of the latest drop
    Q_PUSHES,
    Q_HEADERS,  # headers written, end of computation included
    Q_POPS,
    Q_EXAMINED,
    Q_ECC,  # encodes and decodes of headers and shared pointers
    Q_MAX_OCCUPANCY,  # words, as the producer sees them
    QUEUE_WIDTH,
) = range(20)


def new_queue(base: int, depth: int, working_set: int, latency: int) -> npt.NDArray[np.int64]:
    """Return the row of an empty queue: `depth` and `working_set` in words, `latency` in cycles."""
    check_queue(depth, working_set, latency)
    row = np.zeros(QUEUE_WIDTH, np.int64)
    row[Q_BASE], row[Q_DEPTH], row[Q_WORKING_SET], row[Q_LATENCY] = (
        base,
        depth,
        working_set,
        latency,
    )
    row[Q_CLOSED_AT] = row[Q_DRAIN_FROM] = NEVER
    row[Q_DRAINED_AT] = -1
    return row


@kernel
def _slot(q: Any, word: int) -> int:
    return int(q[Q_BASE] + word % q[Q_DEPTH])


@kernel
def space_at(q: Any, freed: Any, visible: Any, t: int) -> int:
    """Return the cycle at which the next word fits: t, a later one, or NEVER if not known yet.

    Never NEVER on a drained queue: a full one holds a whole set, which is published and dropped.
    """
    settle(q, visible, freed)
    while q[Q_FREED] < q[Q_RELEASED] and freed[_slot(q, q[Q_FREED])] <= t:
        q[Q_FREED] += 1
    if q[Q_WRITTEN] - q[Q_FREED] < q[Q_DEPTH]:
        return t
    if q[Q_FREED] < q[Q_RELEASED]:
        return int(freed[_slot(q, q[Q_FREED])])
    return NEVER


@kernel
def write(q: Any, kinds: Any, payloads: Any, visible: Any, kind: int, payload: int, t: int) -> bool:
    """Store a word at cycle t, for which `space_at` said t; True if that published a full set."""
    slot = _slot(q, q[Q_WRITTEN])
    kinds[slot] = kind
    payloads[slot] = payload
    q[Q_WRITTEN] += 1
    q[Q_PUSHES] += 1
    if kind != ITEM:
        q[Q_HEADERS] += 1
        q[Q_ECC] += 1
    q[Q_MAX_OCCUPANCY] = max(q[Q_MAX_OCCUPANCY], q[Q_WRITTEN] - q[Q_FREED])
    if q[Q_WRITTEN] % q[Q_WORKING_SET] == 0:
        return publish(q, visible, t)
    return False


@kernel
def publish(q: Any, visible: Any, t: int) -> bool:
    """Show the consumer the words written up to cycle t; True if there was a new one."""
    if q[Q_PUBLISHED] == q[Q_WRITTEN]:
        return False
    for word in range(q[Q_PUBLISHED], q[Q_WRITTEN]):
        visible[_slot(q, word)] = t + q[Q_LATENCY]
    q[Q_PUBLISHED] = q[Q_WRITTEN]
    q[Q_ECC] += 2
    return True


@kernel
def front_at(q: Any, visible: Any) -> int:
    """Return the cycle from which the next unread word is seen, NEVER if none is published."""
    if q[Q_READ] == q[Q_PUBLISHED]:
        return NEVER
    return int(visible[_slot(q, q[Q_READ])])


@kernel
def front_kind(q: Any, kinds: Any) -> int:
    """Return the kind of the next unread word; a header costs one decode, asked once or often."""
    kind = int(kinds[_slot(q, q[Q_READ])])
    if kind != ITEM and q[Q_EXAMINED] <= q[Q_READ]:
        q[Q_EXAMINED] = q[Q_READ] + 1
        q[Q_ECC] += 1
    return kind


@kernel
def front_payload(q: Any, payloads: Any) -> int:
    """Return the payload of the next unread word."""
    return int(payloads[_slot(q, q[Q_READ])])


@kernel
def take(q: Any, freed: Any, t: int) -> bool:
    """Read the next word at cycle t; True if that emptied a set and returned its slots."""
    q[Q_READ] += 1
    q[Q_POPS] += 1
    if q[Q_READ] % q[Q_WORKING_SET] == 0:
        return release(q, freed, t)
    return False


@kernel
def release(q: Any, freed: Any, t: int) -> bool:
    """Return the slots of every word read up to cycle t; True if there was one to return."""
    if q[Q_RELEASED] == q[Q_READ]:
        return False
    for word in range(q[Q_RELEASED], q[Q_READ]):
        freed[_slot(q, word)] = t + q[Q_LATENCY]
    q[Q_RELEASED] = q[Q_READ]
    q[Q_ECC] += 2
    return True


@kernel
def close(q: Any, visible: Any, t: int) -> None:
    """End the producer's side at cycle t: publish what is left, then show the closed flag."""
    publish(q, visible, t)
    q[Q_CLOSED_AT] = min(q[Q_CLOSED_AT], t + q[Q_LATENCY])


@kernel
def closed_at(q: Any) -> int:
    """Return the cycle from which the closed flag is seen; it counts once all words are read."""
    return int(q[Q_CLOSED_AT])


@kernel
def drain(q: Any, visible: Any, freed: Any, t: int) -> None:
    """End the consumer's side: from cycle t on each word is dropped as it is seen, one a cycle."""
    if release(q, freed, t) and front_at(q, visible) <= t:
        q[Q_ECC] -= 2  # the first drop moves the same pointer in the same cycle
    q[Q_DRAIN_FROM] = min(q[Q_DRAIN_FROM], t)
    settle(q, visible, freed)


@kernel
def settle(q: Any, visible: Any, freed: Any) -> None:
    """Drop every published word that a drained queue still holds, each at its own cycle.

    `space_at` does so as it goes; call it once more at the end of a run, before counts are read.
    """
    if q[Q_DRAIN_FROM] == NEVER:
        return
    while q[Q_READ] < q[Q_PUBLISHED]:
        slot = _slot(q, q[Q_READ])
        q[Q_DRAINED_AT] = max(max(visible[slot], q[Q_DRAIN_FROM]), q[Q_DRAINED_AT] + 1)
        freed[slot] = q[Q_DRAINED_AT] + q[Q_LATENCY]
        q[Q_READ] += 1
        q[Q_RELEASED] += 1
        q[Q_DRAINED] += 1
        q[Q_ECC] += 2
