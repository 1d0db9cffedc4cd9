# SPDX-License-Identifier: Apache-2.0
"""A trace: packets in the order of their cycles, and which of them wait for which to arrive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.noc.topology import MOST_NODES

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
MOST_PACKETS = 1 << 22
MOST_FLITS = 1 << 16  # of one packet


class TraceError(GuardlaneError):
    """A trace that cannot be read, with its line or byte."""


@dataclass(frozen=True, eq=False)
class Trace:
    """Packets: p has an entry in `cycle` int64 and in `source`, `destination`, `flits` int32.

    `cycle` never falls: it is the first cycle in which p may be injected. Moreover p waits until
    all packets that list it have arrived; `dependents[first[p]:first[p + 1]]`, int32 with int64
    `first` of one more entry than packets, are those that wait for p. All of them come after p,
    so a replay always ends. `nodes`: sources and destinations are below it.
    """

    name: str
    nodes: int
    cycle: Longs
    source: Ints
    destination: Ints
    flits: Ints
    first: Longs
    dependents: Ints

    def __post_init__(self) -> None:
        if not 1 <= self.nodes <= MOST_NODES:
            raise TraceError(
                f"{self.name}: nodes must number 1 to {MOST_NODES:,}, not {self.nodes}"
            )
        if not 1 <= len(self) <= MOST_PACKETS:
            raise TraceError(
                f"{self.name}: packets must number 1 to {MOST_PACKETS:,}, not {len(self)}"
            )
        self._refuse(self.cycle < 0, "is of a cycle below 0")
        self._refuse(
            np.diff(self.cycle, prepend=0) < 0, "is of an earlier cycle than the one before"
        )
        self._refuse(
            (self.flits < 1) | (self.flits > MOST_FLITS), f"must have 1 to {MOST_FLITS:,} flits"
        )
        for what, node in (("source", self.source), ("destination", self.destination)):
            self._refuse(
                (node < 0) | (node >= self.nodes), f"has a {what} that is not below {self.nodes}"
            )
        owner = np.repeat(np.arange(len(self)), np.diff(self.first))
        wrong = (self.dependents <= owner) | (self.dependents >= len(self))
        self._refuse(
            np.isin(np.arange(len(self)), owner[wrong]), "has a dependent that is no later packet"
        )

    def __len__(self) -> int:
        return len(self.cycle)

    def waits(self) -> Ints:
        """Value of how many arrivals each packet waits for, int32[packets]."""
        return np.bincount(self.dependents, minlength=len(self)).astype(np.int32)

    def from_zero(self) -> Trace:
        """Value of this trace moved so that its first packet is of cycle 0."""
        return Trace(
            self.name,
            self.nodes,
            self.cycle - self.cycle[0],
            self.source,
            self.destination,
            self.flits,
            self.first,
            self.dependents,
        )

    def _refuse(self, wrong: npt.NDArray[np.bool_], what: str) -> None:
        if np.any(wrong):
            raise TraceError(f"{self.name}: packet {int(np.argmax(wrong))} {what}")


def independent(
    name: str, nodes: int, cycle: Longs, source: Ints, destination: Ints, flits: Ints
) -> Trace:
    """Build a trace whose packets wait for their cycle only."""
    first = np.zeros(len(cycle) + 1, np.int64)
    return Trace(name, nodes, cycle, source, destination, flits, first, np.zeros(0, np.int32))
