# SPDX-License-Identifier: Apache-2.0
"""Any picture a user has, brought into the one shape of JPEG that the graph decodes."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from guardlane.errors import GuardlaneError
from guardlane.reading import read_bounded
from guardlane_workloads.streams.jpeg.bitstream import BitstreamError, Encoded, parse
from guardlane_workloads.streams.jpeg.scan import check_scan

Pixels = npt.NDArray[np.uint8]  # [height, width, 3], R, G, B

MOST_BYTES = 64 << 20
MOST_PIXELS = 1 << 24
MOST_SIDE = 65_500
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")  # none that starts other programs
SHIPPED = "the shipped photo"


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture ready for the graph.

    `pixels` uint8[height, width, 3] is what the encoder was given, or, for a JPEG used as it is,
    what Pillow decodes it to. `data` is the JPEG file itself. `note` says
    what was done to it, but not where it was found: equal pictures give equal records.
    """

    pixels: Pixels
    data: bytes
    encoded: Encoded
    note: str


def shipped_photo() -> bytes:
    """Value of the PNG file of the shipped photo, 256 x 256."""
    return (files(__package__) / "photo" / "astronaut.png").read_bytes()


def read_photo(path: Path | None, quality: int) -> Photo:
    """Prepare the picture at `path`, or the shipped one; raises GuardlaneError naming the file."""
    if path is None:
        return prepare(shipped_photo(), quality, SHIPPED)
    return prepare(read_bounded(path, MOST_BYTES), quality, str(path))


def prepare(content: bytes, quality: int, name: str) -> Photo:
    """Make a photo of the bytes of a picture file; raises GuardlaneError that begins with `name`.

    A baseline JPEG 4:4:4 with a restart marker after each row of MCUs is used as it is; everything
    else is turned upright, to RGB on white, and encoded with `quality` (1 to 100).
    """
    pixels, kind, changes = _decode(content, name)
    if kind == "JPEG" and not changes:
        try:
            encoded = parse(content)
            check_scan(encoded)
        except BitstreamError as reason:
            changes = [str(reason)]
        else:
            return Photo(pixels, content, encoded, "a JPEG that is decoded as it is")
    data = _encode(pixels, quality, name)
    height, width = pixels.shape[:2]
    because = f" ({'; '.join(changes)})" if changes else ""
    note = f"{kind}{because}, encoded as JPEG 4:4:4, {width} x {height}, quality {quality}"
    return Photo(pixels, data, parse(data), note)


def _decode(content: bytes, name: str) -> tuple[Pixels, str, list[str]]:
    """Value of the pixels, the format, and what had to be changed to get 8 bits of RGB, upright."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the size is checked here, and says so itself
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                width, height = image.size
                if width * height > MOST_PIXELS:
                    raise GuardlaneError(
                        f"{name}: {width} x {height} pixels, more than {MOST_PIXELS >> 20} Mi"
                    )
                kind = image.format or "a picture"
                pixels, changes = _upright_rgb(image)
    except GuardlaneError:
        raise
    except Image.DecompressionBombError:
        raise GuardlaneError(f"{name}: more than {MOST_PIXELS >> 20} Mi pixels") from None
    except UnidentifiedImageError:
        raise GuardlaneError(f"{name}: no picture of a known kind ({', '.join(FORMATS)})") from None
    except MemoryError:
        raise
    except Exception as reason:  # a damaged file raises whatever its decoder meets
        said = " ".join(str(reason).split()) or type(reason).__name__
        raise GuardlaneError(f"{name}: damaged or cut short: {said}") from None
    return pixels, kind, changes


def _upright_rgb(image: Image.Image) -> tuple[Pixels, list[str]]:
    changes = []
    if getattr(image, "is_animated", False):
        changes.append("first of its pictures")
    image.load()
    if image.getexif().get(ExifTags.Base.Orientation, 1) in range(2, 9):
        changes.append("turned upright")
    upright = ImageOps.exif_transpose(image)
    mode = upright.mode
    if mode == "F":
        raise ValueError("pixels are floating-point numbers")
    if mode == "I" or mode.startswith("I;16"):
        changes.append("16 bits to 8")
        deep = np.asarray(upright).astype(np.int64)
        upright = Image.fromarray(np.clip(deep >> 8, 0, 255).astype(np.uint8))
    elif upright.has_transparency_data:
        changes.append("on white")
        clear = upright.convert("RGBA")
        upright = Image.new("RGBA", clear.size, "white")
        upright.alpha_composite(clear)
    elif mode != "RGB":
        changes.append(f"{mode} to RGB")
    return np.array(upright.convert("RGB"), np.uint8), changes


def _encode(pixels: Pixels, quality: int, name: str) -> bytes:
    longer = max(pixels.shape[:2])
    if longer > MOST_SIDE:  # libjpeg would say so on stderr itself
        raise GuardlaneError(f"{name}: {longer} pixels on a side, more than JPEG's {MOST_SIDE}")
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality, subsampling=0, restart_marker_rows=1)
    return out.getvalue()
