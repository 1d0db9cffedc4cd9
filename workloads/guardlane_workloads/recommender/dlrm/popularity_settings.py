# SPDX-License-Identifier: Apache-2.0
"""The numbers of the law by which rows of served tables are popular, and where they are from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from guardlane.cite import chosen
from guardlane.config import Settings
from guardlane_workloads.recommender.indices import Mixture
from guardlane_workloads.recommender.settings import fitted

Popularity = Literal["skewed", "uniform"]


class FittedLaw(Settings):
    """A Zipf-Mandelbrot law a table, (k + q)^-alpha, as the mixture of look-ups on a chip has it.

    `rows` are those that are looked up at all; more of a table are never asked for.
    """

    rows: Annotated[
        int,
        Field(ge=1, le=1 << 30),
        fitted("rows of a table that are looked up, the median", unit="rows"),
    ] = 190_000
    rows_spread: Annotated[
        float, Field(ge=0, le=4), fitted("standard deviation of ln(rows) over tables")
    ] = 1.25
    alpha: Annotated[float, Field(ge=0, le=4), fitted("exponent, the mean over tables")] = 0.88
    alpha_spread: Annotated[
        float, Field(ge=0, le=2), fitted("standard deviation of alpha over tables")
    ] = 0.23
    q: Annotated[float, Field(ge=0, le=1_000_000), fitted("shift q of the ranks", unit="ranks")] = (
        8.1
    )
    seed: Annotated[
        int, Field(ge=0), chosen("seed of the tables' laws", unit="1", why="any would do")
    ] = 1

    def mixture(self) -> Mixture:
        """Value of how tables differ; pooling factors are the models' own."""
        return Mixture(self.rows, self.rows_spread, self.alpha, self.alpha_spread, self.q, 1.0, 0.0)
