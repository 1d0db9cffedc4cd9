# SPDX-License-Identifier: Apache-2.0
"""Traces as CSV: a line a packet, `cycle,source,destination,flits`, below a line of these names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from guardlane.noc.topology import MOST_NODES
from guardlane.noc.traces.trace import MOST_FLITS, MOST_PACKETS, Trace, TraceError, independent
from guardlane.noc.traces.unpack import unpack

NAMES = "cycle,source,destination,flits"
LINE = re.compile(rb"([0-9]{1,18}),([0-9]{1,5}),([0-9]{1,5}),([0-9]{1,5})")
MOST_LINE = 200  # bytes


def read_csv(path: Path) -> Trace:
    """Read a trace from CSV, plain or packed by gzip or bzip2; errors are TraceError, file:line."""
    return parse_csv(unpack(path), str(path))


def parse_csv(pieces: Iterable[bytes], name: str) -> Trace:
    """Build a trace from the bytes of a CSV file, which messages call `name`."""
    lines = _lines(pieces, name)
    heading = next(lines, b"")
    if heading != NAMES.encode():
        raise TraceError(f"{name}:1: must be {NAMES}, not {heading.decode(errors='replace')!r:.60}")
    rows: list[tuple[int, ...]] = []
    last = 0
    for number, line in enumerate(lines, start=2):
        found = LINE.fullmatch(line)
        if found is None:
            said = line.decode(errors="replace")
            raise TraceError(f"{name}:{number}: must be four whole numbers, not {said!r:.60}")
        row = tuple(map(int, found.groups()))
        if row[0] < last:
            raise TraceError(f"{name}:{number}: cycle {row[0]} is before {last}, of the line above")
        if max(row[1:3]) >= MOST_NODES or not 1 <= row[3] <= MOST_FLITS:
            raise TraceError(
                f"{name}:{number}: nodes must be below {MOST_NODES:,} and flits 1 to "
                f"{MOST_FLITS:,}, not {row[1]}, {row[2]} and {row[3]}"
            )
        if len(rows) == MOST_PACKETS:
            raise TraceError(f"{name}:{number}: packets must number {MOST_PACKETS:,} or less")
        last = row[0]
        rows.append(row)
    if not rows:
        raise TraceError(f"{name}: has no packets")
    table = np.array(rows, np.int64)
    source, destination, flits = table[:, 1:].T.astype(np.int32, order="C")
    nodes = int(table[:, 1:3].max()) + 1
    return independent(name, nodes, table[:, 0].copy(), source, destination, flits)


def write_csv(trace: Trace) -> str:
    """Write a trace as CSV; dependencies are not kept."""
    table = np.stack([trace.cycle, trace.source, trace.destination, trace.flits], axis=1)
    return "\n".join([NAMES, *(",".join(map(str, row)) for row in table.tolist())]) + "\n"


def _lines(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    """Give the lines of a file without their ends, of which there may be one kind or the other."""
    rest = b""
    number = 1
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r")
        number += len(lines)
        if len(rest) > MOST_LINE:
            raise TraceError(f"{name}:{number}: a line must have {MOST_LINE} bytes or less")
    if rest:
        yield rest
