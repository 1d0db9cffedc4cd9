# SPDX-License-Identifier: Apache-2.0
"""A picture of spectra is a PNG that others read, dark where there is little."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from guardlane_workloads.streams.snr_waterfall import MOST_ROWS, SHADES, waterfall


def drawn(power: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    picture = Image.open(io.BytesIO(waterfall(power, -60, 0)))
    picture.load()
    return np.array(picture.convert("RGB"))


def test_brightness_follows_the_decibels() -> None:
    power = np.full((4, 8), 1e-9)
    power[1, 2] = 1.0
    power[2, 3] = 10.0**-3  # half way from -60 to 0 dB
    power[3, 4] = 1e9
    pixels = drawn(power)
    assert pixels.shape == (512, 512, 3)
    blocks = pixels.reshape(4, 128, 8, 64, 3)
    assert (blocks == blocks[:, :1, :, :1]).all()
    cells = blocks[:, 0, :, 0]
    assert tuple(cells[0, 0]) == SHADES[0]
    assert tuple(cells[1, 2]) == tuple(cells[3, 4]) == SHADES[-1]
    np.testing.assert_allclose(cells[2, 3], SHADES[2], atol=1)


def test_nothing_at_all_is_dark() -> None:
    assert (drawn(np.zeros((2, 64))) == SHADES[0]).all()


def test_a_long_signal_is_cut() -> None:
    power = np.ones((MOST_ROWS + 5, 64))
    power[MOST_ROWS:] = 0
    pixels = drawn(power)
    assert pixels.shape == (MOST_ROWS, 512, 3)
    assert (pixels == SHADES[-1]).all()
