# SPDX-License-Identifier: Apache-2.0
"""Ports of a core that has no neighbours: arrays of items to pop, arrays that grow with pushes.

The interpreter pops and pushes by itself, through rings over a window of each port. It stops where
a window is used up, and at every port once a miscount is due at one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.core.compute import MISCOUNT, MISCOUNT_PORT
from guardlane.errors import GuardlaneError
from guardlane.faults import EXTRA_POP, EXTRA_PUSH, MISSING_POP, MISSING_PUSH
from guardlane.isa import ops, state
from guardlane.isa.rings import RING_LIMIT, RING_NEXT, RING_OFFSET, RING_WIDTH

WINDOW = 4096  # items of a port that are lent at a time
MOST_PUSHED = 1 << 26  # items of all ports: 256 MiB, more than which a program seldom means
POPS, PUSHES = 0, 1  # sides of the rings

Int32s = npt.NDArray[np.int32]


class Lanes:
    """The ports that a text names, what is to be popped and what has been pushed.

    `rows` int32[n, ROW_WIDTH] are the text; `inputs` are int32 items by the number of a port.
    `rings`, `words`, `kinds` and `times` are what the interpreter takes.
    """

    def __init__(self, rows: Int32s, inputs: Mapping[int, Int32s]) -> None:
        used = (_ports(rows, ops.POP, ops.FPOP), _ports(rows, ops.PUSH, ops.FPUSH))
        for port in inputs:
            if not 0 <= port < state.PORTS:
                raise GuardlaneError(f"ports are numbered 0 to {state.PORTS - 1}, not {port}")
        count = 1 + max((*used[POPS], *used[PUSHES]), default=0)
        self.rings = np.zeros((2, count, RING_WIDTH), np.int64)
        self.words = np.zeros(WINDOW * sum(map(len, used)), np.int64)
        self.kinds = np.zeros(self.words.size, np.uint8)
        self.times = np.zeros(self.words.size, np.int64)
        self._inputs = {port: inputs.get(port, np.zeros(0, np.int32)) for port in used[POPS]}
        lanes = [(side, port) for side in (POPS, PUSHES) for port in used[side]]
        self._slots = {lane: WINDOW * number for number, lane in enumerate(lanes)}
        self._first = dict.fromkeys(lanes, 0)  # number of the first item in the window
        self._pushed: dict[int, list[Int32s]] = {port: [] for port in used[PUSHES]}

    def serve(self, stop: int, s: Any, plan: Any) -> bool:
        """Lend more to the port that stopped; False when nothing is left to pop, or to push to.

        MOST_PUSHED is looked at here, so up to a window of each port may come on top. A miscount in
        `plan` that is due at this port is first made to happen; a missing pop or push must have
        been looked for with `missing`.
        """
        port = int(s[state.PORT])
        is_pop = stop == state.POP
        ring = self.rings[POPS if is_pop else PUSHES, port]
        kind = EXTRA_POP if is_pop else EXTRA_PUSH
        extra = plan[MISCOUNT] == kind and plan[MISCOUNT_PORT] == port
        if extra:
            plan[MISCOUNT] = 0
        if is_pop:
            items = self._inputs[port]
            ring[RING_NEXT] += int(extra)  # the item popped first is lost
            first = int(ring[RING_NEXT])
            if first >= len(items):
                ring[RING_NEXT] = len(items)
                return False
            lent = items[first : first + WINDOW]
            slot = self._slots[POPS, port]
            self.words[slot : slot + len(lent)] = lent
            ring[RING_OFFSET], ring[RING_LIMIT] = slot - first, first + len(lent)
            return True
        self._take(port)
        if self.rings[PUSHES, :, RING_NEXT].sum() >= MOST_PUSHED:
            return False
        if extra:
            self._pushed[port].append(np.array([s[state.VALUE]], np.int32))
            ring[RING_NEXT] += 1
            self._first[PUSHES, port] += 1
        first = int(ring[RING_NEXT])
        ring[RING_OFFSET] = self._slots[PUSHES, port] - first
        ring[RING_LIMIT] = first + WINDOW
        return True

    def missing(self, stop: int, s: Any, plan: Any) -> bool:
        """Whether this pop or push is to be left out; the miscount is then over."""
        kind = MISSING_POP if stop == state.POP else MISSING_PUSH
        found = plan[MISCOUNT] == kind and plan[MISCOUNT_PORT] == s[state.PORT]
        if found:
            plan[MISCOUNT] = 0
        return bool(found)

    def popped(self) -> int:
        """Value of the items that have been popped, over all ports."""
        return int(self.rings[POPS, :, RING_NEXT].sum())

    def outputs(self) -> dict[int, Int32s]:
        """Value of the items pushed to each port that the text names, int32[n]."""
        for port in self._pushed:
            self._take(port)
        empty = np.zeros(0, np.int32)
        return {port: np.concatenate([empty, *parts]) for port, parts in self._pushed.items()}

    def _take(self, port: int) -> None:
        """Take what lies in the window of an out-port."""
        slot, first = self._slots[PUSHES, port], self._first[PUSHES, port]
        last = int(self.rings[PUSHES, port, RING_NEXT])
        if last > first:
            self._pushed[port].append(self.words[slot : slot + last - first].astype(np.int32))
            self._first[PUSHES, port] = last
            self.rings[PUSHES, port, RING_OFFSET] = slot - last
            self.rings[PUSHES, port, RING_LIMIT] = last


def _ports(rows: Int32s, *wanted: int) -> list[int]:
    """Value of the ports that instructions of these operations name."""
    found = rows[np.isin(rows[:, state.OP], wanted), state.IMM]
    return [int(port) for port in np.unique(found)]
