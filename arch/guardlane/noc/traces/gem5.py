# SPDX-License-Identifier: Apache-2.0
"""gem5 packet traces: what a CommMonitor wrote, protobuf messages that are gzipped as a rule.

Such a trace is of one place and knows addresses, not nodes: the reader is told which node it was
taken at, and which nodes addresses are at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from guardlane.noc.topology import MOST_NODES
from guardlane.noc.traces.trace import MOST_FLITS, MOST_PACKETS, Trace, TraceError, independent
from guardlane.noc.traces.unpack import unpack

MAGIC = b"gem5"
MOST_MESSAGE = 1 << 20  # bytes
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # wire types of protobuf
TICK, COMMAND, ADDRESS, SIZE = 1, 2, 3, 4  # fields of a packet
TICK_FREQUENCY = 3  # field of the header
# MemCmd of gem5: responses to reads, writes, writebacks, lines written whole, conditional stores.
WITH_DATA = frozenset({2, 3, 4, 7, 8, 9, 14, 15, 16, 23, 27})


@dataclass(frozen=True)
class AddressMap:
    """Which node an address is at: blocks of `interleave` bytes, dealt out to `homes` in turn."""

    homes: tuple[int, ...]
    interleave: int

    def __post_init__(self) -> None:
        if not self.homes or not all(0 <= home < MOST_NODES for home in self.homes):
            raise TraceError(f"homes must be one node or more, 0 to {MOST_NODES - 1:,}")
        if self.interleave < 1:
            raise TraceError(f"interleave must be 1 byte or more, not {self.interleave}")

    def node(self, address: int) -> int:
        """Value of the node at which an address is."""
        return self.homes[address // self.interleave % len(self.homes)]


@dataclass(frozen=True)
class Gem5Options:
    """What a gem5 trace does not say of itself.

    `source`: the node at which it was taken. A packet has a head flit, and flits of `flit_bytes`
    bytes for its data if its command is one `with_data`; the numbers of commands are gem5's own,
    and have changed over its releases. `ticks_per_cycle`: 500 at 2 GHz, a tick being 1 ps.
    """

    source: int
    homes: AddressMap
    ticks_per_cycle: int
    flit_bytes: int
    with_data: frozenset[int] = WITH_DATA

    def __post_init__(self) -> None:
        if not 0 <= self.source < MOST_NODES:
            raise TraceError(f"source must be a node, 0 to {MOST_NODES - 1:,}, not {self.source}")
        for what in ("ticks_per_cycle", "flit_bytes"):
            if getattr(self, what) < 1:
                raise TraceError(f"{what} must be 1 or more, not {getattr(self, what)}")


def read_gem5(path: Path, options: Gem5Options, *, packets: int | None = None) -> Trace:
    """Read a gem5 packet trace, or its first `packets` packets.

    Errors are TraceError, with the byte of the unpacked file.
    """
    return parse_gem5(unpack(path), str(path), options, packets=packets)


def parse_gem5(
    pieces: Iterable[bytes], name: str, options: Gem5Options, *, packets: int | None = None
) -> Trace:
    """Build a trace from the bytes of an unpacked gem5 trace, which messages call `name`."""
    if packets is not None and packets < 1:
        raise TraceError(f"{name}: packets to read must number 1 or more, not {packets}")
    messages = _Messages(pieces, name)
    _check_header(messages)
    most = packets or MOST_PACKETS + 1
    rows: list[tuple[int, int, int]] = []
    while len(rows) < most and (fields := messages.next()) is not None:
        rows.append(_packet(messages, fields, options))
        if len(rows) > 1 and rows[-1][0] < rows[-2][0]:
            messages.refuse("cycles must not go back")
    if not rows:
        raise TraceError(f"{name}: has no packets")
    table = np.array(rows, np.int64)
    return independent(
        name,
        max(options.source, *options.homes.homes) + 1,
        table[:, 0].copy(),
        np.full(len(rows), options.source, np.int32),
        table[:, 1].astype(np.int32),
        table[:, 2].astype(np.int32),
    )


def merge(traces: Iterable[Trace], name: str) -> Trace:
    """Build one trace of several whose packets wait for their cycle only, one a node say."""
    parts = list(traces)
    if any(len(part.dependents) for part in parts) or not parts:
        raise TraceError(f"{name}: traces to merge must be one or more, without dependencies")
    cycle = np.concatenate([part.cycle for part in parts])
    order = np.argsort(cycle, kind="stable")
    return independent(
        name,
        max(part.nodes for part in parts),
        cycle[order],
        np.concatenate([part.source for part in parts])[order],
        np.concatenate([part.destination for part in parts])[order],
        np.concatenate([part.flits for part in parts])[order],
    )


def _check_header(messages: _Messages) -> None:
    header = messages.next()
    if header is None:
        raise TraceError(f"{messages.name}: has no header")
    if header.get(TICK_FREQUENCY, 0) < 1:
        messages.refuse("the header must have a tick frequency of 1 Hz or more")


def _packet(
    messages: _Messages, fields: dict[int, int], options: Gem5Options
) -> tuple[int, int, int]:
    """Value of the cycle, destination and flits of a packet."""
    for field, what in ((TICK, "tick"), (COMMAND, "command")):
        if field not in fields:
            messages.refuse(f"a packet must have a {what}")
    cycle = fields[TICK] // options.ticks_per_cycle
    if cycle >= 1 << 62:
        messages.refuse("a cycle must be below 2^62")
    flits = 1
    if fields[COMMAND] in options.with_data:
        flits += -(-fields.get(SIZE, 0) // options.flit_bytes)
    if flits > MOST_FLITS:
        messages.refuse(f"a packet must have {MOST_FLITS:,} flits or less, not {flits:,}")
    return cycle, options.homes.node(fields.get(ADDRESS, 0)), flits


class _Messages:
    """The messages of a file, one after the other, as their integer fields."""

    def __init__(self, pieces: Iterable[bytes], name: str) -> None:
        self.name = name
        self.pieces = iter(pieces)
        self.content = b""
        self.gone = 0  # bytes before `content`
        self.place = 0  # in `content`
        self.start = 0  # byte of the file at which the message begins
        self.fill(len(MAGIC))
        if self.content[: len(MAGIC)] != MAGIC:
            self.refuse(f"is no gem5 trace: it does not begin with {MAGIC.decode()!r}")
        self.place = len(MAGIC)

    def refuse(self, what: str) -> NoReturn:
        raise TraceError(f"{self.name}: byte {self.start:,}: {what}")

    def fill(self, count: int) -> bool:
        """Have `count` bytes at hand from `place` on; value of whether there are as many."""
        while len(self.content) - self.place < count:
            piece = next(self.pieces, None)
            if piece is None:
                return False
            self.gone += self.place
            self.content = self.content[self.place :] + piece
            self.place = 0
        return True

    def next(self) -> dict[int, int] | None:
        """Value of the next message, None at the end of the file."""
        self.start = self.gone + self.place
        if not self.fill(1):
            return None
        self.fill(10)
        size = self.varint(len(self.content))
        if size > MOST_MESSAGE:
            self.refuse(f"a message must have {MOST_MESSAGE:,} bytes or less, not {size:,}")
        if not self.fill(size):
            self.refuse(f"a message of {size} bytes goes beyond the end of the file")
        return self.fields(self.place + size)

    def fields(self, end: int) -> dict[int, int]:
        """Value of the integers up to `end`, by field number; the last one counts."""
        found: dict[int, int] = {}
        while self.place < end:
            field, wire = divmod(self.varint(end), 8)
            if wire == VARINT:
                found[field] = self.varint(end)
            elif wire in (FIXED64, FIXED32, BYTES):
                skip = {FIXED64: 8, FIXED32: 4}.get(wire) or self.varint(end)
                if self.place + skip > end:
                    self.refuse(f"field {field} goes beyond the end of its message")
                self.place += skip
            else:
                self.refuse(f"field {field} is of wire type {wire}, which is not known")
        return found

    def varint(self, end: int) -> int:
        """Value of the number at `place`: seven bits a byte, the lowest first."""
        if self.place < end and self.content[self.place] < 128:  # as most are
            self.place += 1
            return self.content[self.place - 1]
        value = shift = 0
        byte = 128
        while byte >= 128:
            if self.place >= end:
                self.refuse("a number goes beyond the end of its message")
            byte = self.content[self.place]
            self.place += 1
            value |= (byte & 127) << shift
            shift += 7
            if value >> 64 or shift > 70:
                self.refuse("a number must be below 2^64")
        return value
