# SPDX-License-Identifier: Apache-2.0
"""A baseline JPEG is taken apart, and every other file refused with a reason."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from guardlane_workloads.streams.jpeg.bitstream import BitstreamError, parse
from tests.workloads.jpeg.sample_photos import file_of, noise, photo, ready_jpeg

PICTURE = photo("coffee.png", (200, 100, 233, 121))  # 33 x 21: five by three MCUs
READY = ready_jpeg(PICTURE)


def segment(marker: int, data: bytes = READY) -> tuple[int, int]:
    """Value of the first and last place of the segment that `marker` begins."""
    start = data.index(bytes([0xFF, marker]))
    return start, start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")


def patched(place: int, *content: int, data: bytes = READY) -> bytes:
    return data[:place] + bytes(content) + data[place + len(content) :]


def test_size_rows_and_tables_are_those_of_the_file() -> None:
    encoded = parse(READY)
    image = Image.open(io.BytesIO(READY))
    assert (encoded.width, encoded.height) == image.size == (33, 21)
    assert (encoded.mcus_per_row, encoded.rows) == (5, 3)
    assert len(encoded.segments) == 3
    tables = getattr(image, "quantization")  # noqa: B009 - Pillow does not declare it
    assert sorted(encoded.quantisers[0]) == sorted(tables[0])
    assert sorted(encoded.quantisers[1]) == sorted(tables[1]) == sorted(encoded.quantisers[2])
    assert [sum(table.counts) for table in encoded.codes] == [12, 162] * 3


def test_segments_are_the_bytes_between_the_markers() -> None:
    encoded = parse(READY)
    scan = READY[segment(0xDA)[1] :]
    first, second, third = encoded.segments
    assert scan == first + b"\xff\xd0" + second + b"\xff\xd1" + third + b"\xff\xd9"


def test_fill_bytes_before_a_marker_belong_to_no_segment() -> None:
    filled = READY.replace(b"\xff\xd0", b"\xff\xff\xff\xd0").replace(b"\xff\xd9", b"\xff\xff\xd9")
    assert parse(filled) == parse(READY)


def test_bytes_behind_the_end_are_not_looked_at() -> None:
    assert parse(READY + b"\xff\xd0 more") == parse(READY)


def test_restart_markers_count_round_to_eight() -> None:
    assert len(parse(ready_jpeg(noise(8, 80))).segments) == 10


def test_application_segments_and_comments_are_skipped() -> None:
    extra = b"\xff\xe5\0\6some" + b"\xff\xfe\0\4me"
    assert parse(READY[:2] + extra + READY[2:]) == parse(READY)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\xd9", "no JPEG: it does not begin with FF D8"),
        (b"GIF89a", "byte 0: a marker should stand here"),
        (b"", "it ends after 0 bytes, inside its headers"),
        (READY[:100], "byte .*: a segment cannot be .* bytes long"),
        (READY[:2] + b"\xff\xe0\0\1", "byte 4: a segment cannot be 1 bytes long"),
        (READY[:2] + b"\0" + READY[2:], "byte 2: a marker should stand here"),
        (READY[:2] + b"\xff\xcc\0\2" + READY[2:], "marker FF CC is not part of a baseline JPEG"),
        (READY[:-2], "its scan has no end"),
        (READY.replace(b"\xff\xd1", b"\xff\xd2"), "marker FF D2 stands in its scan, out of turn"),
        (READY.replace(b"\xff\xd1", b"\xff\xd9"), "its scan has 2 rows of MCUs, not 3"),
        (READY[:2] + b"\xff\xdd\0\3\0" + READY[2:], "a segment is too short"),
        (READY[:2] + b"\xff\xee\0\x0eAdobe\0d\0\0\0\0\0" + READY[2:], "says its Adobe segment"),
    ],
)  # fmt: skip
def test_a_damaged_or_foreign_file_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(BitstreamError, match=reason):
        parse(data)


FRAME = segment(0xC0)[0] + 4
SCAN = segment(0xDA)[0] + 4
QUANTISER = segment(0xDB)[0] + 4
CODES = segment(0xC4)[0] + 4
RESTART = segment(0xDD)[0] + 4


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (patched(FRAME, 12), "its samples have 12 bits, not 8"),
        (patched(FRAME + 1, 0, 0), "its size is 33 x 0"),
        (patched(FRAME + 5, 4), "it has not three components"),
        (patched(FRAME + 6, 82), "its components are not Y, Cb and Cr, numbered 1, 2 and 3"),
        (patched(FRAME + 7, 0x22), "its components are subsampled"),
        (patched(FRAME + 8, 3), "a table that its scan needs is missing"),
        (patched(SCAN + 1, 2), "its scan is not of Y, Cb and Cr together"),
        (patched(SCAN + 7, 1), "its scan is not of all 64 coefficients at once"),
        (patched(SCAN + 2, 0x33), "a table that its scan needs is missing"),
        (patched(QUANTISER, 0x10), "a quantiser table is not 64 steps of 1 to 255"),
        (patched(QUANTISER + 9, 0), "a quantiser table is not 64 steps of 1 to 255"),
        (patched(CODES, 0x20), "a Huffman table is cut short or out of place"),
        (patched(CODES + 1, 2, 0, 4), "a Huffman table has too many codes of up to 1 bits"),
        (patched(CODES + 16, 255), "a Huffman table is cut short or out of place"),
        (patched(CODES + 17, 12), "a Huffman table has symbols that 8-bit samples cannot need"),
        (patched(RESTART, 0, 4), "its restart interval is 4 MCUs, not its row of 5"),
        (READY[:FRAME - 4] + READY[segment(0xC0)[1]:], "it has no frame header before its scan"),
        (READY[:FRAME - 4] + 2 * READY[FRAME - 4:segment(0xC0)[1]], "it has two frame headers"),
        (file_of(PICTURE.convert("L"), "JPEG"), "it has not three components"),
        (file_of(PICTURE, "JPEG", progressive=True, subsampling=0), "marker FF C2 is not part of"),
        (file_of(PICTURE, "JPEG", subsampling=2), "its components are subsampled"),
        (file_of(PICTURE, "JPEG", subsampling=0), "its restart interval is 0 MCUs"),
    ],
)  # fmt: skip
def test_a_header_of_another_shape_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(BitstreamError, match=reason):
        parse(data)


def test_a_table_of_more_codes_than_a_byte_has_values_is_refused() -> None:
    counts = bytes([*[0] * 14, 200, 57])
    body = b"\x10" + counts + bytes(257)
    table = b"\xff\xc4" + (2 + len(body)).to_bytes(2, "big") + body
    with pytest.raises(BitstreamError, match="a Huffman table has 257 codes"):
        parse(READY[:2] + table + READY[2:])


@settings(max_examples=300, deadline=5000)
@given(st.lists(st.tuples(st.integers(0, len(READY) - 1), st.integers(0, 255)), max_size=6))
def test_a_mutated_file_is_parsed_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(READY)
    for place, value in changes:
        data[place] = value
    check(bytes(data))


@settings(max_examples=200, deadline=5000)
@given(st.integers(0, len(READY)), st.binary(max_size=40))
def test_a_file_with_another_tail_is_parsed_or_refused(length: int, tail: bytes) -> None:
    check(READY[:length] + tail)


def check(data: bytes) -> None:
    try:
        found = parse(data)
    except BitstreamError:
        return  # any other error fails the test
    assert len(found.segments) == found.rows
    assert [len(steps) for steps in found.quantisers] == [64] * 3
    assert len(found.codes) == 6
