# SPDX-License-Identifier: Apache-2.0
"""A baseline JPEG cut at its restart markers: one segment of entropy-coded bytes a row of MCUs.

Strict and small on purpose: three components without subsampling, 8 bits, sequential Huffman, a
restart marker after each row. `picture` brings every other file into this shape.
Markers and tables are those of ITU T.81, annex B.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guardlane.errors import GuardlaneError

SOI, EOI, SOS, DQT, DHT, DRI, SOF0, COM, RST0 = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xC0, 0xFE, 0xD0
APP0, APP14, APP15 = 0xE0, 0xEE, 0xEF


class BitstreamError(GuardlaneError):
    """A JPEG that this decoder cannot take as it is, with the reason."""


@dataclass(frozen=True)
class HuffmanTable:
    """Codes in order of length: `counts[n - 1]` codes of n bits, n to 16, and what they mean."""

    counts: tuple[int, ...]
    symbols: bytes


@dataclass(frozen=True)
class Encoded:
    """A JPEG ready for the graph: size in pixels, one segment of bytes a row of MCUs, the tables.

    `quantisers` are of Y, Cb and Cr, 64 steps each in zigzag order; `codes` are the DC and AC
    tables of Y, of Cb and of Cr, six in all.
    """

    width: int
    height: int
    segments: tuple[bytes, ...]
    quantisers: tuple[tuple[int, ...], ...]
    codes: tuple[HuffmanTable, ...]

    @property
    def mcus_per_row(self) -> int:
        return -(-self.width // 8)

    @property
    def rows(self) -> int:
        """Value of the number of rows of MCUs."""
        return -(-self.height // 8)


def parse(data: bytes) -> Encoded:
    """Take a JPEG file apart; raises BitstreamError when it has another shape or is damaged."""
    return _Parser(data).run()


class _Parser:
    """What the markers have said so far."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0
        self.size = (0, 0)  # width, height
        self.quantiser_of: dict[int, int] = {}  # by component
        self.quantisers: dict[int, tuple[int, ...]] = {}
        self.codes: dict[tuple[int, int], HuffmanTable] = {}  # by class (0 DC, 1 AC) and number
        self.restart = 0

    def run(self) -> Encoded:
        if self._marker() != SOI:
            raise BitstreamError("no JPEG: it does not begin with FF D8")
        while (marker := self._marker()) != SOS:
            body = self._body()
            if marker == SOF0:
                self._frame(body)
            elif marker == DQT:
                self._quantiser_tables(body)
            elif marker == DHT:
                self._huffman_tables(body)
            elif marker == DRI:
                self.restart = _u16(body, 0)
            elif marker == APP14:
                _check_adobe(body)
            elif not (APP0 <= marker <= APP15 or marker == COM):
                raise BitstreamError(f"marker FF {marker:02X} is not part of a baseline JPEG")
        return self._scan(self._body())

    def _marker(self) -> int:
        """Read a marker's second byte, past any fill bytes."""
        start = self.place
        while self._byte() == 0xFF:
            pass
        if self.place - start < 2:
            raise BitstreamError(f"byte {start}: a marker should stand here")
        return self.data[self.place - 1]

    def _byte(self) -> int:
        if self.place >= len(self.data):
            raise BitstreamError(f"it ends after {len(self.data)} bytes, inside its headers")
        self.place += 1
        return self.data[self.place - 1]

    def _body(self) -> bytes:
        """Read the bytes of a segment, whose length counts itself."""
        length = self._byte() << 8 | self._byte()
        body = self.data[self.place : self.place + length - 2]
        if length < 2 or len(body) != length - 2:
            raise BitstreamError(f"byte {self.place - 2}: a segment cannot be {length} bytes long")
        self.place += len(body)
        return body

    def _frame(self, body: bytes) -> None:
        if self.quantiser_of:
            raise BitstreamError("it has two frame headers")
        if len(body) != 6 + 3 * 3 or body[5] != 3:
            raise BitstreamError("it has not three components")
        if body[0] != 8:
            raise BitstreamError(f"its samples have {body[0]} bits, not 8")
        self.size = (_u16(body, 3), _u16(body, 1))
        if 0 in self.size:
            raise BitstreamError(f"its size is {self.size[0]} x {self.size[1]}")
        for component in range(3):
            name, sampling, quantiser = body[6 + 3 * component : 9 + 3 * component]
            if name != component + 1:
                raise BitstreamError("its components are not Y, Cb and Cr, numbered 1, 2 and 3")
            if sampling != 0x11:
                raise BitstreamError("its components are subsampled")
            self.quantiser_of[component] = quantiser

    def _quantiser_tables(self, body: bytes) -> None:
        for start in range(0, len(body), 65):
            steps = body[start + 1 : start + 65]
            if body[start] > 3 or len(steps) != 64 or 0 in steps:
                raise BitstreamError("a quantiser table is not 64 steps of 1 to 255")
            self.quantisers[body[start]] = tuple(steps)

    def _huffman_tables(self, body: bytes) -> None:
        place = 0
        while place < len(body):
            kind, number = body[place] >> 4, body[place] & 15
            counts = tuple(body[place + 1 : place + 17])
            symbols = body[place + 17 : place + 17 + sum(counts)]
            place += 17 + sum(counts)
            _check_codes(kind, number, counts, symbols)
            self.codes[kind, number] = HuffmanTable(counts, symbols)

    def _scan(self, header: bytes) -> Encoded:
        """Cut the entropy-coded bytes behind the scan header at the restart markers."""
        if not self.quantiser_of:
            raise BitstreamError("it has no frame header before its scan")
        if len(header) != 10 or header[0] != 3 or header[1:6:2] != b"\1\2\3":
            raise BitstreamError("its scan is not of Y, Cb and Cr together")
        if header[7:] != b"\0\x3f\0":
            raise BitstreamError("its scan is not of all 64 coefficients at once")
        try:
            quantisers = tuple(self.quantisers[self.quantiser_of[k]] for k in range(3))
            codes = tuple(
                self.codes[kind, header[2 + 2 * component] >> 4 * (1 - kind) & 15]
                for component in range(3)
                for kind in (0, 1)
            )
        except KeyError:
            raise BitstreamError("a table that its scan needs is missing") from None
        width, height = self.size
        segments = self._segments()
        found = Encoded(width, height, segments, quantisers, codes)
        if found.rows > 1 and self.restart != found.mcus_per_row:
            raise BitstreamError(
                f"its restart interval is {self.restart} MCUs, not its row of {found.mcus_per_row}"
            )
        if len(segments) != found.rows:
            raise BitstreamError(f"its scan has {len(segments)} rows of MCUs, not {found.rows}")
        return found

    def _segments(self) -> tuple[bytes, ...]:
        segments: list[bytes] = []
        start = self.place
        while True:
            at = self.data.find(b"\xff", self.place)
            if at < 0 or at + 1 >= len(self.data):
                raise BitstreamError("its scan has no end")
            self.place = at
            after = self.data[at + 1]
            if after == 0:
                self.place += 2
                continue
            segments.append(self.data[start:at])
            marker = self._marker()
            start = self.place
            if marker == EOI:
                return tuple(segments)
            if marker != RST0 + (len(segments) - 1) % 8:
                raise BitstreamError(f"marker FF {marker:02X} stands in its scan, out of turn")


def _u16(body: bytes, place: int) -> int:
    if len(body) < place + 2:
        raise BitstreamError("a segment is too short")
    return body[place] << 8 | body[place + 1]


def _check_adobe(body: bytes) -> None:
    if body[:5] == b"Adobe" and body[11:12] != b"\1":
        raise BitstreamError("its components are not Y, Cb and Cr, says its Adobe segment")


def _check_codes(kind: int, number: int, counts: Sequence[int], symbols: bytes) -> None:
    """Check that the codes exist and that baseline symbols are all they stand for."""
    if kind > 1 or number > 3 or len(counts) != 16 or len(symbols) != sum(counts):
        raise BitstreamError("a Huffman table is cut short or out of place")
    if len(symbols) > 256:
        raise BitstreamError(f"a Huffman table has {len(symbols)} codes, more than 256")
    code = 0
    for length, count in enumerate(counts, start=1):
        code = (code << 1) + count
        if code >= 1 << length:  # the code of all ones is not to be used
            raise BitstreamError(f"a Huffman table has too many codes of up to {length} bits")
    largest = 10 if kind else 11
    if any(symbol & 15 > largest if kind else symbol > largest for symbol in symbols):
        raise BitstreamError("a Huffman table has symbols that 8-bit samples cannot need")
