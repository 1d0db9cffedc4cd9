# SPDX-License-Identifier: Apache-2.0
"""Embedding tables made by formula: rows of floats, or of fused 8-bit codes, laid where they go.

The elements of a table are uniform in [-1, 1) in steps of 2^-23, so that sums of them do round. An
8-bit row holds the codes of such elements and, last, its scale and bias (Caffe2's format).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from guardlane.seeds import stream

Format = Literal["fp32", "int8"]
Floats = npt.NDArray[np.float32]
CHUNK = 4096  # rows made at a time, to bound the memory that it takes
EPSILON = np.float32(1e-8)  # Caffe2's, for rows without any range


def row_words(dim: int, row_format: Format) -> int:
    """Value of the words of four bytes in a row of `dim` elements."""
    return dim if row_format == "fp32" else dim // 4 + 2


@dataclass(frozen=True)
class Table:
    """One embedding table; equal fields are equal rows."""

    number: int
    rows: int
    dim: int
    row_format: Format

    @property
    def words(self) -> int:
        return self.rows * row_words(self.dim, self.row_format)

    def elements(self) -> Iterator[tuple[int, Floats]]:
        """Give the elements before any coding as (first row, float32[rows, dim]), part by part."""
        generator = stream(0, "embedding-table", self.number)
        for first in range(0, self.rows, CHUNK):
            count = min(CHUNK, self.rows - first)
            part = generator.random((count, self.dim), np.float32)
            part *= np.float32(2)
            part -= np.float32(1)
            yield first, part

    def lay(self, place: npt.NDArray[Any]) -> None:
        """Write the rows to `place`, an array of `words` elements of four bytes."""
        whole = place.reshape(self.rows, -1)
        for first, part in self.elements():
            rows = whole[first : first + len(part)]
            if self.row_format == "fp32":
                rows.view(np.float32)[:] = part
            else:
                quantise(part, rows)

    def dequantised(self) -> Floats:
        """Value of the table as a core reads it, float32[rows, dim]."""
        words = np.empty(self.words, np.int32)
        self.lay(words)
        rows = words.reshape(self.rows, -1)
        if self.row_format == "fp32":
            return rows.view(np.float32)
        scale, bias = rows[:, -2:].view(np.float32).T[:, :, None]
        found: Floats = scale * rows.view(np.uint8)[:, : self.dim].astype(np.float32) + bias
        return found


def quantise(elements: Floats, rows: npt.NDArray[np.int32]) -> None:
    """Code float32[n, dim] by row into int32[n, dim / 4 + 2]: codes, scale, bias."""
    bias = elements.min(axis=1, keepdims=True)
    spread = elements.max(axis=1, keepdims=True) - bias
    scale = spread / np.float32(255)
    codes = np.rint((elements - bias) * (np.float32(255) / (spread + EPSILON)))
    rows[:, :-2] = codes.astype(np.uint8).view(np.int32)
    rows[:, -2:] = np.concatenate([scale, bias], axis=1).view(np.int32)


@dataclass(frozen=True)
class Shard:
    """The tables of one core, one behind the other."""

    tables: Sequence[Table]

    def __len__(self) -> int:
        return sum(table.words for table in self.tables)

    @property
    def size(self) -> int:
        """Value of the size of its rows in bytes."""
        return 4 * len(self)

    def first_words(self) -> list[int]:
        """Value of the word in which each table begins."""
        words = [table.words for table in self.tables]
        return [sum(words[:number]) for number in range(len(words))]

    def lay(self, place: npt.NDArray[Any]) -> None:
        """Write all rows to `place`, as `guardlane.isa.image.LaidInPlace` asks."""
        for first, table in zip(self.first_words(), self.tables, strict=True):
            table.lay(place[first : first + table.words])
