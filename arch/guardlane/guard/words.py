# SPDX-License-Identifier: Apache-2.0
"""What a queue stores: items, headers and the end, told apart by three tag bits."""

from __future__ import annotations

from typing import NamedTuple

from guardlane.guard.secded import Secded

# Kinds of unit, as the ports carry them.
ITEM, HEADER, BAD, EOC = range(4)
KIND_NAMES = ("item", "header", "bad", "eoc")

TAG_BITS = 3  # a single tag bit, flipped, would let a header out as data


class Unit(NamedTuple):
    """One word of a queue as a checker sees it: `ident` counts for headers, `data` for items."""

    kind: int
    ident: int = 0
    data: int = 0


def frame_distance(ident: int, active: int, id_width: int) -> int:
    """Count the frames from `active` up to `ident`, modulo 2**id_width.

    0 is this frame, below 2**(id_width - 1) a future one, anything else a past one.
    """
    return (ident - active) & ((1 << id_width) - 1)


class WordLayout:
    """Where the bits of a stored word lie: the payload from bit 0 on, the three tag bits above it.

    A header's payload is the codeword of (id, eoc): the id in the low bits of the code's data, the
    end-of-computation flag above it. Items carry no code.
    """

    def __init__(self, data_width: int, id_width: int) -> None:
        self.data_width = data_width
        self.id_width = id_width
        self.code = Secded(id_width + 1)
        self.payload_width = max(data_width, self.code.code_width)
        self.width = self.payload_width + TAG_BITS

    def encode(self, unit: Unit) -> int:
        """Return the stored bits of an item, a header or an end; a BAD unit has no encoding."""
        if unit.kind == ITEM:
            return unit.data & ((1 << self.data_width) - 1)
        if unit.kind == BAD:
            raise ValueError("a word is written as item, header or eoc; bad is what a reader finds")
        ident = unit.ident & ((1 << self.id_width) - 1)
        code = self.code.encode(ident | (unit.kind == EOC) << self.id_width)
        return code | 0b111 << self.payload_width

    def decode(self, word: int) -> Unit:
        """Return what stored bits say, by majority of the tag; BAD for a header beyond repair."""
        tag = word >> self.payload_width & 0b111
        if tag.bit_count() < 2:
            return Unit(ITEM, data=word & ((1 << self.data_width) - 1))
        found = self.code.decode(word & ((1 << self.code.code_width) - 1))
        if found.is_uncorrectable:
            return Unit(BAD)
        ident = found.data & ((1 << self.id_width) - 1)
        return Unit(EOC if found.data >> self.id_width else HEADER, ident)
