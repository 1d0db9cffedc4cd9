# SPDX-License-Identifier: Apache-2.0
"""The decoder's filters, run as plain Python, make the picture that libjpeg makes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from guardlane.isa.native import native
from guardlane_workloads.streams.jpeg import kernels
from guardlane_workloads.streams.jpeg.bitstream import parse
from guardlane_workloads.streams.jpeg.graph import SINK, jpeg_graph, picture_of
from tests.workloads.jpeg.native_graph import run_natively
from tests.workloads.jpeg.sample_photos import Box, noise, photo, pillow_decodes, ready_jpeg


def decode(jpeg: bytes) -> npt.NDArray[np.uint8]:
    encoded = parse(jpeg)
    return picture_of(run_natively(jpeg_graph(encoded))[SINK], encoded)


@pytest.mark.parametrize("quality", [75, 85, 90])
@pytest.mark.parametrize(
    ("name", "box"),
    [
        ("astronaut.png", (180, 60, 260, 140)),
        ("coffee.png", (200, 100, 261, 147)),  # 61 x 47: no multiple of 8
        ("chelsea.png", (120, 60, 183, 93)),
    ],
)
def test_a_photo_is_decoded_as_by_pillow(name: str, box: Box, quality: int) -> None:
    jpeg = ready_jpeg(photo(name, box), quality)
    np.testing.assert_array_equal(decode(jpeg), pillow_decodes(jpeg))


@pytest.mark.parametrize("quality", [1, 30, 100])
def test_noise_is_decoded_as_by_pillow_at_the_ends_of_quality(quality: int) -> None:
    jpeg = ready_jpeg(noise(40, 24), quality)
    np.testing.assert_array_equal(decode(jpeg), pillow_decodes(jpeg))


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (9, 1), (1, 17)])
def test_the_smallest_pictures_are_decoded_as_by_pillow(size: tuple[int, int]) -> None:
    jpeg = ready_jpeg(noise(*size))
    np.testing.assert_array_equal(decode(jpeg), pillow_decodes(jpeg))


def test_black_and_white_checks_reach_both_ends_of_the_range() -> None:
    samples = np.indices((16, 16)).sum(axis=0) % 2 * 255
    jpeg = ready_jpeg(Image.fromarray(samples.astype(np.uint8)).convert("RGB"), 50)
    picture = decode(jpeg)
    np.testing.assert_array_equal(picture, pillow_decodes(jpeg))
    assert (picture.min(), picture.max()) == (0, 255)


def test_the_constants_of_the_idct_are_its_cosines_in_13_bits() -> None:
    def value(*signed: int) -> int:
        cosine = sum(math.copysign(math.cos(abs(n) * math.pi / 16), n) for n in signed)
        return round(2**13 * math.sqrt(2) * cosine)

    for name, signed in {
        "K6": (6,),
        "K2_MINUS_K6": (2, -6),
        "K2_PLUS_K6": (2, 6),
        "K3": (3,),
        "K3_MINUS_K5": (3, -5),
        "K3_MINUS_K7": (3, -7),
        "K3_PLUS_K5": (3, 5),
        "K1_PLUS_K3": (1, 3),
        "K3_K5_LESS_K1_K7": (3, 5, -1, -7),
        "K1_K3_LESS_K5_K7": (1, 3, -5, -7),
        "K1_K3_K7_LESS_K5": (1, 3, 7, -5),
        "K1_K3_K5_LESS_K7": (1, 3, 5, -7),
    }.items():
        assert getattr(kernels, name) == value(*signed), name


def test_the_zigzag_order_walks_the_diagonals_up_and_down() -> None:
    places = [(row, column) for row in range(8) for column in range(8)]
    walk = sorted(places, key=lambda at: (sum(at), at[0] if sum(at) % 2 else at[1]))
    assert kernels.ZIGZAG.values == tuple(8 * row + column for row, column in walk)


def test_the_idct_is_that_of_real_numbers_but_for_its_roundings() -> None:
    rng = np.random.default_rng(3)
    u = np.arange(8)
    basis = np.cos((2 * u[:, None] + 1) * u * np.pi / 16) / 2
    basis[:, 0] /= math.sqrt(2)
    for _ in range(20):
        coefficients = rng.integers(-60, 61, (8, 8))
        samples = native(kernels.idct, None, [coefficients.ravel()]).run().words(0).reshape(8, 8)
        exact = np.clip(basis @ coefficients @ basis.T + 128, 0, 255)
        assert np.abs(samples - exact).max() < 1


def test_dequantising_adds_up_dc_until_a_row_of_mcus_begins() -> None:
    block = [5, *[0] * 62, 3]
    runner = native(
        kernels.dequant, kernels.dequant_begin, [block * 4], {"QUANTISER": [2] * 63 + [7]}
    )
    words = runner.run(steady_states=2, firings=2).words(0).reshape(4, 64)
    assert words[:, 0].tolist() == [10, 20, 10, 20]
    assert words[:, 63].tolist() == [21] * 4


def test_a_row_of_mcus_begins_on_a_byte_boundary() -> None:
    jpeg = ready_jpeg(photo("coffee.png", (200, 100, 208, 132)))
    graph = jpeg_graph(parse(jpeg))
    huff = graph.filters()[0]
    runner = native(huff.work, huff.begin, [graph.sources()[0].items], huff.tables)
    assert runner.run(steady_states=4).words(0).size == 4 * 192
    without = native(huff.work, None, [graph.sources()[0].items], huff.tables)
    assert without.run(steady_states=2).words(0).tolist() != runner.words(0)[: 2 * 192].tolist()


def test_garbage_is_decoded_to_whole_blocks_without_looking_outside_a_table() -> None:
    encoded = parse(ready_jpeg(photo("coffee.png", (200, 100, 208, 108))))
    huff = jpeg_graph(encoded).filters()[0]
    garbage = np.random.default_rng(5).integers(0, 256, 4000)
    runner = native(huff.work, huff.begin, [garbage], huff.tables)
    for firing in range(1, 4):
        assert len(runner.run().words(0)) >= 192 * firing


def test_the_sink_takes_the_low_byte_of_an_item() -> None:
    encoded = parse(ready_jpeg(noise(8, 8)))
    items = np.full(192, -1, np.int32)
    items[:3] = 256, 511, 7
    assert picture_of(items, encoded)[0, :2].tolist() == [[0, 255, 7], [255, 255, 255]]
