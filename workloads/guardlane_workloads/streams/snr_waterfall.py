# SPDX-License-Identifier: Apache-2.0
"""Spectra as a picture: a row a spectrum, the earliest on top, brighter where there is more."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

SIDE = 512  # least pixels of a side; small pictures are enlarged
MOST_ROWS = 1024  # spectra shown
SHADES = ((5, 8, 24), (22, 46, 110), (24, 128, 142), (138, 205, 98), (255, 246, 190))


def row_height(count: int) -> int:
    """Value of the pixels of height of each of `count` spectra."""
    return -(-SIDE // min(count, MOST_ROWS))


def waterfall(power: npt.NDArray[np.float64], lowest: float, highest: float) -> bytes:
    """Draw `power` float64[spectra, bins] as a PNG file, the first MOST_ROWS of it.

    It is darkest at `lowest` and below, brightest at `highest` and above, in dB.
    """
    decibels = 10 * np.log10(np.maximum(power[:MOST_ROWS], 10 ** (lowest / 10)))
    share = np.minimum((decibels - lowest) / (highest - lowest), 1)
    shades = np.rint(255 * share).astype(np.uint8)
    width = -(-SIDE // power.shape[1])
    return _png(shades.repeat(row_height(len(power)), axis=0).repeat(width, axis=1))


def _png(shades: npt.NDArray[np.uint8]) -> bytes:
    """Value of a PNG file of `shades` uint8[height, width], 0 to 255 along SHADES."""
    places = np.linspace(0, 255, len(SHADES))
    ramps = [np.interp(np.arange(256), places, ramp) for ramp in zip(*SHADES, strict=True)]
    palette = np.rint(np.stack(ramps, axis=1)).astype(np.uint8)
    height, width = shades.shape
    lines = np.concatenate([np.zeros((height, 1), np.uint8), shades], axis=1)  # 0: no prediction
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)  # 8 bits, by palette
    chunks = (
        (b"IHDR", head),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
