# SPDX-License-Identifier: Apache-2.0
"""What can be asked of the look-ups: tables, rows and their format, requests, and how it is run."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from guardlane.cite import assumed, chosen, related
from guardlane_workloads.recommender.graph import Sharding
from guardlane_workloads.recommender.indices import Mixture
from guardlane_workloads.recommender.kernels import MOST_CORES, MOST_DIM
from guardlane_workloads.recommender.pooling import Pooling
from guardlane_workloads.recommender.rows import Format
from guardlane_workloads.streams.common import StreamConfig

_TRACES = "dlrm-datasets"
_STATISTICS = "locality_stats.txt of 2021, block fbgemm_t856_bs65536"
_FIT = (
    "fitted to both histograms of that file; 856 tables of the mixture keep within 0.04 of them "
    "(Kolmogorov-Smirnov), one Zipf law for all tables within 0.10"
)


def fitted(sentence: str, unit: str = "1") -> Any:
    """Cite a number of the fit to the published histograms."""
    return related(sentence, unit=unit, ref=_TRACES, place=_STATISTICS, why=_FIT)


class LookupConfig(StreamConfig):
    """Embedding tables, the requests that look rows up, and how the look-ups are run."""

    tables: Annotated[
        int,
        Field(ge=1, le=4096),
        related(
            "embedding tables, each looked up once a request",
            unit="tables",
            ref="deeprecsys",
            place="models/configs/dlrm_rm1.json",
        ),
    ] = 8
    rows: Annotated[
        int,
        Field(ge=1, le=1 << 24),
        assumed(
            "rows of a table, the median",
            unit="rows",
            why="0.1 M to 0.2 M are effective in the traces; fewer let tables be made at once, and "
            "without caches their number changes no cycle",
        ),
    ] = 2000
    rows_spread: Annotated[
        float,
        Field(ge=0, le=4),
        fitted("standard deviation of ln(rows) over tables; 0 makes all alike"),
    ] = 1.25
    dim: Annotated[
        int,
        Field(ge=1, le=MOST_DIM),
        related(
            "elements of a row",
            unit="elements",
            ref="deeprecsys",
            place="models/configs/dlrm_rm1.json",
        ),
    ] = 32
    format: Annotated[
        Format,
        chosen(
            "rows of floats, or of bytes with a scale and a bias at their end",
            unit="name",
            why="tables are trained in fp32; int8 is what is served where memory is short",
        ),
    ] = "fp32"
    pooling: Annotated[
        Pooling,
        chosen("how the rows of a bag become one vector", unit="name", why="SparseLengthsSum"),
    ] = "sum"
    pooling_factor: Annotated[
        float,
        Field(ge=0, le=10_000),
        related(
            "indices of a bag, the mean over tables",
            unit="indices",
            ref=_TRACES,
            place="locality_stats.txt of 2021: indices over tables and batch, 8.3 to 15.8",
            why="a round number of that span",
        ),
    ] = 10.0
    pooling_spread: Annotated[
        float,
        Field(ge=0, le=3),
        fitted("standard deviation of ln(pooling factor) over tables; 0 makes all alike"),
    ] = 0.46
    alpha: Annotated[
        float,
        Field(ge=0, le=4),
        fitted("exponent of the popularity (k + q)^-alpha of rows, the mean over tables"),
    ] = 0.88
    alpha_spread: Annotated[
        float,
        Field(ge=0, le=2),
        fitted("standard deviation of alpha over tables; 0 makes all alike"),
    ] = 0.23
    q: Annotated[
        float,
        Field(ge=0, le=1_000_000),
        fitted("shift q of the popularity (k + q)^-alpha of rows", unit="ranks"),
    ] = 8.1
    requests: Annotated[
        int,
        Field(ge=1, le=1 << 20),
        assumed(
            "requests of the run; each is a steady state",
            unit="requests",
            why="5 M instructions on one core, ten flips at the default rate, of which some two "
            "reach an answer",
        ),
    ] = 256
    index_seed: Annotated[
        int,
        Field(ge=0),
        chosen("seed of tables' shapes and of the indices", unit="1", why="any would do"),
    ] = 1
    cores: Annotated[
        int,
        Field(ge=1, le=MOST_CORES),
        assumed(
            "cores that hold tables; with more than one, another one joins their vectors",
            unit="cores",
            why="the smallest chip; two and more show what a join does to an error",
        ),
    ] = 1
    sharding: Annotated[
        Sharding,
        chosen(
            "which core gets a table: the one with the fewest bytes so far, or the next in turn",
            unit="name",
            why="memory is what a table needs most of",
        ),
    ] = "balanced"

    @model_validator(mode="after")
    def _fits_together(self) -> LookupConfig:
        if self.cores > self.tables:
            raise ValueError(
                f"{self.cores} cores need a table each, and there are {self.tables} tables"
            )
        if self.format == "int8" and self.dim % 4:
            raise ValueError(
                f"an int8 row holds whole words of 4 elements, so dim is not {self.dim}"
            )
        return self

    def mixture(self) -> Mixture:
        """Value of how the tables differ."""
        return Mixture(
            rows=self.rows,
            rows_spread=self.rows_spread,
            alpha=self.alpha,
            alpha_spread=self.alpha_spread,
            q=self.q,
            pooling_factor=self.pooling_factor,
            pooling_spread=self.pooling_spread,
        )
