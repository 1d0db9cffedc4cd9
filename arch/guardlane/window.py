# SPDX-License-Identifier: Apache-2.0
"""What of a run is to be looked at closely: its timeline, and some instructions of one core."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from guardlane.errors import UsageError

MOST_INSTRUCTIONS = 1_000_000  # of a window: some 100 MB of text
DEFAULT_LAST = 20_000


@dataclass(frozen=True)
class Window:
    """Instructions `first` to `last` of one core, both included; the first that retires is 1.

    `core` is its name, None for the only one there is.
    """

    first: int = 1
    last: int = DEFAULT_LAST
    core: str | None = None

    @classmethod
    def parse(cls, text: str, core: str | None = None) -> Self:
        """Read `A..B`; a UsageError says what is wrong with it."""
        found = re.fullmatch(r"\s*([0-9]{1,18})\.\.([0-9]{1,18})\s*", text)
        if found is None:
            raise UsageError(f"want instructions such as '1..20000' (both included), not {text!r}")
        first, last = int(found[1]), int(found[2])
        if first < 1:
            raise UsageError(f"instructions are counted from 1, not from {first}")
        if last < first:
            raise UsageError(f"instructions must go up, not down as in {text!r}")
        if last - first >= MOST_INSTRUCTIONS:
            raise UsageError(f"a window has {MOST_INSTRUCTIONS:,} instructions at most, not {text}")
        return cls(first, last, core)

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class Wanted:
    """Which views of a run are wanted."""

    timeline: bool = False
    pipeline: Window | None = None
