# SPDX-License-Identifier: Apache-2.0
"""Netrace files (.tra, .tra.bz2): packets of a coherent multicore that wait for each other."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from guardlane.noc.traces.trace import MOST_PACKETS, Ints, Longs, Trace, TraceError
from guardlane.noc.traces.unpack import unpack

MAGIC = 0x484A5455
HEADER = struct.Struct("<If30sBxQQII8x")
REGION = struct.Struct("<QQQ")
PACKET = np.dtype(
    [
        ("cycle", "<u8"),
        ("id", "<u4"),
        ("address", "<u4"),
        ("type", "u1"),
        ("source", "u1"),
        ("destination", "u1"),
        ("node_types", "u1"),
        ("dependents", "u1"),
    ]
)
MOST_NOTES = 8191  # bytes; netrace does not read longer ones
MOST_REGIONS = 100
SHORT, LONG = 8, 72  # bytes: an address; an address and a line of 64 bytes
BYTES = MappingProxyType(  # by packet type
    dict.fromkeys((1, 5, 13, 14, 15, 25, 27, 28, 29), SHORT)
    | dict.fromkeys((2, 3, 4, 6, 16, 30), LONG)
)


def read_netrace(
    path: Path, *, flit_bytes: int, region: int | None = None, packets: int | None = None
) -> Trace:
    """Read a netrace file; a packet has as many flits of `flit_bytes` bytes as its type needs.

    `region`: read this one of those that the header lists, 0 the first. `packets`: read no more
    than so many, from the first on. Packets wait only for packets that are read. Errors are
    TraceError, with the byte of the unpacked file.
    """
    pieces = unpack(path)
    return parse_netrace(pieces, str(path), flit_bytes=flit_bytes, region=region, packets=packets)


def parse_netrace(
    pieces: Iterable[bytes],
    name: str,
    *,
    flit_bytes: int,
    region: int | None = None,
    packets: int | None = None,
) -> Trace:
    """Build a trace from the bytes of an unpacked netrace file, which messages call `name`."""
    if flit_bytes < 1:
        raise TraceError(f"a flit must have 1 byte or more, not {flit_bytes}")
    if packets is not None and packets < 1:
        raise TraceError(f"{name}: packets to read must number 1 or more, not {packets}")
    file = _Bytes(pieces, name)
    header = _read_header(file)
    start, most = _part(name, header, region)
    starts, end = _find_packets(file, start, min(most, packets or most))
    is_part = region is not None or packets is not None
    if not is_part and (len(starts) < most or file.has(end + 1)):
        raise TraceError(
            f"{name}: the header says {header.packets:,} packets, "
            f"the file has {f'{len(starts):,}' if len(starts) < most else 'more'}"
        )
    if not len(starts):
        raise TraceError(f"{name}: has no packets to read")
    data = np.frombuffer(file.content, np.uint8, end)
    fields = _gather(data, starts, PACKET)
    first, dependents = _dependents(name, data, starts, fields, is_part)
    if int(fields["cycle"].max()) >= 1 << 62:
        late = int(np.argmax(fields["cycle"] >= 1 << 62))
        raise TraceError(f"{name}: byte {starts[late]:,}: a cycle must be below 2^62")
    return Trace(
        name,
        header.nodes,
        fields["cycle"].astype(np.int64),
        fields["source"].astype(np.int32),
        fields["destination"].astype(np.int32),
        _flits(name, starts, fields["type"], flit_bytes),
        first,
        dependents,
    )


class _Bytes:
    """A file that is read as far as was needed."""

    def __init__(self, pieces: Iterable[bytes], name: str) -> None:
        self.name = name
        self.content = bytearray()
        self.pieces: Iterator[bytes] = iter(pieces)

    def has(self, end: int) -> bool:
        """Read on until `end` bytes are there; value of whether they are."""
        while len(self.content) < end:
            piece = next(self.pieces, None)
            if piece is None:
                return False
            self.content += piece
        return True

    def need(self, start: int, count: int, what: str) -> None:
        if not self.has(start + count):
            raise TraceError(
                f"{self.name}: byte {start:,}: {what} needs {count} bytes, "
                f"the file ends at byte {len(self.content):,}"
            )


class Header(NamedTuple):
    """What a file says of itself: nodes, packets, where they start, (byte, packets) of regions."""

    nodes: int
    packets: int
    start: int
    regions: list[tuple[int, int]]


def _read_header(file: _Bytes) -> Header:
    file.need(0, HEADER.size, "the header")
    magic, version, _, nodes, _, packets, notes, regions = HEADER.unpack_from(file.content)
    for what, wrong in (
        (f"0: is no netrace file: it begins with {magic:#010x}, not {MAGIC:#x}", magic != MAGIC),
        (f"4: version must be 1.0, not {version}", version != 1.0),
        (f"56: notes must have {MOST_NOTES:,} bytes or less, not {notes:,}", notes > MOST_NOTES),
        (
            f"60: regions must number {MOST_REGIONS} or less, not {regions:,}",
            regions > MOST_REGIONS,
        ),
    ):
        if wrong:
            raise TraceError(f"{file.name}: byte {what}")
    listed = HEADER.size + notes
    start = listed + REGION.size * regions
    file.need(HEADER.size, start - HEADER.size, "notes and regions")
    found = REGION.iter_unpack(file.content[listed:start])
    return Header(nodes, packets, start, [(start + seek, count) for seek, _, count in found])


def _part(name: str, header: Header, region: int | None) -> tuple[int, int]:
    """Value of the byte to read from, and of the packets to read."""
    start, count = header.start, header.packets
    if region is not None:
        if not 0 <= region < len(header.regions):
            raise TraceError(
                f"{name}: there are {len(header.regions)} regions, not region {region}"
            )
        start, count = header.regions[region]
    return start, min(count, MOST_PACKETS + 1)


def _find_packets(file: _Bytes, start: int, most: int) -> tuple[Longs, int]:
    """Value of where each packet starts, `most` at most, and where the last one ends."""
    starts: list[int] = []
    size = PACKET.itemsize
    while len(starts) < most and file.has(start + 1):
        file.need(start, size, "a packet")
        count = 4 * file.content[start + size - 1]
        file.need(start + size, count, "a list of dependents")
        starts.append(start)
        start += size + count
    return np.array(starts, np.int64), start


def _dependents(
    name: str,
    data: npt.NDArray[np.uint8],
    starts: Longs,
    fields: npt.NDArray[np.void],
    is_part: bool,
) -> tuple[Longs, Ints]:
    """Value of `first` and `dependents` of the trace, whose packets the file names by their ids."""
    counts = fields["dependents"].astype(np.int64)
    owner = np.repeat(np.arange(len(starts)), counts)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    places = starts[owner] + PACKET.itemsize + 4 * nth
    wanted = _gather(data, places, np.dtype("<u4"))
    order = np.argsort(fields["id"], kind="stable")
    ids = fields["id"][order]
    twice = np.flatnonzero(ids[1:] == ids[:-1])
    if len(twice):
        packet = order[twice[0] + 1]
        raise TraceError(f"{name}: byte {starts[packet]:,}: id {ids[twice[0]]} is there before")
    found = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    there = ids[found] == wanted
    later = order[found] > owner
    if is_part:
        later |= ~there
    wrong = np.flatnonzero(~later if is_part else ~(there & later))
    if len(wrong):
        k = wrong[0]
        raise TraceError(f"{name}: byte {places[k]:,}: no later packet has the id {wanted[k]}")
    first = np.zeros(len(starts) + 1, np.int64)
    first[1:] = np.cumsum(np.bincount(owner[there], minlength=len(starts)))
    return first, order[found[there]].astype(np.int32)


def _flits(name: str, starts: Longs, types: npt.NDArray[np.uint8], flit_bytes: int) -> Ints:
    table = np.zeros(256, np.int64)
    for packet_type, size in BYTES.items():
        table[packet_type] = -(-size // flit_bytes)
    flits = table[types]
    if not np.all(flits):
        packet = int(np.argmin(flits))
        raise TraceError(
            f"{name}: byte {starts[packet] + 16:,}: there is no packet of type {types[packet]}"
        )
    return flits.astype(np.int32)


def _gather(data: npt.NDArray[np.uint8], starts: Longs, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    """Value of what stands at `starts`, which need not be aligned."""
    found = np.empty((len(starts), kind.itemsize), np.uint8)
    for byte in range(kind.itemsize):
        found[:, byte] = data[starts + byte]
    return found.view(kind).reshape(-1)
