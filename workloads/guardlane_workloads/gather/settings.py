# SPDX-License-Identifier: Apache-2.0
"""What can be asked of a gather."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from guardlane.cite import assumed, chosen, related
from guardlane.config import NotIdentity, Settings
from guardlane.memory.dram.channel import MOST_OUTSTANDING, MOST_WINDOW
from guardlane.memory.dram.timing import known_grade
from guardlane.memory.rows import LARGEST_VECTOR
from guardlane.units import Bytes, Count, Time

MOST_VECTORS = 10_000_000
LONGEST_ON_CHIP = Time(100_000_000)  # 100 us


class GatherConfig(Settings):
    """Vectors, how many lines of them are asked for at once, and the memory they lie in."""

    dram: Annotated[
        str,
        chosen("speed grade of the DRAM", unit="name", why="servers of the modelled years had it"),
    ] = "DDR4-2400"
    vector_bytes: Annotated[
        int,
        Field(ge=1, le=LARGEST_VECTOR),
        chosen("size of a row", unit="bytes", why="32 floats, as in DeepRecSys' RM1"),
    ] = 128
    outstanding: Annotated[
        int,
        Field(ge=1, le=MOST_OUTSTANDING),
        chosen(
            "lines asked for at once; the next is asked for when one has come",
            unit="lines",
            why="as many as the controller sees",
        ),
    ] = 32
    vectors: Annotated[
        Count,
        chosen(
            "vectors read", unit="vectors", why="some 60 refreshes of each rank, and under a second"
        ),
    ] = Count(100_000)
    tables: Annotated[
        Bytes | None,
        chosen(
            "size of the tables; rows are alike likely",
            unit="bytes",
            why="by default all of the channel",
        ),
    ] = None
    trace: Annotated[
        Path | None,
        NotIdentity,  # its content is identity
        chosen(
            "rows to read instead of random ones: a .npy file of int64[n]",
            unit="file",
            why="rows are random unless they are known",
        ),
    ] = None
    seed: Annotated[
        int, Field(ge=0), chosen("seed of the rows", unit="1", why="any; it is recorded")
    ] = 1
    ranks: Annotated[
        Literal[1, 2, 4, 8],
        chosen("ranks of the channel", unit="ranks", why="of 8 Gb x8 devices: 8 GiB each"),
    ] = 2
    mapping: Annotated[
        str,
        related(
            "fields of an address from the highest bits down",
            unit="name",
            ref="dramsim3",
            place="configs/DDR4_8Gb_x8_3200.ini: address_mapping = rochrababgco",
        ),
    ] = "row-rank-bank-group-column"
    window: Annotated[
        int,
        Field(ge=1, le=MOST_WINDOW),
        related(
            "reads that the controller chooses from",
            unit="reads",
            ref="dramsim3",
            place="src/configuration.cc: trans_queue_size, 32 where a file has none",
        ),
    ] = 32
    on_chip: Annotated[
        Time,
        chosen(
            "time on the chip besides the controller's cycle: caches, network, PHY",
            unit="ps",
            why="simulators of DRAM alone have none; a load to use on a server adds about 40 ns",
        ),
    ] = Time(0)
    page: Annotated[
        Literal["none", "4KiB", "2MiB", "1GiB"],
        chosen(
            "pages whose translation a line waits for, on the default server core; none: no wait",
            unit="name",
            why="the simulators that this is compared with know only physical addresses",
        ),
    ] = "none"
    controller: Annotated[
        int,
        Field(ge=0, le=1000),
        assumed(
            "cycles of the controller itself",
            unit="cycles",
            why="the one fitted number: with 1, one read at a time has DRAMsim3's latency",
        ),
    ] = 1

    _grade_is_known = field_validator("dram")(known_grade)

    @field_validator("on_chip")
    @classmethod
    def chip_is_no_network(cls, time: Time) -> Time:
        """Refuse what is no way across a chip."""
        if time > LONGEST_ON_CHIP:
            raise ValueError(f"must be {LONGEST_ON_CHIP} or less, not {time}")
        return time

    @field_validator("vectors")
    @classmethod
    def vectors_are_few_enough(cls, count: Count) -> Count:
        """Refuse a run of hours."""
        if not 1 <= count <= MOST_VECTORS:
            raise ValueError(f"must be 1 to {MOST_VECTORS:,}, not {int(count):,}")
        return count
