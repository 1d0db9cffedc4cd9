# SPDX-License-Identifier: Apache-2.0
"""The columns of what a message costs a server, in picoseconds; a `_BYTE` is times its bytes."""

from __future__ import annotations

WIRE, WIRE_BYTE = 0, 1  # of the port, each way
LINK = 2  # from a main server's port to this one's, and back
SERVICE = 3  # of a core, for each call
SEND, SEND_BYTE = 4, 5  # of a core: serialise and hand to the kernel
RECEIVE, RECEIVE_BYTE = 6, 7  # of a core: take from the kernel and deserialise
KERNEL, KERNEL_BYTE = 8, 9  # what of either is the kernel's
COSTS = 10

NEVER = 1 << 62  # a time that does not come

# What a round waited for: shard s, S + s for a copy of its call, or
BESIDE, DEADLINE = -1, -2
