# SPDX-License-Identifier: Apache-2.0
"""Rows of tables as addresses, and addresses as the lines that are read for them, in bulk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError

Int64s = npt.NDArray[np.int64]

LINE = 64  # bytes
LARGEST_VECTOR = 1 << 16  # bytes
LAST_ADDRESS = (1 << 62) - 1


@dataclass(frozen=True)
class Tables:
    """Tables of rows of `vector_bytes`, each from `first[n]` on, `rows[n]` of them."""

    vector_bytes: int
    first: tuple[int, ...]
    rows: tuple[int, ...]

    @classmethod
    def lay_out(cls, rows: Sequence[int], vector_bytes: int, alignment: int = 1 << 21) -> Tables:
        """Put tables one behind another, each at a multiple of `alignment` bytes.

        Raises GuardlaneError for an empty table or a vector that is too long or has no bytes.
        """
        _check_vector(vector_bytes)
        if not rows or min(rows) < 1:
            raise GuardlaneError(f"tables must have 1 row or more each, not {list(rows)[:4]}")
        first, at = [], 0
        for count in rows:
            first.append(at)
            at += -(-count * vector_bytes // alignment) * alignment
        if at > LAST_ADDRESS:
            raise GuardlaneError(f"tables of {at} bytes have addresses beyond {LAST_ADDRESS}")
        return cls(vector_bytes, tuple(first), tuple(rows))

    @property
    def size(self) -> int:
        """Value of the bytes up to the end of the last row."""
        return self.first[-1] + self.rows[-1] * self.vector_bytes

    def addresses(self, table: Int64s, row: Int64s) -> Int64s:
        """Find the first byte of each look-up: int64[n] for int64[n] tables and rows.

        Raises GuardlaneError that names the first look-up that there is no row for.
        """
        if len(table) != len(row):
            raise GuardlaneError(f"rows of a trace must be {len(table)}, not {len(row)}")
        count = len(self.rows)
        if len(table) and not 0 <= table.min() <= table.max() < count:
            place = int(np.argmax((table < 0) | (table >= count)))
            raise GuardlaneError(
                f"look-up {place}: table must be 0 to {count - 1}, not {table[place]}"
            )
        rows = np.array(self.rows, np.int64)[table]
        outside = (row < 0) | (row >= rows)
        if outside.any():
            place = int(np.argmax(outside))
            raise GuardlaneError(
                f"look-up {place}: row of table {table[place]} must be 0 to {rows[place] - 1}, "
                f"not {row[place]}"
            )
        found: Int64s = np.array(self.first, np.int64)[table] + row * self.vector_bytes
        return found


def lines_of(addresses: Int64s, vector_bytes: int) -> tuple[Int64s, Int64s]:
    """Find the lines of 64 bytes that vectors at int64[n] addresses (0 or more) touch, in order.

    The first result is int64[m] line numbers, the second int64[n + 1]: vector k has lines
    `offsets[k]` to `offsets[k + 1]`, the end left out.
    """
    _check_vector(vector_bytes)
    first = addresses // LINE
    counts = (addresses + vector_bytes - 1) // LINE - first + 1
    offsets = np.concatenate(([0], np.cumsum(counts)))
    within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], counts)
    return np.repeat(first, counts) + within, offsets


def per_row(row_bytes: int, block: int) -> float:
    """Value of the blocks of `block` bytes (lines, pages) that a row touches, the mean of many."""
    return 1 + (row_bytes - math.gcd(row_bytes, block)) / block


def _check_vector(vector_bytes: int) -> None:
    if not 1 <= vector_bytes <= LARGEST_VECTOR:
        raise GuardlaneError(f"a vector must be 1 to {LARGEST_VECTOR} bytes, not {vector_bytes}")
