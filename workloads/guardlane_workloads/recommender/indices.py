# SPDX-License-Identifier: Apache-2.0
"""Streams of embedding indices: bags whose rows are as unevenly popular as in production traces.

The popularity of a table's rows is a Zipf-Mandelbrot law, p_k ~ (k + q)^-alpha for the k-th most
popular of them, k from 1; tables differ in rows, alpha and pooling factor as a mixture says. A
seeded permutation scatters the popular rows over the table. Draws are independent of one another:
how soon a row comes again follows from its popularity alone.

Ranks are drawn exactly, as integers of 53 bits among integer thresholds, so that the law has no
other error than the rounding of each cumulated probability to 2^-53. Equal arguments give equal
streams, and more requests only append to a stream.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.seeds import stream

BITS = 53  # of a draw: all that a float64 probability resolves
MOST_ROWS = 1 << 31  # an index is an int32

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Popularity:
    """How one table is used: its rows, the law of their popularity, mean indices of a bag."""

    rows: int
    alpha: float
    q: float
    pooling_factor: float


@dataclass(frozen=True)
class Mixture:
    """How tables differ: a normal alpha, log-normal rows and pooling factors, one q.

    `rows` is the median over tables, `alpha` and `pooling_factor` are means; the spreads are the
    standard deviations of ln(rows), of alpha and of ln(pooling factor).
    """

    rows: int
    rows_spread: float
    alpha: float
    alpha_spread: float
    q: float
    pooling_factor: float
    pooling_spread: float

    def table(self, number: int, seed: int) -> Popularity:
        """Draw table `number`, whatever other tables there are; raises GuardlaneError if too large.

        Digits past those that matter are dropped, lest a machine's last bit of exp show.
        """
        rows, alpha, factor = stream(seed, "indices", "mixture", number).standard_normal(3)
        drawn = self.rows * math.exp(self.rows_spread * rows)
        if drawn >= MOST_ROWS:
            raise GuardlaneError(
                f"table {number} would have {drawn:.4g} rows, and an index tells "
                f"{MOST_ROWS:,} apart"
            )
        return Popularity(
            rows=max(1, round(drawn)),
            alpha=max(0.0, round(self.alpha + self.alpha_spread * float(alpha), 4)),
            q=self.q,
            pooling_factor=round(
                self.pooling_factor
                * math.exp(self.pooling_spread * factor - self.pooling_spread**2 / 2),
                4,
            ),
        )


@dataclass(frozen=True, eq=False)
class Bags:
    """The indices of one table: `lengths` int64[requests], `indices` int32[sum of lengths]."""

    lengths: Int64s
    indices: Int32s

    def split(self) -> list[Int32s]:
        """Value of the bags one by one."""
        return np.split(self.indices, np.cumsum(self.lengths)[:-1])


def thresholds(rows: int, alpha: float, q: float) -> Int64s:
    """Value of the cumulated popularity of ranks 1 to `rows`, int64[rows], in parts of 2^53."""
    cumulated = np.cumsum((np.arange(1, rows + 1) + q) ** -alpha)
    found: Int64s = np.rint(cumulated / cumulated[-1] * (1 << BITS)).astype(np.int64)
    return found


def places(law: Int64s, draws: Int64s) -> Int64s:
    """Value of the place among the ranks, from 0, of each draw from 0 to 2^53 - 1."""
    return np.searchsorted(law, draws, side="right")


def bags(popularity: Popularity, requests: int, seed: int, number: int) -> Bags:
    """Draw a bag of table `number` for each request; its length is Poisson-distributed."""
    lengths = stream(seed, "indices", "lengths", number).poisson(
        popularity.pooling_factor, requests
    )
    draws = stream(seed, "indices", "ranks", number).integers(0, 1 << BITS, lengths.sum())
    law = thresholds(popularity.rows, popularity.alpha, popularity.q)
    scattered = stream(seed, "indices", "rows", number).permutation(popularity.rows)
    return Bags(lengths.astype(np.int64), scattered[places(law, draws)].astype(np.int32))
