# SPDX-License-Identifier: Apache-2.0
"""How far a decoded picture is from the photo."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]  # [height, width, 3]


def psnr_db(reference: Pixels, picture: Pixels) -> float | None:
    """Value of the peak signal-to-noise ratio of pictures of one size, dB; None when equal."""
    if reference.shape != picture.shape:
        raise ValueError(f"pictures are {reference.shape} and {picture.shape}, not of one size")
    # Integers, so that the sum does not depend on how a machine orders the additions.
    error = reference.astype(np.int64) - picture
    squares = int((error * error).sum())
    return 10 * math.log10(255 * 255 * error.size / squares) if squares else None


def frame_psnr_db(reference: Pixels, picture: Pixels, lines: int) -> list[float | None]:
    """Value of the PSNR of each frame, `lines` high, top down; None where the frames are equal."""
    starts = range(0, len(reference), lines)
    return [psnr_db(reference[y : y + lines], picture[y : y + lines]) for y in starts]


def ssim(reference: Pixels, picture: Pixels) -> float | None:
    """Value of the structural similarity (Wang et al. 2004), 1 when equal; None below 7 x 7."""
    from skimage.metrics import structural_similarity

    if min(reference.shape[:2]) < 7:
        return None
    measure: Any = structural_similarity  # it has no types
    return float(measure(reference, picture, channel_axis=2))
