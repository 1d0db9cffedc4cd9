# SPDX-License-Identifier: Apache-2.0
"""Queues in shared memory: the window that guest instructions and devices both read and write.

A queue is a control block (head, tail, closed) and a power of two of words after it. Nothing here
is protected: a corrupted head is a corrupted head. A store to the control block of a queue is an
event for the agents at its ends, as `wait` of the guest sees it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guardlane.chip.columns import (
    CAPACITY,
    CLOCK,
    DEADLINE,
    EVENT,
    PAD,
    POP_TIMEOUTS,
    PUSH_TIMEOUTS,
    QUEUE,
    ROUSE_AT,
    SHARED_ACCESSES,
    SHARED_LATENCY,
    VALUE,
)
from guardlane.isa.state import (
    SHARED_BASE,
    SHARED_LOAD,
    SIGNED,
    STOP_ADDRESS,
    WIDTH,
)
from guardlane.isa.state import VALUE as STORED
from guardlane.kernel import part

HEAD, TAIL, CLOSED = 0, 1, 3  # words of a control block
HEADER_WORDS = 16  # from the start of the block to the first item
DONE, STALL = 0, 1


@part
def block_words(chip: Any) -> Any:
    return HEADER_WORDS + chip[CAPACITY]


@part
def device_pop(chip: Any, agent: Any, memory: Any, qi: Any, tally: Any, wake: Any) -> Any:
    """Pop one item for a sink, or a pad when the queue is closed or the wait too long."""
    t = agent[CLOCK]
    block = qi * block_words(chip)
    head = memory[block + HEAD]
    given_up = t >= agent[DEADLINE]
    if head != memory[block + TAIL]:
        slot = np.int64(head) & (chip[CAPACITY] - 1)
        agent[VALUE] = memory[block + HEADER_WORDS + slot]
        memory[block + HEAD] = np.int32(head + 1)
        agent[ROUSE_AT] = t
    elif memory[block + CLOSED] or given_up:
        agent[VALUE] = chip[PAD]
        agent[POP_TIMEOUTS] += not memory[block + CLOSED]
        tally[0] += 1
    else:
        wake[0] = agent[DEADLINE]
        return STALL
    agent[CLOCK] = t + 1
    return DONE


@part
def device_push(chip: Any, agent: Any, memory: Any, qi: Any, wake: Any) -> Any:
    """Push one item for a source, or drop it when the wait is too long."""
    t = agent[CLOCK]
    block = qi * block_words(chip)
    tail = memory[block + TAIL]
    used = np.uint32(np.int64(tail) - np.int64(memory[block + HEAD]))
    if used < np.uint32(chip[CAPACITY]):
        slot = np.int64(tail) & (chip[CAPACITY] - 1)
        memory[block + HEADER_WORDS + slot] = np.int32(agent[VALUE])
        memory[block + TAIL] = np.int32(tail + 1)
        agent[ROUSE_AT] = t
    elif t >= agent[DEADLINE]:
        agent[PUSH_TIMEOUTS] += 1
    else:
        wake[0] = agent[DEADLINE]
        return STALL
    agent[CLOCK] = t + 1
    return DONE


@part
def wait(agent: Any, wake: Any) -> Any:
    """Answer a guest that waits for an event: 1 when there was one, 0 when it took too long."""
    t = agent[CLOCK]
    if agent[EVENT]:
        agent[EVENT] = 0
        agent[VALUE] = 1
    elif t >= agent[DEADLINE]:
        agent[VALUE] = 0
        agent[POP_TIMEOUTS] += 1
    else:
        wake[0] = agent[DEADLINE]
        return STALL
    agent[CLOCK] = t + 1
    return DONE


@part
def access(chip: Any, agent: Any, s: Any, memory: Any) -> None:
    """Do the guest's load (into s[VALUE]) or store (of s[VALUE]) of 1, 2 or 4 bytes."""
    offset = s[STOP_ADDRESS] - s[SHARED_BASE]
    word, shift = offset >> 2, (offset & 3) * 8
    bits = np.uint32((1 << (8 * s[WIDTH])) - 1)
    old = np.uint32(memory[word])
    if agent[VALUE] == SHARED_LOAD:
        value = np.int64((old >> np.uint32(shift)) & bits)
        top = np.int64(1) << (8 * s[WIDTH] - 1)
        if (s[SIGNED] or s[WIDTH] == 4) and value & top:
            value -= top << 1
        s[STORED] = value
    else:
        keep = old & ~np.uint32(bits << np.uint32(shift))
        new = (np.uint32(np.int32(s[STORED])) & bits) << np.uint32(shift)
        memory[word] = np.int32(keep | new)
        if word % block_words(chip) <= CLOSED:
            agent[QUEUE] = word // block_words(chip)
            agent[ROUSE_AT] = agent[CLOCK]
    agent[SHARED_ACCESSES] += 1
    agent[CLOCK] += chip[SHARED_LATENCY]
