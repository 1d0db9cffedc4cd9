# SPDX-License-Identifier: Apache-2.0
"""Requests of drawn times, piece by piece: what theory has answers for, and what speed is told by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from guardlane.cluster import draws
from guardlane.cluster.work import Work
from guardlane.errors import GuardlaneError

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Times:
    """Times of `mean` ps: all the same, exponential, or log-normal with `sigma`.

    Raises GuardlaneError for a mean below 0 ps (1 ps, if it is drawn), and for a law that there is
    not.
    """

    mean: float
    law: Literal["constant", "exponential", "lognormal"] = "constant"
    sigma: float = 1.0

    def __post_init__(self) -> None:
        if self.law not in ("constant", "exponential", "lognormal"):
            raise GuardlaneError(
                f"law of times must be one of constant, exponential, lognormal, not {self.law!r}"
            )
        least = 0 if self.law == "constant" else 1
        if not least <= self.mean <= 1 << 50:
            raise GuardlaneError(
                f"mean of {self.law} times must be {least} to {1 << 50} ps, not {self.mean:g}"
            )

    def draw(self, seed: int, name: str, first: int, count: int, shards: int = 1) -> Int64s:
        """Draw the times of requests `first` to `first` + `count` - 1: int64[shards, count], ps."""
        if self.law == "exponential":
            return draws.exponential(seed, name, self.mean, first, count, shards)
        if self.law == "lognormal":
            median = self.mean / float(np.exp(self.sigma**2 / 2))
            return draws.lognormal(seed, name, median, self.sigma, first, count, shards)
        return np.full((shards, count), round(self.mean), np.int64)


@dataclass(frozen=True)
class Arrivals:
    """Poisson arrivals of `rate` requests a second, or, with `gaps` constant, evenly spaced ones."""

    rate: float
    gaps: Literal["exponential", "constant"] = "exponential"

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 1e12:
            raise GuardlaneError(
                f"rate of arrivals must be more than 0 and 1e12 a second at most, not {self.rate:g}"
            )

    def draw(self, seed: int, first: int, count: int, after: int) -> Int64s:
        """Draw the arrivals of requests from `first` on, the one before having come at `after`."""
        gaps = Times(1e12 / self.rate, self.gaps).draw(seed, "gap", first, count)[0]
        arrivals: Int64s = after + np.cumsum(gaps)
        return arrivals


@dataclass(frozen=True)
class Synthetic:
    """A source of `requests` with drawn times over `shards` shards, all called, in one round.

    `piece` requests are drawn at a time, None for some 64 Ki calls; the work does not depend on it.
    """

    seed: int
    requests: int
    arrivals: Arrivals
    shards: int
    before: Times
    lookup: Times
    after: Times
    beside: Times | None = None
    sent: int = 1024
    returned: int = 4096
    piece: int | None = None

    def __post_init__(self) -> None:
        for name in ("requests", "piece"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise GuardlaneError(f"{name} of a source must be 1 or more, not {value}")
        for name in ("shards", "sent", "returned"):
            if getattr(self, name) < 0:
                raise GuardlaneError(
                    f"{name} of a source must be 0 or more, not {getattr(self, name)}"
                )

    def pieces(self) -> Iterator[Work]:
        """Yield the works of the pieces, in the order of arrival."""
        size = self.piece or max(256, (1 << 16) // max(1, self.shards))
        came = 0
        for first in range(0, self.requests, size):
            count = min(size, self.requests - first)
            place = (self.seed, first, count)
            arrivals = self.arrivals.draw(*place, came)
            came = int(arrivals[-1])
            shape = (1, self.shards, count)
            yield Work(
                arrivals=arrivals,
                before=self._times("before", self.before, first, count),
                after=self._times("after", self.after, first, count)[0],
                beside=None
                if self.beside is None
                else self._times("beside", self.beside, first, count),
                lookup=self._times("lookup", self.lookup, first, count, self.shards)[None],
                sent=np.full(shape, self.sent, np.int64),
                returned=np.full(shape, self.returned, np.int64),
            )

    def _times(self, name: str, times: Times, first: int, count: int, shards: int = 1) -> Int64s:
        return times.draw(self.seed, name, first, count, shards)
