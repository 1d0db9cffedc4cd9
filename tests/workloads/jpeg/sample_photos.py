# SPDX-License-Identifier: Apache-2.0
"""Photographs that come with scikit-image, whole or in part, as the bytes of a file."""

from __future__ import annotations

import io
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Box = tuple[int, int, int, int]  # left, top, right, bottom


def photo(name: str, box: Box | None = None) -> Image.Image:
    """Open a photograph of scikit-image's data folder as RGB."""
    content = (files("skimage") / "data" / name).read_bytes()
    return Image.open(io.BytesIO(content)).convert("RGB").crop(box)


def noise(width: int, height: int, seed: int = 1) -> Image.Image:
    """Make a picture in which every sample is drawn alone: the hardest there is to encode."""
    samples = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(samples)


def file_of(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Value of the bytes of a file of format `kind` that holds `image`."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def ready_jpeg(image: Image.Image, quality: int = 85) -> bytes:
    """Value of a JPEG file that the graph decodes as it is."""
    return file_of(image, "JPEG", quality=quality, subsampling=0, restart_marker_rows=1)


def pillow_decodes(jpeg: bytes) -> npt.NDArray[np.uint8]:
    """Value of the picture that libjpeg makes of a JPEG file, uint8[height, width, 3]."""
    return np.array(Image.open(io.BytesIO(jpeg)).convert("RGB"), np.uint8)
