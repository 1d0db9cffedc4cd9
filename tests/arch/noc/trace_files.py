# SPDX-License-Identifier: Apache-2.0
"""Trace files made for tests: netrace and gem5, written field by field."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence


def netrace(
    packets: Iterable[tuple[int, int, int, int, int, Sequence[int]]],
    *,
    magic: int = 0x484A5455,
    version: float = 1.0,
    nodes: int = 64,
    claimed: int | None = None,
    notes: bytes = b"made for a test\0",
    regions: Sequence[tuple[int, int, int]] = (),
) -> bytes:
    """Write packets of (cycle, id, type, source, destination, ids of those that wait for it)."""
    body = [packet_bytes(*packet) for packet in packets]
    count = len(body) if claimed is None else claimed
    head = struct.pack("<If", magic, version) + b"test".ljust(30, b"\0") + bytes([nodes, 0])
    head += struct.pack("<QQII", 1000, count, len(notes), len(regions)) + bytes(8)
    return b"".join([head, notes, *(struct.pack("<QQQ", *one) for one in regions), *body])


def packet_bytes(
    cycle: int, name: int, kind: int, source: int, destination: int, waiting: Sequence[int]
) -> bytes:
    fields = struct.pack("<QII", cycle, name, 0xABCD)
    fields += bytes([kind, source, destination, 0x12, len(waiting)])
    return fields + struct.pack(f"<{len(waiting)}I", *waiting)


def varint(value: int) -> bytes:
    """Write a number as protobuf does."""
    found = []
    while value >= 128:
        found.append(value % 128 + 128)
        value //= 128
    return bytes([*found, value])


def message(fields: Iterable[tuple[int, int | bytes]]) -> bytes:
    """Write a message with its length before it: numbers as varints, bytes with their length."""
    body = b""
    for field, value in fields:
        if isinstance(value, int):
            body += varint(field << 3) + varint(value)
        else:
            body += varint(field << 3 | 2) + varint(len(value)) + value
    return varint(len(body)) + body


def gem5(
    packets: Iterable[tuple[int, int, int, int]], *, frequency: int = 10**12, magic: bytes = b"gem5"
) -> bytes:
    """Write packets of (tick, command, address, size)."""
    head = message([(1, b"system.monitor"), (2, 0), (3, frequency), (4, message([(1, 7)])[1:])])
    body = (
        message([(1, tick), (2, command), (3, address), (4, size), (5, 256), (6, 9)])
        for tick, command, address, size in packets
    )
    return b"".join([magic, head, *body])
