# SPDX-License-Identifier: Apache-2.0
"""A look through somebody else's entropy-coded bytes before the cores get them.

The graph's rates promise that a row of MCUs uses up its segment to the last byte and that 32 bits
hold every sum. An encoder that keeps the standard keeps both; this checks that it did.
"""

from __future__ import annotations

from guardlane_workloads.streams.jpeg.bitstream import BitstreamError, Encoded, HuffmanTable

Code = tuple[int, int]  # bits of a code, what it stands for

# The IDCT multiplies by less than 2**16 all in all; magnitudes of a block that add up to less than
# 2**15 stay in 32 bits. Samples of 8 bits give 8192, and the coarsest quantiser as much again.
LARGEST_SUM = (1 << 15) - 1


def check_scan(encoded: Encoded) -> None:
    """Decode the coefficients of `encoded`; raises BitstreamError at the first that cannot be."""
    lookups = {table: _lookup(table) for table in set(encoded.codes)}
    codes = [lookups[table] for table in encoded.codes]
    for row, segment in enumerate(encoded.segments):
        reader = _Bits(segment)
        predictions = [0, 0, 0]
        for mcu in range(encoded.mcus_per_row):
            for component in range(3):
                try:
                    total = _block(reader, codes, encoded.quantisers, component, predictions)
                except LookupError:
                    raise BitstreamError(f"MCU {mcu} of row {row} is damaged") from None
                if total > LARGEST_SUM:
                    raise BitstreamError(
                        f"coefficients of MCU {mcu} of row {row} add up to {total}, "
                        "more than samples of 8 bits can"
                    )
        if reader.left >= 8:
            raise BitstreamError(f"row {row} of MCUs has {reader.left // 8} bytes too many")


def _block(
    reader: _Bits,
    codes: list[list[Code]],
    quantisers: tuple[tuple[int, ...], ...],
    component: int,
    predictions: list[int],
) -> int:
    """Value of the sum of magnitudes of a block's coefficients; LookupError when it is damaged."""
    steps = quantisers[component]
    predictions[component] += reader.amplitude(reader.symbol(codes[2 * component]))
    total = abs(predictions[component]) * steps[0]
    place = 1
    while place < 64:
        symbol = reader.symbol(codes[2 * component + 1])
        if symbol == 0:  # end of block
            break
        place += symbol >> 4
        if symbol & 15 == 0 and symbol != 0xF0:
            raise LookupError
        total += abs(reader.amplitude(symbol & 15)) * steps[place]
        place += 1
    return total


class _Bits:
    """The bits of a segment, the highest of a byte first."""

    def __init__(self, segment: bytes) -> None:
        self.data = segment.replace(b"\xff\0", b"\xff")
        self.left = 8 * len(self.data)
        self.data += bytes(4)  # so that a look ahead finds bytes

    def symbol(self, codes: list[Code]) -> int:
        length, symbol = codes[self._ahead()]
        self._take(length)
        return symbol

    def amplitude(self, size: int) -> int:
        value = self._ahead() >> 16 - size
        self._take(size)
        return value if 2 * value >= 1 << size else value - (1 << size) + 1

    def _ahead(self) -> int:
        """Value of the next 16 bits."""
        place = 8 * (len(self.data) - 4) - self.left
        start = place >> 3
        return int.from_bytes(self.data[start : start + 3], "big") >> 8 - (place & 7) & 0xFFFF

    def _take(self, bits: int) -> None:
        self.left -= bits
        if self.left < 0 or bits > 16:
            raise LookupError


def _lookup(table: HuffmanTable) -> list[Code]:
    """Value of the code that each run of 16 bits begins with; one of 17 bits means none."""
    found: list[Code] = []
    symbols = iter(table.symbols)
    for length, count in enumerate(table.counts, start=1):
        for _ in range(count):
            found += [(length, next(symbols))] * (1 << 16 - length)
    return found + [(17, 0)] * ((1 << 16) - len(found))
