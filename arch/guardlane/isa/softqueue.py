# SPDX-License-Identifier: Apache-2.0
"""The software queue: head, tail and buffer in shared memory, moved by fallible guest code.

A queue is a control block, seen by one producer and one consumer, with its buffer behind it. The
two functions are compiled into each core, so that a flipped register can move a pointer anywhere.
"""

from __future__ import annotations

from guardlane.isa.guest import i32, load_word, store_word, table, wait_event

PORTS = 8  # queues a core can reach on either side

# Byte offsets in a control block.
HEAD = 0  # items popped so far
TAIL = 4  # items pushed so far
MASK = 8  # capacity - 1, the capacity a power of two
CLOSED = 12  # 1 once the producer has ended
BUFFER = 16  # address of the first item

# Addresses of the control blocks, by port.
queue_directory_in = table(i32, PORTS)
queue_directory_out = table(i32, PORTS)


def pop_word(port: i32) -> i32:
    """Take the oldest item; 0 when the queue is empty and closed, or empty too long."""
    queue = queue_directory_in[port]
    head = load_word(queue + HEAD)
    while load_word(queue + TAIL) == head:
        if load_word(queue + CLOSED) != 0:
            if load_word(queue + TAIL) == head:  # nothing came between the two looks
                return 0
        elif wait_event() == 0:
            return 0
    slot = head & load_word(queue + MASK)
    item = load_word(load_word(queue + BUFFER) + (slot << 2))
    store_word(queue + HEAD, head + 1)
    return item


def push_word(port: i32, item: i32) -> None:
    """Append an item; drop it when the queue stays full too long."""
    queue = queue_directory_out[port]
    tail = load_word(queue + TAIL)
    mask = load_word(queue + MASK)
    while tail - load_word(queue + HEAD) > mask:
        if wait_event() == 0:
            return
    store_word(load_word(queue + BUFFER) + ((tail & mask) << 2), item)
    store_word(queue + TAIL, tail + 1)
