# SPDX-License-Identifier: Apache-2.0
"""Stack distances: one pass over a trace tells the hits of every fully associative LRU cache.

The distance of a reference is the number of other lines since the last reference to its own
(Mattson et al. 1970), found without a search of the stack, as Bennett & Kruskal (1975) asked for.
A bit marks the time of each line's last reference; marks are counted in words of 64 and, above
those, in a Fenwick tree, which so is 64 times smaller and stays in a core's cache.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.kernel import kernel, part

COLD = -1  # the distance of a first reference

_FIRST_BITS = 10  # the table of lines begins with 2**10 places
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: spreads strided lines
_ONE = np.uint64(1)
_LOW = np.uint64(63)
_PAIRS, _FOURS, _EIGHTS = (
    np.uint64(0x5555555555555555),
    np.uint64(0x3333333333333333),
    np.uint64(0x0F0F0F0F0F0F0F0F),
)
_BYTES = np.uint64(0x0101010101010101)


@part
def ones(word: Any) -> Any:
    """Count the ones of a uint64."""
    word = word - ((word >> _ONE) & _PAIRS)
    word = (word & _FOURS) + ((word >> np.uint64(2)) & _FOURS)
    word = (word + (word >> np.uint64(4))) & _EIGHTS
    return np.int64((word * _BYTES) >> np.uint64(56))


@part
def place_of(table: Any, bits: Any, line: Any) -> Any:
    """Find the place of a line in int64[2 * 2**bits] `table`, or the free one where it belongs."""
    last = (_ONE << np.uint64(bits)) - _ONE
    place = (np.uint64(line) * _GOLDEN) >> np.uint64(64 - bits)
    while True:
        key = table[place << _ONE]
        if key in (line, COLD):
            return place
        place = (place + _ONE) & last


@part
def add(tree: Any, word: Any, change: Any) -> None:
    """Add `change` to the count of word number `word` in the Fenwick tree."""
    at = word + 1
    while at < len(tree):
        tree[at] += change
        at += at & -at


@part
def count_before(tree: Any, word: Any) -> Any:
    """Count the marks in all words before number `word`."""
    at, total = word, 0
    while at > 0:
        total += tree[at]
        at &= at - 1
    return total


@kernel
def grown(table: Any, bits: Any) -> Any:
    """Copy a full table of lines into one of twice the places."""
    larger = np.full(np.int64(4) << bits, COLD, np.int64)
    for place in range(np.int64(1) << bits):
        if table[2 * place] != COLD:
            there = place_of(larger, bits + 1, table[2 * place]) << _ONE
            larger[there] = table[2 * place]
            larger[there + _ONE] = table[2 * place + 1]
    return larger


@kernel
def measure(lines: Any, distances: Any) -> Any:
    """Write the stack distance of each of int64[n] `lines` (0 or more); how many are distinct."""
    bits, distinct = _FIRST_BITS, 0
    table = np.full(np.int64(2) << bits, COLD, np.int64)
    marks = np.zeros((len(lines) >> 6) + 1, np.uint64)
    tree = np.zeros(len(marks) + 1, np.int32)
    for now in range(len(lines)):
        line = lines[now]
        slot = place_of(table, bits, line) << _ONE
        here = now >> 6
        if table[slot] == COLD:
            distances[now] = COLD
            table[slot] = line
            table[slot + _ONE] = now
            distinct += 1
            add(tree, here, 1)
            if distinct << 1 > np.int64(1) << bits:
                table = grown(table, bits)
                bits += 1
        else:
            before = table[slot + _ONE]
            there = before >> 6
            mark = _ONE << (np.uint64(before) & _LOW)
            earlier = ones(marks[there] & (mark - _ONE)) + count_before(tree, there)
            distances[now] = distinct - 1 - earlier
            table[slot + _ONE] = now
            marks[there] ^= mark
            if there != here:
                add(tree, there, -1)
                add(tree, here, 1)
        marks[here] |= _ONE << (np.uint64(now) & _LOW)
    return distinct


def stack_distances(lines: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Measure the stack distance of each reference of a trace of line numbers, int64[n].

    The result is int64[n]: how many other lines were referenced since this one was, or COLD (-1)
    for a first reference. Raises GuardlaneError for a negative line or 2^31 references or more.
    """
    if len(lines) and int(lines.min()) < 0:
        raise GuardlaneError(f"lines of a trace must be 0 or more, not {int(lines.min())}")
    if len(lines) >= 1 << 31:
        raise GuardlaneError(f"a trace must have less than 2^31 references, not {len(lines)}")
    distances = np.empty(len(lines), np.int64)
    measure(lines, distances)
    return distances


def histogram(distances: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Count the references of each distance: int64[largest + 1]; first references are left out."""
    warm = distances[distances != COLD]
    return cast(npt.NDArray[np.int64], np.bincount(warm).astype(np.int64))


def hits_by_size(distances: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Count the hits of fully associative LRU caches of 0, 1, 2, ... lines: int64[largest + 2].

    The last entry holds for every larger cache as well. Over the trace's length it is a hit rate.
    """
    return np.concatenate(([0], np.cumsum(histogram(distances)))).astype(np.int64)
