# SPDX-License-Identifier: Apache-2.0
"""The code of headers and shared pointers: one flipped bit is corrected, two are noticed.

Every data bit has a column of odd weight, three or more, among the check bits; every check bit is a
column of its own. One flip gives an odd syndrome, two give an even one that is not zero. The check
bits are stored inverted, so that a cell stuck at all zeros or all ones is no codeword.
"""

from __future__ import annotations

from functools import reduce
from itertools import combinations
from operator import xor
from typing import NamedTuple


class Decoded(NamedTuple):
    """What a reader gets: the data, and whether a bit was repaired or two were lost."""

    data: int
    is_corrected: bool
    is_uncorrectable: bool


def odd_columns(check_bits: int) -> list[int]:
    """List the columns free for data: odd weights from 3 up, each in order of combinations."""
    return [
        sum(1 << row for row in rows)
        for weight in range(3, check_bits + 1, 2)
        for rows in combinations(range(check_bits), weight)
    ]


def check_bits_for(data_width: int) -> int:
    """Count the check bits `data_width` data bits need: 4, 5, 7 for 3, 9, 33."""
    check_bits = 3
    while 2 ** (check_bits - 1) - check_bits < data_width:
        check_bits += 1
    return check_bits


class Secded:
    """Single-error correction and double-error detection over `data_width` bits.

    Codeword bits: data from bit 0 on, the inverted check bits above. `columns[i]` is the set of
    check bits that data bit i takes part in, check bit 0 in bit 0.
    """

    def __init__(self, data_width: int) -> None:
        if data_width < 1:
            raise ValueError(f"a code protects 1 bit or more, not {data_width}")
        self.data_width = data_width
        self.check_bits = check_bits_for(data_width)
        self.code_width = data_width + self.check_bits
        columns = odd_columns(self.check_bits)
        if reduce(xor, columns[:data_width]) == 0:  # all ones would be a codeword
            columns[data_width - 1] = columns[data_width]
        self.columns = tuple(columns[:data_width])
        self._position = {column: bit for bit, column in enumerate(self.columns)}
        self._position |= {1 << row: data_width + row for row in range(self.check_bits)}

    def check(self, data: int) -> int:
        """Return the check bits of `data`, not inverted."""
        check = 0
        for bit, column in enumerate(self.columns):
            if data >> bit & 1:
                check ^= column
        return check

    def encode(self, data: int) -> int:
        """Return the codeword of `data`; bits beyond the data width are an error."""
        if data >> self.data_width:
            raise ValueError(f"{data:#x} does not fit the code's {self.data_width} data bits")
        inverted = self.check(data) ^ ((1 << self.check_bits) - 1)
        return data | inverted << self.data_width

    def decode(self, code: int) -> Decoded:
        """Read a codeword back; with two flips the data is what is stored, and not to be used."""
        data = code & ((1 << self.data_width) - 1)
        inverted = code >> self.data_width ^ ((1 << self.check_bits) - 1)
        syndrome = self.check(data) ^ inverted
        if syndrome == 0:
            return Decoded(data, is_corrected=False, is_uncorrectable=False)
        position = self._position.get(syndrome)
        if position is None:
            return Decoded(data, is_corrected=False, is_uncorrectable=True)
        if position < self.data_width:
            data ^= 1 << position
        return Decoded(data, is_corrected=True, is_uncorrectable=False)
