# SPDX-License-Identifier: Apache-2.0
"""The readable cache: one ordered list a set, the oracle of the compiled one."""

from __future__ import annotations

from guardlane.memory.shape import CacheShape


class ReferenceCache:
    """A cache as the textbook tells it: each set a list of lines, the latest used one first."""

    def __init__(self, shape: CacheShape, *, allocates_on_write: bool = True) -> None:
        self.shape = shape
        self.writes_back = allocates_on_write
        self.sets: list[list[int]] = [[] for _ in range(shape.sets)]
        self.dirty: set[int] = set()
        self.hits = self.misses = self.write_backs = 0

    def access(self, address: int, *, is_write: bool = False) -> bool:
        """Access a byte address; whether its line was there."""
        line = address // self.shape.line
        lines = self.sets[line % self.shape.sets]
        is_hit = line in lines
        self.hits += is_hit
        self.misses += not is_hit
        if is_write and not is_hit and not self.writes_back:
            return False
        if is_hit:
            lines.remove(line)
        elif len(lines) == self.shape.ways:
            victim = lines.pop()
            self.write_backs += victim in self.dirty
            self.dirty.discard(victim)
        lines.insert(0, line)
        if is_write and self.writes_back:
            self.dirty.add(line)
        return is_hit
