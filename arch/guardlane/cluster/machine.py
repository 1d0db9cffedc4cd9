# SPDX-License-Identifier: Apache-2.0
"""The cluster description: servers, their NICs, what a call costs, and what is done about waits."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field

from guardlane.cite import Citation, assumed, chosen
from guardlane.cluster import columns as col
from guardlane.config import Settings
from guardlane.errors import GuardlaneError
from guardlane.units import Quantity, Time

MOST_CORES = 4096
MOST_SERVERS = 1 << 16
_BYTE_AT_ONE_BIT = 8 * 10**12  # picoseconds that a byte takes at 1 bit/s


class Bandwidth(Quantity):
    """Bits a second of a link."""

    noun, example = "a bandwidth", "50 Gb/s"
    scales = {"Tb/s": 10**12, "Gb/s": 10**9, "Mb/s": 10**6, "kb/s": 10**3, "b/s": 1}


def _call(sentence: str, unit: str, why: str) -> Citation:
    """Own up to a cost of a remote call."""
    return assumed(sentence, unit=unit, why=why)


_FLAT = "pooled vectors travel as one flat blob: a copy at 4 to 5 GB/s and a few us of fixed work"
_KERNEL = "a TCP stack takes 5 to 10 us a message, and no core receives 100 Gb/s"


class Nic(Settings):
    """A full-duplex network interface: messages leave, and arrive, one after the other."""

    bandwidth: Annotated[
        Bandwidth,
        assumed(
            "bandwidth of a port, each way",
            unit="bit/s",
            why="the paper's abstract names none; ports of its years had 25 to 100 Gb/s",
        ),
    ] = Bandwidth(50 * 10**9)
    message: Annotated[
        Time,
        Field(ge=1),
        assumed(
            "time of the port that each message takes beside its bytes",
            unit="ps",
            why="headers of a few frames, a doorbell and a descriptor: some 100 ns each",
        ),
    ] = Time(500_000)

    @property
    def byte(self) -> int:
        """Value of the picoseconds that a byte takes; raises GuardlaneError if they are no whole."""
        bits = int(self.bandwidth)
        if bits < 1 or _BYTE_AT_ONE_BIT % bits:
            raise GuardlaneError(
                "bandwidth of a NIC must divide 8 Tb/s, so that a byte takes whole picoseconds, "
                f"not {self.bandwidth}"
            )
        return _BYTE_AT_ONE_BIT // bits


class Calls(Settings):
    """What a remote call costs the cores of the two servers that take part in it."""

    serialise: Annotated[Time, _call("to serialise a message", "ps", _FLAT)] = Time(4_000_000)
    serialise_byte: Annotated[Time, _call("and each byte of it", "ps", _FLAT)] = Time(200)
    deserialise: Annotated[Time, _call("to deserialise a message", "ps", _FLAT)] = Time(4_000_000)
    deserialise_byte: Annotated[Time, _call("and each byte of it", "ps", _FLAT)] = Time(200)
    kernel: Annotated[
        Time, _call("in the kernel, to send or to receive a message", "ps", _KERNEL)
    ] = Time(7_500_000)
    kernel_byte: Annotated[Time, _call("and each byte of it", "ps", _KERNEL)] = Time(250)
    service: Annotated[
        Time,
        Field(ge=1),
        _call(
            "in handlers, thread pools and queues of the service, a call and side",
            "ps",
            "20 to 60 us; services of that fleet spend most of their cycles outside their core "
            "logic",
        ),
    ] = Time(40_000_000)


class Main(Settings):
    """The servers that take requests, run the dense layers and call the shards."""

    servers: Annotated[
        int,
        Field(ge=1, le=MOST_SERVERS),
        chosen("main servers, each with every n-th request", unit="servers", why="one copy"),
    ] = 1
    pools: Annotated[
        Literal["shared", "split"],
        chosen(
            "one pool of cores for all, or one each for what is done before, beside and after "
            "the calls",
            unit="name",
            why="a process has one pool of threads",
        ),
    ] = "shared"
    cores: Annotated[
        int,
        Field(ge=1, le=MOST_CORES),
        assumed(
            "cores of a server whose pool is shared",
            unit="cores",
            why="two sockets of 20, a usual server of those years",
        ),
    ] = 40
    before_cores: Annotated[
        int, Field(ge=1, le=MOST_CORES), chosen("of a split pool", unit="cores", why="3 of 10")
    ] = 12
    beside_cores: Annotated[
        int, Field(ge=1, le=MOST_CORES), chosen("of a split pool", unit="cores", why="3 of 10")
    ] = 12
    after_cores: Annotated[
        int, Field(ge=1, le=MOST_CORES), chosen("of a split pool", unit="cores", why="4 of 10")
    ] = 16
    nic: Nic = Nic()

    @property
    def pool_cores(self) -> tuple[int, ...]:
        """Value of the cores of each pool: one shared, or those before, beside and after."""
        if self.pools == "shared":
            return (self.cores,)
        return self.before_cores, self.beside_cores, self.after_cores


class Shard(Settings):
    """A server that holds tables and answers look-ups."""

    cores: Annotated[
        int,
        Field(ge=1, le=MOST_CORES),
        assumed("cores of a shard's server", unit="cores", why="the same server as the main one"),
    ] = 40
    nic: Nic = Nic()


class Cluster(Settings):
    """Main servers and shards, the links between them, and what is done about waits."""

    main: Main = Main()
    shard: Shard = Shard()
    shards: Annotated[
        int,
        Field(ge=0, le=MOST_SERVERS),
        chosen("servers that hold tables; 0: the main server has all", unit="servers", why="none"),
    ] = 0
    calls: Calls = Calls()
    link: Annotated[
        Time,
        Field(ge=1),
        assumed(
            "from a port to another, one way",
            unit="ps",
            why="what is left of a round trip of 100 us over TCP within a cluster, less both "
            "kernels",
        ),
    ] = Time(35_000_000)
    order: Annotated[
        Literal["fifo", "priority"],
        chosen("who is next at a pool of cores", unit="name", why="what a thread pool does"),
    ] = "fifo"
    deadline: Annotated[
        Time | None,
        chosen("longest wait for the shards of a round", unit="ps", why="nothing is lost"),
    ] = None
    hedge: Annotated[
        Time | None,
        chosen("wait before a call is repeated at the replica", unit="ps", why="no replicas"),
    ] = None
    replicas: Annotated[
        tuple[int, ...],
        chosen("the shard that repeats the calls of each shard", unit="shards", why="no replicas"),
    ] = ()

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Build a cluster from plain values; raises ConfigError with one line a mistake."""
        from guardlane.sources import Place, Source, build

        return build(cls, [Source(values, {(): Place("cluster")})])

    def costs(self) -> npt.NDArray[np.int64]:
        """Lay out what messages cost each server: int64[1 + shards, columns.COSTS], in ps.

        Row 0 is a main server, row 1 + s is shard s. Raises GuardlaneError for a cost that no
        kernel can run with.
        """
        calls, rows = self.calls, np.zeros((1 + self.shards, col.COSTS), np.int64)
        for row, nic in ((slice(0, 1), self.main.nic), (slice(1, None), self.shard.nic)):
            rows[row, col.WIRE], rows[row, col.WIRE_BYTE] = int(nic.message), nic.byte
        rows[:, col.LINK] = int(self.link)
        rows[:, col.SERVICE] = int(calls.service)
        rows[:, col.SEND] = int(calls.serialise) + int(calls.kernel)
        rows[:, col.SEND_BYTE] = int(calls.serialise_byte) + int(calls.kernel_byte)
        rows[:, col.RECEIVE] = int(calls.deserialise) + int(calls.kernel)
        rows[:, col.RECEIVE_BYTE] = int(calls.deserialise_byte) + int(calls.kernel_byte)
        rows[:, col.KERNEL], rows[:, col.KERNEL_BYTE] = int(calls.kernel), int(calls.kernel_byte)
        return rows
