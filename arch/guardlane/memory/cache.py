# SPDX-License-Identifier: Apache-2.0
"""Exact least-recently-used caches: one touch as a part of any kernel, and a whole trace in one.

The ways of a set stand in the order of their last use, so the latest line costs one comparison, and
any other is moved to the front by the same loop that looks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.kernel import kernel, part
from guardlane.memory.shape import CacheShape

HIT, MISS = -1, -2  # what `write` and `read` answer; a number from 0 on is a miss, too (see there)
WRITE_BACK, WRITE_THROUGH = 0, 1  # policies: allocate on a write, or pass it on and never allocate
LAST_ADDRESS = (1 << 62) - 1  # a word of the state is twice a line's number

_DIRTY = 1
_NO_WRITES = np.zeros(0, np.uint8)


@part
def touch(words: Any, mask: Any, ways: Any, line: Any) -> Any:
    """Read line number `line` (0 or more) and bring it in if it is missing; whether it was there.

    `words` is what `CacheShape.empty` lays out, `mask` and `ways` are the shape's. Evictions are
    not told, so this is for caches that nobody writes to, or whose write-backs do not matter.
    """
    return read(words, mask, ways, line) == HIT


@part
def read(words: Any, mask: Any, ways: Any, line: Any) -> Any:
    """Read a line and bring it in if it is missing: HIT, MISS, or the dirty line it drove out."""
    first = np.uint64(np.int64(line) & np.int64(mask)) * np.uint64(ways)
    key = (np.int64(line) << 1) | _DIRTY
    if words[first] | _DIRTY == key:
        return HIT
    return bring(words, first, ways, key, 0)


@part
def latest(words: Any, mask: Any, ways: Any, line: Any) -> Any:
    """Whether a line is the latest that was used of its set, so that reading it changes nothing."""
    first = np.uint64(np.int64(line) & np.int64(mask)) * np.uint64(ways)
    return words[first] | _DIRTY == (np.int64(line) << 1) | _DIRTY


@part
def write(words: Any, mask: Any, ways: Any, line: Any, policy: Any) -> Any:
    """Write to a line: HIT, MISS, or the dirty line it drove out, by number.

    With WRITE_BACK a missing line is brought in and becomes dirty. With WRITE_THROUGH the write
    goes on to what is below in any case; a missing line stays out, one that is there is used.
    """
    first = np.uint64(np.int64(line) & np.int64(mask)) * np.uint64(ways)
    key = (np.int64(line) << 1) | _DIRTY
    if words[first] | _DIRTY == key:
        if policy == WRITE_BACK:
            words[first] = key
        return HIT
    if policy == WRITE_THROUGH and not holds(words, first, ways, key):
        return MISS
    return bring(words, first, ways, key, _DIRTY if policy == WRITE_BACK else 0)


@part
def holds(words: Any, first: Any, ways: Any, key: Any) -> Any:
    """Whether the set that begins at `first` has the line, without a use of it."""
    way = np.uint64(0)
    while way < np.uint64(ways) and words[first + way] | _DIRTY != key:
        way += np.uint64(1)
    return way < np.uint64(ways)


@part
def bring(words: Any, first: Any, ways: Any, key: Any, dirty: Any) -> Any:
    """Move a line that is not the latest to the front of its set, from its way or from outside."""
    moved = words[first]
    for way in range(np.uint64(1), np.uint64(ways)):
        place = first + np.uint64(way)
        word = words[place]
        words[place] = moved
        if word | _DIRTY == key:
            words[first] = word | dirty
            return HIT
        moved = word
    words[first] = (key ^ _DIRTY) | dirty
    return moved >> 1 if moved & _DIRTY else MISS


@kernel
def run_cache(
    addresses: Any, is_write: Any, words: Any, mask: Any, ways: Any, shift: Any, policy: Any
) -> Any:
    """Run int64[n] byte `addresses` through the cache `words`: (hits, misses, write-backs).

    `is_write` is uint8[n], or uint8[0] where all are reads. The state goes on from what it was.
    """
    hits, write_backs = 0, 0
    has_writes = len(is_write) > 0
    for number in range(len(addresses)):
        line = addresses[number] >> shift
        if has_writes and is_write[number]:
            answer = write(words, mask, ways, line, policy)
        else:
            answer = read(words, mask, ways, line)
        hits += answer == HIT
        write_backs += answer >= 0
    return hits, len(addresses) - hits, write_backs


@dataclass(frozen=True)
class CacheCounts:
    """What a trace met in a cache: hits, misses, and dirty lines that were driven out."""

    hits: int
    misses: int
    write_backs: int

    @property
    def hit_rate(self) -> float:
        """Value of hits over accesses; 0 for an empty trace."""
        return self.hits / max(1, self.hits + self.misses)


def count_accesses(
    shape: CacheShape,
    addresses: npt.NDArray[np.int64],
    is_write: npt.NDArray[np.uint8] | None = None,
    *,
    policy: int = WRITE_BACK,
    words: npt.NDArray[np.int64] | None = None,
) -> CacheCounts:
    """Run a trace of int64[n] byte addresses (0 to 2^62 - 1) through a cache of this shape.

    `is_write` is uint8[n] or None for reads only; `words` is a cache to go on with, changed in
    place, or None for an empty one. Raises GuardlaneError that names what does not fit.
    """
    if policy not in (WRITE_BACK, WRITE_THROUGH):
        raise GuardlaneError(f"policy of a cache must be WRITE_BACK or WRITE_THROUGH, not {policy}")
    if len(addresses) and not 0 <= int(addresses.min()) <= int(addresses.max()) <= LAST_ADDRESS:
        worst = int(addresses.min()) if addresses.min() < 0 else int(addresses.max())
        raise GuardlaneError(f"addresses of a trace must be 0 to {LAST_ADDRESS}, not {worst}")
    writes = _NO_WRITES if is_write is None else is_write
    if is_write is not None and len(is_write) != len(addresses):
        raise GuardlaneError(
            f"is_write of a trace must have {len(addresses)} entries, not {len(is_write)}"
        )
    state = shape.empty() if words is None else words
    if len(state) != shape.sets * shape.ways:
        raise GuardlaneError(
            f"state of a cache must be {shape.sets * shape.ways} words, not {len(state)}"
        )
    counts = run_cache(addresses, writes, state, shape.mask, shape.ways, shape.shift, policy)
    return CacheCounts(*(int(count) for count in counts))
