# SPDX-License-Identifier: Apache-2.0
"""The software queue: head, tail and buffer in shared memory, moved by fallible guest code.

A queue is a control block, seen by one producer and one consumer, with its buffer behind it. The
two functions are compiled into each core, so that a flipped register can move a pointer anywhere.
"""

from __future__ import annotations

from guardlane.isa.guest import i32, load_word, state, store_word, table, wait_event

PORTS = 8  # queues a core can reach on either side

# Byte offsets in a control block.
HEAD = 0  # items popped so far
TAIL = 4  # items pushed so far
CLOSED = 12  # 1 once the producer has ended
BUFFER = 64  # of the first item

# Addresses of the control blocks, by port, and capacity - 1 of every queue; it is a power of two.
queue_directory_in = table(i32, PORTS)
queue_directory_out = table(i32, PORTS)
queue_mask = table(i32, 1)

# Shared memory is slow, so each end keeps a copy of its own count, and of what it last saw of the
# other's; it looks again only if it must.
popped = state(i32, PORTS)
tail_seen = state(i32, PORTS)
pushed = state(i32, PORTS)
head_seen = state(i32, PORTS)


def pop_word(port: i32) -> i32:
    """Take the oldest item; 0 when the queue is empty and closed, or empty too long."""
    queue = queue_directory_in[port]
    head = popped[port]
    if head == tail_seen[port]:
        while load_word(queue + TAIL) == head:
            if load_word(queue + CLOSED) != 0:
                if load_word(queue + TAIL) == head:  # nothing came between the two looks
                    return 0
            elif wait_event() == 0:
                return 0
        tail_seen[port] = load_word(queue + TAIL)
    item = load_word(queue + BUFFER + ((head & queue_mask[0]) << 2))
    popped[port] = head + 1
    store_word(queue + HEAD, head + 1)
    return item


def push_word(port: i32, item: i32) -> None:
    """Append an item; drop it when the queue stays full too long."""
    queue = queue_directory_out[port]
    tail = pushed[port]
    mask = queue_mask[0]
    if tail - head_seen[port] > mask:
        while tail - load_word(queue + HEAD) > mask:
            if wait_event() == 0:
                return
        head_seen[port] = load_word(queue + HEAD)
    store_word(queue + BUFFER + ((tail & mask) << 2), item)
    pushed[port] = tail + 1
    store_word(queue + TAIL, tail + 1)
