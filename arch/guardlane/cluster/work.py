# SPDX-License-Identifier: Apache-2.0
"""What requests ask of a cluster, as plain arrays in picoseconds and bytes, and where they are from.

A request is: dense work before its calls, calls of some shards, dense work beside them, and dense
work after all have answered; with more than one round, what follows a round comes before the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError

Int64s = npt.NDArray[np.int64]
LARGEST = 1 << 53  # ps of one piece of work, 2.5 h
BOUNDS = {"arrivals": 1 << 61, "sent": 1 << 40, "returned": 1 << 40, "kind": 7}


@dataclass(frozen=True)
class Work:
    """The work of n requests over S shards in R rounds; all arrays are int64, C order.

    `arrivals` [n] in ps, never falling; `before` [R, n], `beside` [R, n] (or None for no such work)
    and `after` [n] are dense work in ps; `lookup` [R, S, n] is the time that a shard's cores look
    up and pool, `sent` and `returned` [R, S, n] are the bytes of a call and its answer. A shard of
    which `sent` is 0 is not called. `kind` [n], 0 first, orders requests where pools take by
    priority; None for one kind. `delay_out` and `delay_back` [R, S, n] are what a link takes beyond
    its least, in ps; None for nothing.
    """

    arrivals: Int64s
    before: Int64s
    after: Int64s
    lookup: Int64s
    sent: Int64s
    returned: Int64s
    beside: Int64s | None = None
    kind: Int64s | None = None
    delay_out: Int64s | None = None
    delay_back: Int64s | None = None

    def __len__(self) -> int:
        return len(self.arrivals)

    @property
    def rounds(self) -> int:
        """Value of the number of rounds of calls."""
        return int(self.before.shape[0])

    @property
    def shards(self) -> int:
        """Value of the number of shards."""
        return int(self.lookup.shape[1])

    def check(self) -> None:
        """Raise GuardlaneError that names the first array, request and number that are wrong."""
        count = len(self.arrivals)
        rounds = self.before.shape[0] if self.before.ndim == 2 else 1
        shards = self.lookup.shape[1] if self.lookup.ndim == 3 else 0
        due = {
            "arrivals": (count,),
            "before": (rounds, count),
            "beside": (rounds, count),
            "after": (count,),
            "lookup": (rounds, shards, count),
            "sent": (rounds, shards, count),
            "returned": (rounds, shards, count),
            "kind": (count,),
            "delay_out": (rounds, shards, count),
            "delay_back": (rounds, shards, count),
        }
        for name, shape in due.items():
            values = getattr(self, name)
            if values is None:
                continue
            if values.dtype != np.int64 or values.shape != shape:
                raise GuardlaneError(
                    f"{name} of a work must be int64{list(shape)}, "
                    f"not {values.dtype}{list(values.shape)}"
                )
            least = 1 if name == "beside" else 0
            _within(name, values, least, BOUNDS.get(name, LARGEST))
        falling = np.flatnonzero(np.diff(self.arrivals) < 0)
        if len(falling):
            request = int(falling[0]) + 1
            raise GuardlaneError(
                f"arrivals of a work must not fall, but request {request} comes at "
                f"{self.arrivals[request]} ps, after {self.arrivals[request - 1]}"
            )

    def slice(self, first: int, last: int) -> Work:
        """Value of the work of requests `first` to `last` - 1, as contiguous arrays."""
        return Work(
            **{
                one.name: None
                if (values := getattr(self, one.name)) is None
                else np.ascontiguousarray(values[..., first:last])
                for one in fields(self)
            }
        )


def _within(name: str, values: Int64s, least: int, most: int) -> None:
    """Raise GuardlaneError for the first value outside."""
    if not values.size:
        return
    lowest, highest = int(values.min()), int(values.max())
    if lowest >= least and highest <= most:
        return
    worst = lowest if lowest < least else highest
    request = int(np.argwhere(values == worst)[0][-1])
    bound = f"{least} or more" if worst < least else f"{most} or less"
    raise GuardlaneError(f"{name} of request {request} must be {bound}, not {worst}")


class Source(Protocol):
    """Where work comes from, in pieces: the same work whatever the pieces."""

    def pieces(self) -> Iterator[Work]:
        """Yield works of one request or more, in the order of arrival."""
        ...


@dataclass(frozen=True)
class Pieces:
    """A work that is there as a whole, in pieces of `size` requests."""

    work: Work
    size: int = 1 << 13

    def pieces(self) -> Iterator[Work]:
        """Yield the pieces; raises GuardlaneError for pieces of no request."""
        if self.size < 1:
            raise GuardlaneError(f"a piece of a work must be 1 request or more, not {self.size}")
        for first in range(0, len(self.work), self.size):
            yield self.work.slice(first, first + self.size)
