# SPDX-License-Identifier: Apache-2.0
"""Entropy-coded bytes from elsewhere are let in only when the graph's rates and sums will hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardlane_workloads.streams.jpeg.bitstream import BitstreamError, Encoded, HuffmanTable, parse
from guardlane_workloads.streams.jpeg.graph import jpeg_graph
from guardlane_workloads.streams.jpeg.scan import LARGEST_SUM, check_scan
from tests.workloads.jpeg.native_graph import run_natively
from tests.workloads.jpeg.sample_photos import noise, photo, ready_jpeg

GOOD = parse(ready_jpeg(photo("coffee.png", (200, 100, 224, 116))))  # three by two MCUs


def with_segment(row: int, segment: bytes, encoded: Encoded = GOOD) -> Encoded:
    segments = [*encoded.segments]
    segments[row] = segment
    return replace(encoded, segments=tuple(segments))


@pytest.mark.parametrize("quality", [1, 85, 100])
def test_what_an_encoder_makes_of_the_hardest_picture_passes(quality: int) -> None:
    check_scan(parse(ready_jpeg(noise(64, 64), quality)))


@pytest.mark.parametrize("bytes_more", [1, 2, 9])
def test_bytes_that_no_mcu_uses_are_refused(bytes_more: int) -> None:
    tampered = with_segment(1, GOOD.segments[1] + bytes(bytes_more))
    with pytest.raises(BitstreamError, match=f"row 1 of MCUs has {bytes_more} bytes too many"):
        check_scan(tampered)


def test_a_segment_that_ends_early_is_refused_with_its_mcu() -> None:
    with pytest.raises(BitstreamError, match="MCU 2 of row 0 is damaged"):
        check_scan(with_segment(0, GOOD.segments[0][:-1]))
    with pytest.raises(BitstreamError, match="MCU 0 of row 1 is damaged"):
        check_scan(with_segment(1, b""))


def test_a_code_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BitstreamError, match="MCU 0 of row 0 is damaged"):
        check_scan(with_segment(0, b"\xff\0" * 40))


def one_code(symbol: int) -> HuffmanTable:
    """A table with the one code 0."""
    return HuffmanTable((1, *[0] * 15), bytes([symbol]))


def tiny(dc: int, ac: int, step: int, content: bytes) -> Encoded:
    """One MCU whose only codes are 0: for `dc` bits of DC, and for the AC symbol `ac`."""
    codes = (one_code(dc), one_code(ac)) * 3
    return Encoded(8, 8, (content,), ((step,) * 64,) * 3, codes)


def test_coefficients_beyond_8_bit_samples_are_refused() -> None:
    # 63 AC coefficients of one bit: 0 (the code), 1 (the bit), so that each is 1.
    def blocks(step: int) -> Encoded:
        bits = ("0" + "01" * 63) * 3
        size = -(-len(bits) // 8)
        content = int(bits.ljust(8 * size, "1"), 2).to_bytes(size, "big")
        return tiny(0, 1, step, content)

    check_scan(blocks(LARGEST_SUM // 63 // 2))
    check_scan(blocks(LARGEST_SUM // 63))
    with pytest.raises(BitstreamError, match="MCU 0 of row 0 add up to 32823, more than samples"):
        check_scan(blocks(LARGEST_SUM // 63 + 1))


def test_a_run_past_the_end_of_the_block_is_refused() -> None:
    with pytest.raises(BitstreamError, match="MCU 0 of row 0 is damaged"):
        check_scan(tiny(0, 0xF1, 1, bytes(20)))


def test_a_run_of_zeros_that_baseline_does_not_know_is_refused() -> None:
    with pytest.raises(BitstreamError, match="MCU 0 of row 0 is damaged"):
        check_scan(tiny(0, 0x20, 1, bytes(9)))  # 21 times three coefficients fill a block


@settings(max_examples=120, deadline=5000)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=3))
def test_what_passes_is_used_up_to_the_last_byte(changes: list[tuple[int, int]]) -> None:
    segment = bytearray(GOOD.segments[0])
    for place, value in changes:
        segment[place % len(segment)] = value
    tampered = with_segment(0, bytes(segment))
    if any(a == 0xFF and b for a, b in zip(segment, [*segment[1:], 1], strict=True)):
        return  # a marker, which the parser would have found
    try:
        check_scan(tampered)
    except BitstreamError:
        return
    run_natively(jpeg_graph(tampered))  # fails when a filter leaves items or misses one
