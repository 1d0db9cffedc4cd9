# SPDX-License-Identifier: Apache-2.0
"""What can be asked of a run of traffic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from guardlane.cite import chosen, measured
from guardlane.config import NotIdentity, Settings
from guardlane.noc.patterns import PATTERNS
from guardlane.noc.presets import PRESETS
from guardlane.noc.routings import ROUTINGS
from guardlane.noc.traffic import MOST_SIZE

Name = Literal["m8", "m16", "t8", "lat88", "lat88u"]


class TrafficConfig(Settings):
    """A network, and what its nodes send."""

    preset: Annotated[
        Name,
        measured(
            "network, router, traffic and length of the run: " + ", ".join(PRESETS),
            unit="name",
            ref="booksim2",
            place="defaults of booksim_config.cpp, examples/mesh88_lat",
            why="results of BookSim2 are at hand for each",
        ),
    ] = "m8"
    traffic: Annotated[
        str | None,
        chosen(
            "where packets go: " + ", ".join(PATTERNS),
            unit="name",
            why="without, as the preset has it",
        ),
    ] = None
    rate: Annotated[
        float,
        Field(gt=0, le=1),
        chosen(
            "packets that a node makes each cycle",
            unit="packets/node/cycle",
            why="a quarter of what the 8x8 mesh can take",
        ),
    ] = 0.1
    size: Annotated[
        int | None,
        Field(ge=1, le=MOST_SIZE),
        chosen("flits of a packet", unit="flits", why="without, as the preset has it"),
    ] = None
    reply_size: Annotated[
        int,
        Field(ge=0, le=MOST_SIZE),
        chosen(
            "flits of the reply to each packet, in VCs of their own; 0 for none",
            unit="flits",
            why="traffic goes one way, as BookSim2's does unless it is told otherwise",
        ),
    ] = 0
    hotspots: Annotated[
        str,
        chosen(
            "nodes that hotspot traffic goes to, as 0,7,56,63",
            unit="nodes",
            why="without, the corners of the grid",
        ),
    ] = ""
    mode: Annotated[
        Literal["exact", "fast"],
        chosen(
            "exact: BookSim2's random numbers, in its order; fast: gaps, each node on its own",
            unit="name",
            why="a number that can be checked against the reference comes first",
        ),
    ] = "exact"
    seed: Annotated[
        int,
        Field(ge=0),
        chosen("seed of the traffic", unit="1", why="BookSim2's own default"),
    ] = 0
    topology: Annotated[
        Path | None,
        NotIdentity,  # its content is identity, wherever it lies
        chosen(
            "network instead of the preset's: BookSim anynet, or GraphML by its ending",
            unit="file",
            why="without, the preset's; the router is the preset's in any case",
        ),
    ] = None
    routing: Annotated[
        str | None,
        chosen(
            "routing: " + ", ".join(ROUTINGS),
            unit="name",
            why="without, dimension-order, and up-down in a network from a file: it fits any",
        ),
    ] = None
    trace: Annotated[
        Path | None,
        NotIdentity,
        chosen(
            "packets instead of traffic and rate: CSV by its ending, or netrace",
            unit="file",
            why="without, synthetic traffic",
        ),
    ] = None
    flit_bytes: Annotated[
        int,
        Field(ge=1),
        chosen(
            "bytes of a flit, by which packets of a netrace are cut",
            unit="B",
            why="128 bits is the channel width of BookSim2's power model",
        ),
    ] = 16

    @field_validator("traffic")
    @classmethod
    def _known_traffic(cls, name: str | None) -> str | None:
        if name is not None and name not in PATTERNS:
            raise ValueError(f"must be one of {', '.join(PATTERNS)}, not {name!r}")
        return name

    @field_validator("routing")
    @classmethod
    def _known_routing(cls, name: str | None) -> str | None:
        if name is not None and name not in ROUTINGS:
            raise ValueError(f"must be one of {', '.join(ROUTINGS)}, not {name!r}")
        return name

    @field_validator("hotspots")
    @classmethod
    def _are_nodes(cls, text: str) -> str:
        if text and not all(part.isdecimal() and len(part) < 6 for part in text.split(",")):
            raise ValueError(f"must be nodes such as 0,7,56,63, not {text!r}")
        return text

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.hotspots and self.traffic != "hotspot":
            raise ValueError("hotspots are for traffic hotspot")
        if self.trace is not None and (self.traffic is not None or self.reply_size):
            raise ValueError("a trace says itself what is sent: no traffic and no reply-size")
        return self

    @property
    def hotspot_nodes(self) -> tuple[int, ...]:
        """Value of the nodes of `hotspots`."""
        return tuple(int(part) for part in self.hotspots.split(",")) if self.hotspots else ()
