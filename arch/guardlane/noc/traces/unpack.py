# SPDX-License-Identifier: Apache-2.0
"""The bytes of a trace file, unpacked as they are asked for and never more than a bound of them."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from guardlane.noc.traces.trace import TraceError
from guardlane.reading import read_bounded

MOST_PACKED = 256 << 20
MOST_UNPACKED = 1 << 30
CHUNK = 1 << 20


def unpack(path: Path) -> Iterator[bytes]:
    """Give the content of a file of at most 256 MiB in pieces, unpacked if it is bzip2 or gzip.

    Raises TraceError after 1 GiB, so that a small file cannot fill the memory.
    """
    return unpack_bytes(read_bounded(path, MOST_PACKED), str(path))


def unpack_bytes(
    content: bytes, name: str, most: int = MOST_UNPACKED, chunk: int = CHUNK
) -> Iterator[bytes]:
    """Give `content` in pieces as `unpack` does; messages call it `name`."""
    file: io.BytesIO | bz2.BZ2File | gzip.GzipFile = io.BytesIO(content)
    if content.startswith(b"BZh"):
        file = bz2.BZ2File(file)
    elif content.startswith(b"\x1f\x8b"):
        file = gzip.GzipFile(fileobj=file)
    done = 0
    while True:
        try:
            piece = file.read(chunk)
        except (OSError, EOFError, zlib.error, ValueError) as reason:
            raise TraceError(f"{name}: cannot be unpacked behind byte {done:,}: {reason}") from None
        if not piece:
            return
        done += len(piece)
        if done > most:
            raise TraceError(f"{name}: must unpack to {most:,} bytes or less")
        yield piece
