# SPDX-License-Identifier: Apache-2.0
"""The shape of a cache: how many bytes, in how many ways, in lines of how many bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError

MOST_WAYS = 64
LARGEST_LINE = 1 << 16  # bytes
EMPTY = -2  # a way that holds no line: even, so that it is never taken for dirty


@dataclass(frozen=True)
class CacheShape:
    """A cache of `size` bytes in sets of `ways` lines of `line` bytes each.

    Lines and sets number a power of two; ways are any number from 1 to 64, so a cache of 12 ways
    has 12 times a power of two bytes. Raises GuardlaneError that names the number at fault.
    """

    size: int
    ways: int
    line: int

    def __post_init__(self) -> None:
        if not 1 <= self.ways <= MOST_WAYS:
            raise GuardlaneError(f"ways of a cache must be 1 to {MOST_WAYS}, not {self.ways}")
        if not 1 <= self.line <= LARGEST_LINE or self.line & (self.line - 1):
            raise GuardlaneError(
                f"line of a cache must be a power of two of 1 to {LARGEST_LINE} bytes, "
                f"not {self.line}"
            )
        way, rest = divmod(self.size, self.ways * self.line)
        if rest or way < 1 or way & (way - 1):
            raise GuardlaneError(
                f"size of a cache of {self.ways} ways of {self.line}-byte lines must be "
                f"{self.ways * self.line} bytes times a power of two, not {self.size}"
            )

    @property
    def sets(self) -> int:
        """Value of the number of sets."""
        return self.size // (self.ways * self.line)

    @property
    def mask(self) -> int:
        """Value of what a line's number is masked with to give its set."""
        return self.sets - 1

    @property
    def shift(self) -> int:
        """Value of the bits by which an address is shifted to give its line's number."""
        return self.line.bit_length() - 1

    def empty(self) -> npt.NDArray[np.int64]:
        """Lay out an empty cache: int64[sets * ways], the ways of a set from the latest used on.

        A word is twice a line's number, plus one when the line is dirty, or EMPTY.
        """
        return np.full(self.sets * self.ways, EMPTY, np.int64)
