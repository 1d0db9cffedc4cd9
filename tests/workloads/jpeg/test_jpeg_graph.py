# SPDX-License-Identifier: Apache-2.0
"""The graph of the decoder balances, and its cores decode photographs as libjpeg does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from guardlane.chip.engine import StreamChip
from guardlane.chip.machine import Machine
from guardlane_workloads.streams.jpeg.bitstream import HuffmanTable, parse
from guardlane_workloads.streams.jpeg.graph import SINK, huffman_tables, jpeg_graph, picture_of
from tests.workloads.jpeg.sample_photos import Box, noise, photo, pillow_decodes, ready_jpeg


def test_ten_filters_fire_once_an_mcu() -> None:
    balanced = jpeg_graph(parse(ready_jpeg(noise(33, 21)))).balance()
    assert balanced.steady_states == 3
    assert len(balanced.firings) == 10
    assert set(balanced.firings.values()) == {5}


def test_the_rate_of_the_source_is_the_length_of_each_segment() -> None:
    encoded = parse(ready_jpeg(photo("coffee.png", (200, 100, 233, 121))))
    balanced = jpeg_graph(encoded).balance()
    edge = next(edge for edge in balanced.counts if edge.producer == "bytes")
    assert balanced.counts[edge].tolist() == [len(segment) for segment in encoded.segments]


def test_huffman_codes_of_one_length_follow_each_other() -> None:
    # Codes 0, 10, 110 and 1110 stand for 5, 6, 7 and 8.
    table = HuffmanTable((1, 1, 1, 1, *[0] * 12), bytes([5, 6, 7, 8]))
    tables = huffman_tables((table,) * 6)
    assert tables["LARGEST"][:6] == [-1, 0b0, 0b10, 0b110, 0b1110, -1]
    assert [0 + tables["OFFSET"][1], 0b10 + tables["OFFSET"][2]] == [0, 1]
    assert [0b110 + tables["OFFSET"][3], 0b1110 + tables["OFFSET"][4]] == [2, 3]
    assert tables["SYMBOLS"][:5] == [5, 6, 7, 8, 0]
    assert [len(tables[name]) for name in ("LARGEST", "OFFSET", "SYMBOLS")] == [102, 102, 1536]


def on_the_chip(jpeg: bytes) -> npt.NDArray[np.uint8]:
    encoded = parse(jpeg)
    result = StreamChip(jpeg_graph(encoded), Machine()).run("reliable-queue")
    assert result.outcome == "completed", result.detail
    return picture_of(result.kept[SINK], encoded)


@pytest.mark.parametrize(
    ("name", "box", "quality"),
    [
        ("astronaut.png", (150, 0, 278, 128), 75),
        ("astronaut.png", (0, 0, 256, 256), 90),
        ("chelsea.png", None, 85),  # 451 x 300
        ("rocket.jpg", None, 75),  # 640 x 427
    ],
)
def test_the_cores_decode_a_photo_as_pillow_does(name: str, box: Box | None, quality: int) -> None:
    jpeg = ready_jpeg(photo(name, box), quality)
    np.testing.assert_array_equal(on_the_chip(jpeg), pillow_decodes(jpeg))


@pytest.mark.parametrize("quality", [1, 100])
def test_no_sum_overflows_on_the_cores_at_the_ends_of_quality(quality: int) -> None:
    jpeg = ready_jpeg(noise(64, 64), quality)
    np.testing.assert_array_equal(on_the_chip(jpeg), pillow_decodes(jpeg))
