# SPDX-License-Identifier: Apache-2.0
"""The measures of quality agree with their definitions and with scikit-image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from guardlane_workloads.streams.jpeg.quality import frame_psnr_db, psnr_db, ssim
from tests.workloads.jpeg.sample_photos import noise, photo

REFERENCE = np.array(photo("coffee.png", (200, 100, 233, 121)))
OTHER = np.array(noise(33, 21))


def test_one_level_everywhere_is_48_db() -> None:
    grey = np.full((9, 9, 3), 100, np.uint8)
    assert psnr_db(grey, grey + np.uint8(1)) == pytest.approx(48.1308, abs=1e-4)
    assert psnr_db(np.zeros_like(grey), np.full_like(grey, 255)) == 0.0


def test_psnr_is_that_of_scikit_image() -> None:
    measure: Any = peak_signal_noise_ratio  # it has no types
    assert psnr_db(REFERENCE, OTHER) == pytest.approx(measure(REFERENCE, OTHER))


def test_equal_pictures_have_no_psnr() -> None:
    assert psnr_db(REFERENCE, REFERENCE.copy()) is None


def test_pictures_of_two_sizes_have_no_psnr() -> None:
    with pytest.raises(ValueError, match=r"pictures are \(21, 33, 3\) and \(20, 33, 3\)"):
        psnr_db(REFERENCE, REFERENCE[:20])


def test_each_frame_is_measured_alone() -> None:
    changed = REFERENCE.copy()
    changed[8:16] ^= 1
    rows = frame_psnr_db(REFERENCE, changed, 8)
    assert rows == [None, pytest.approx(48.1308, abs=1e-4), None]
    assert frame_psnr_db(REFERENCE, changed, 16) == [pytest.approx(51.1411, abs=1e-4), None]


def test_ssim_is_one_for_equal_pictures_and_low_for_noise() -> None:
    assert ssim(REFERENCE, REFERENCE) == 1.0
    found = ssim(REFERENCE, OTHER)
    assert found is not None
    assert found < 0.1


def test_ssim_needs_seven_pixels() -> None:
    assert ssim(REFERENCE[:6], REFERENCE[:6]) is None
    assert ssim(REFERENCE[:7], REFERENCE[:7]) == 1.0
