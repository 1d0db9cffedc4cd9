# SPDX-License-Identifier: Apache-2.0
"""What can be asked of a recommender that is served: model, placement, requests, servers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from guardlane.cite import assumed, chosen, related
from guardlane.cluster.machine import Cluster
from guardlane.config import Settings
from guardlane.units import Bytes, Time
from guardlane_workloads.recommender.dlrm.arrivals import Arrivals
from guardlane_workloads.recommender.dlrm.placement import Strategy
from guardlane_workloads.recommender.dlrm.popularity_settings import FittedLaw, Popularity
from guardlane_workloads.recommender.dlrm.presets import PRESETS

MOST_REQUESTS = 1_000_000


class RecommenderConfig(Settings):
    """A recommendation model, where its tables live, what is asked of it, and who serves it."""

    model: Annotated[
        str,
        chosen(
            f"one of {', '.join(PRESETS)}; with a trace, only the name of its model",
            unit="name",
            why="the first of the paper's three, as reconstructed",
        ),
    ] = "drm1"
    sharding: Annotated[
        Strategy,
        chosen("how tables are dealt to shards", unit="name", why="the balance the paper names"),
    ] = "load-balanced"
    shards: Annotated[
        int,
        Field(ge=0, le=1024),
        chosen("servers that hold tables; singular has none", unit="servers", why="the most there"),
    ] = 8
    plan: Annotated[
        Path | None,
        chosen("a TorchRec sharding plan as JSON, instead", unit="file", why="none"),
    ] = None
    trace: Annotated[
        Path | None,
        chosen("tables and look-ups from a trace, .npz, instead", unit="file", why="none"),
    ] = None
    trace_dim: Annotated[
        int, Field(ge=1, le=4096), chosen("elements of its rows", unit="elements", why="as DRM's")
    ] = 32
    pooling: Annotated[
        float,
        Field(gt=0, le=1000),
        chosen(
            "times as many indices in each bag as the model has, dense layers as they are",
            unit="1",
            why="the model's own",
        ),
    ] = 1.0
    requests: Annotated[
        int,
        Field(ge=100, le=MOST_REQUESTS),
        chosen(
            "requests of a run",
            unit="requests",
            why="a P99 to about 1 % needs ten thousand; they take seconds",
        ),
    ] = 10_000
    seed: Annotated[
        int, Field(ge=0), chosen("seed of requests and arrivals", unit="1", why="any would do")
    ] = 1
    items: Annotated[
        int,
        Field(ge=1, le=100_000),
        assumed(
            "items of a request, the median",
            unit="items",
            why="not published; DeepRecSys' scripts have means of 165 and 256, MLPerf 100 to 700",
        ),
    ] = 150
    items_spread: Annotated[
        float,
        Field(ge=0, le=4),
        assumed("standard deviation of ln(items)", unit="1", why="a tail of some hundreds"),
    ] = 0.8
    items_least: Annotated[
        int, Field(ge=1), assumed("fewest items of a request", unit="items", why="a short list")
    ] = 8
    items_most: Annotated[
        int,
        Field(ge=1, le=1_000_000),
        related(
            "most items of a request",
            unit="items",
            ref="deeprecsys",
            place="the largest query of its load generator's scripts, 1024",
            why="rounded",
        ),
    ] = 1000
    batch: Annotated[
        int,
        Field(ge=1, le=1_000_000),
        assumed(
            "items of a batch; a request's batches run side by side",
            unit="items",
            why="not published; DeepRecSys splits into 32, and tunes 128 to 512",
        ),
    ] = 64
    skip_empty: Annotated[
        bool,
        assumed("leave out a call without look-ups", unit="flag", why="the caller has the indices"),
    ] = True
    arrivals: Annotated[
        Arrivals | None,
        chosen(
            "serial (one at a time), poisson, deeprecsys (whole milliseconds), or trace; by itself "
            "poisson with a rate, and serial without",
            unit="name",
            why="without queues, what remains is the overhead",
        ),
    ] = None
    rate: Annotated[
        float | None,
        chosen("requests a second, unless serial or from a file", unit="1/s", why="serial"),
    ] = None
    arrivals_file: Annotated[
        Path | None, chosen("arrival times in seconds, a line each", unit="file", why="none")
    ] = None
    jitter: Annotated[
        Time,
        assumed(
            "mean of what a link takes beyond its least, one way; exponential",
            unit="ps",
            why="a TCP round trip of 100 us in the middle has some 200 us or more at P99",
        ),
    ] = Time(15_000_000)
    popularity: Annotated[
        Popularity,
        chosen(
            "skewed: rows are as popular as the law says, or as in the trace; or uniform",
            unit="name",
            why="published traces are skewed",
        ),
    ] = "skewed"
    law: Annotated[
        FittedLaw, chosen("the law of skewed rows, without a trace", unit="table", why="its fields")
    ] = FittedLaw()
    server_memory: Annotated[
        Bytes,
        assumed(
            "memory of a server for tables",
            unit="B",
            why="the largest server of the paper, as recalled; each model fits into one",
        ),
    ] = Bytes(256 * 10**9)
    core: Annotated[
        Path | None,
        chosen(
            "a service table from guardlane run server-core --freeze",
            unit="file",
            why="without one, that of the default core",
        ),
    ] = None
    bound: Annotated[
        Time | None,
        chosen(
            "search the highest rate at which P99 keeps to this", unit="ps", why="takes ten runs"
        ),
    ] = None
    target_rate: Annotated[
        float,
        Field(gt=0, le=1e9),
        chosen("requests a second that servers are counted for", unit="1/s", why="a round number"),
    ] = 1000.0
    utilisation: Annotated[
        float,
        Field(gt=0, le=1),
        assumed("share of its cores that a server is loaded to", unit="1", why="room for tails"),
    ] = 0.5
    cluster: Annotated[Cluster, chosen("the servers", unit="table", why="see its fields")] = (
        Cluster()
    )

    @property
    def kind_of_arrivals(self) -> Arrivals:
        """Value of how requests come, where nothing else is said by whether there is a rate."""
        if self.arrivals is not None:
            return self.arrivals
        if self.arrivals_file is not None:
            return "trace"
        return "serial" if self.rate is None else "poisson"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.trace is None and self.model not in PRESETS:
            raise ValueError(f"model must be one of {', '.join(PRESETS)}, not {self.model!r}")
        if self.trace is not None and self.pooling != 1:
            raise ValueError(
                f"pooling must be 1 with a trace, whose bags are its own, not {self.pooling}"
            )
        arrivals = self.kind_of_arrivals
        if (arrivals == "trace") != (self.arrivals_file is not None):
            raise ValueError("arrivals trace and arrivals_file go together")
        if arrivals in ("serial", "trace") and self.rate is not None:
            raise ValueError(f"arrivals {arrivals} have no rate; take poisson")
        if arrivals in ("poisson", "deeprecsys") and not (self.rate and 0 < self.rate <= 1e9):
            raise ValueError(
                f"arrivals {arrivals} must have a rate above 0 and at most 1e9, not {self.rate}"
            )
        if self.cluster.shards:
            raise ValueError("cluster.shards follows from shards; it must be left out")
        if not self.items_least <= self.items <= self.items_most:
            raise ValueError(
                f"items must be from items_least to items_most, but {self.items} is not from "
                f"{self.items_least} to {self.items_most}"
            )
        return self
