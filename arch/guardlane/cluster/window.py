# SPDX-License-Identifier: Apache-2.0
"""The requests that are under way: a window over all of them that moves on as they end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.cluster.work import Work
from guardlane.errors import GuardlaneError
from guardlane.kernel import kernel

Int64s = npt.NDArray[np.int64]
UNDER_WAY = -1  # the end of a request that has not ended
MOST_UNDER_WAY = 1 << 22  # requests; so many are an overload that nobody should wait for


@kernel
def tally(sent: Any, returned: Any, first: Any, last: Any, calls: Any, out: Any, back: Any) -> None:
    """Count calls and their bytes for the requests `first` to `last` - 1: [R, S, .] to [R, .]."""
    for turn in range(sent.shape[0]):
        for index in range(first, last):
            calls[turn, index] = out[turn, index] = back[turn, index] = 0
        for shard in range(sent.shape[1]):
            for index in range(first, last):
                if sent[turn, shard, index] > 0:
                    calls[turn, index] += 1
                    out[turn, index] += sent[turn, shard, index]
                    back[turn, index] += returned[turn, shard, index]


@kernel
def ended(ends: Any, live: Any) -> Any:
    """Value of how many requests at the front of the window have ended."""
    count = 0
    while count < live and ends[count] >= 0:
        count += 1
    return count


class Window:
    """Arrays over the requests `base` to `base` + `live` - 1, request i at index i - `base`.

    They are a work's own, and, all int64: `calls`, `out_bytes` and `back_bytes` [R, .] of a round,
    `leg` [R, .] (what a round waited for, see columns), `incast` [R, .] (what the answer it waited
    for waited at the main server's port), `ends` [.] in ps, and
    `legs` and `waiting` [.], which an engine counts down; `more` are arrays of an engine's own, by
    name and the sizes of what is there for each request, and of a work's that few clusters need.
    """

    def __init__(
        self, rounds: int, shards: int, more: Mapping[str, tuple[int, ...]] | None = None
    ) -> None:
        self.base = 0
        self.live = 0
        self.rounds, self.shards = rounds, shards
        self.has_beside = False
        self._shapes: dict[str, tuple[int, ...]] = {
            "arrivals": (),
            "after": (),
            "kind": (),
            "ends": (),
            "legs": (),
            "waiting": (),
            **dict.fromkeys(("before", "beside", "calls", "out_bytes", "back_bytes"), (rounds,)),
            **dict.fromkeys(("leg", "incast"), (rounds,)),
            **dict.fromkeys(("lookup", "sent", "returned"), (rounds, shards)),
            **(more or {}),
        }
        self.arrays: dict[str, Int64s] = {
            name: np.zeros((*shape, 0), np.int64) for name, shape in self._shapes.items()
        }

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["arrays"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def capacity(self) -> int:
        """Value of the requests that the arrays have room for."""
        return int(self.arrays["ends"].shape[0])

    def extend(self, work: Work) -> None:
        """Take in the next requests; raises GuardlaneError if they do not go on from the last."""
        work.check()
        if (work.rounds, work.shards) != (self.rounds, self.shards):
            raise GuardlaneError(
                f"a work must have {self.rounds} rounds and {self.shards} shards as the cluster "
                f"has, not {work.rounds} and {work.shards}"
            )
        first, last = self.live, self.live + len(work)
        if self.base + first and (work.beside is not None) != self.has_beside:
            raise GuardlaneError("beside must be there in every piece of a work, or in none")
        if len(work) and first and work.arrivals[0] < self.arrivals[first - 1]:
            raise GuardlaneError(
                f"arrivals of a work must not fall, but request {self.base + first} comes at "
                f"{work.arrivals[0]} ps, after {self.arrivals[first - 1]}"
            )
        if last > MOST_UNDER_WAY:
            raise GuardlaneError(
                f"more than {MOST_UNDER_WAY:,} requests are under way: the cluster is overloaded"
            )
        if last > self.capacity:
            self._grow(last)
        self.has_beside = work.beside is not None
        for name, array in self.arrays.items():
            values = getattr(work, name, None)
            array[..., first:last] = 0 if values is None else values
        self.ends[first:last] = UNDER_WAY
        tally(self.sent, self.returned, first, last, self.calls, self.out_bytes, self.back_bytes)
        self.live = last

    def retire(self, count: int) -> None:
        """Leave the first `count` requests behind."""
        for values in self.arrays.values():
            values[..., : self.live - count] = values[..., count : self.live]
        self.base += count
        self.live -= count

    def _grow(self, least: int) -> None:
        room = 1 << (least - 1).bit_length()
        for name, shape in self._shapes.items():
            larger = np.zeros((*shape, room), np.int64)
            larger[..., : self.live] = self.arrays[name][..., : self.live]
            self.arrays[name] = larger
