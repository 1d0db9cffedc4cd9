# SPDX-License-Identifier: Apache-2.0
"""Any picture becomes a photo that the graph decodes; what is none is refused in one line."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from guardlane.errors import GuardlaneError
from guardlane_workloads.streams.jpeg import picture
from guardlane_workloads.streams.jpeg.picture import Photo, prepare, read_photo, shipped_photo
from tests.workloads.jpeg.sample_photos import file_of, noise, photo, pillow_decodes, ready_jpeg

PICTURE = photo("coffee.png", (200, 100, 233, 121))
PIXELS = np.array(PICTURE)


def prepared(content: bytes, quality: int = 85) -> Photo:
    return prepare(content, quality, "it")


def png_header(width: int, height: int) -> bytes:
    """Value of a PNG file that claims a size and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_a_png_is_encoded_and_says_so() -> None:
    found = prepared(file_of(PICTURE), 75)
    np.testing.assert_array_equal(found.pixels, PIXELS)
    assert found.data == ready_jpeg(PICTURE, 75)
    assert (found.encoded.width, found.encoded.height) == (33, 21)
    assert found.note == "PNG, encoded as JPEG 4:4:4, 33 x 21, quality 75"


def test_a_jpeg_in_the_right_shape_is_used_as_it_is() -> None:
    content = ready_jpeg(PICTURE, 40)
    found = prepared(content, 90)
    assert found.data == content
    np.testing.assert_array_equal(found.pixels, pillow_decodes(content))
    assert found.note == "a JPEG that is decoded as it is"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"subsampling": 2}, "its components are subsampled"),
        ({"progressive": True}, "marker FF C2 is not part of a baseline JPEG"),
        ({"subsampling": 0}, "its restart interval is 0 MCUs, not its row of 5"),
    ],
)
def test_another_jpeg_is_encoded_again_and_says_why(options: dict[str, int], reason: str) -> None:
    content = file_of(PICTURE, "JPEG", **options)
    found = prepared(content)
    np.testing.assert_array_equal(found.pixels, pillow_decodes(content))
    assert found.note.startswith(f"JPEG ({reason}")


def test_a_damaged_jpeg_that_pillow_can_show_is_encoded_again() -> None:
    content = ready_jpeg(PICTURE)
    scan = content.index(b"\xff\xda") + 14
    damaged = content[:scan] + bytes(20) + content[scan + 20 :]
    assert "damaged" in prepared(damaged).note or "bytes too many" in prepared(damaged).note


@pytest.mark.parametrize("kind", ["WEBP", "GIF", "BMP", "TIFF", "PPM"])
def test_pictures_of_other_kinds_are_encoded(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    found = prepared(file_of(PICTURE, kind, **options))
    assert found.note.startswith(kind)
    if kind != "GIF":
        np.testing.assert_array_equal(found.pixels, PIXELS)


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_grey_and_palette_pictures_become_rgb(mode: str) -> None:
    image = PICTURE.convert(mode)
    found = prepared(file_of(image))
    np.testing.assert_array_equal(found.pixels, np.array(image.convert("RGB")))
    assert f"({mode} to RGB)" in found.note


def test_a_cmyk_jpeg_becomes_rgb() -> None:
    content = file_of(PICTURE.convert("CMYK"), "JPEG")
    found = prepared(content)
    np.testing.assert_array_equal(found.pixels, pillow_decodes(content))
    assert "(CMYK to RGB)" in found.note


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_becomes_white(mode: str) -> None:
    image = PICTURE.convert(mode)
    alpha = Image.new("L", image.size, 255)
    alpha.paste(0, (0, 0, 5, 5))
    image.putalpha(alpha)
    found = prepared(file_of(image))
    assert (found.pixels[:5, :5] == 255).all()
    np.testing.assert_array_equal(found.pixels[5:], np.array(image.convert("RGB"))[5:])
    assert "(on white)" in found.note


def test_a_transparent_colour_of_a_palette_becomes_white() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 255, 255, 0, 0])
    image.putpixel((3, 4), 0)
    found = prepared(file_of(image, transparency=0))
    assert found.pixels[4, 3].tolist() == [255, 255, 255]
    assert found.pixels[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_upper_eight(kind: str) -> None:
    deep = (np.arange(64, dtype=np.uint16).reshape(8, 8) * 1023 + 7).astype(np.uint16)
    found = prepared(file_of(Image.fromarray(deep), kind))
    np.testing.assert_array_equal(found.pixels, np.repeat(deep[:, :, None] >> 8, 3, axis=2))
    assert "16 bits to 8" in found.note


def test_floating_point_pictures_are_refused() -> None:
    image = Image.fromarray(np.zeros((8, 8), np.float32))
    with pytest.raises(GuardlaneError, match=r"it: .*pixels are floating-point numbers"):
        prepared(file_of(image, "TIFF"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_is_put_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = file_of(
        PICTURE, "JPEG", quality=90, subsampling=0, restart_marker_rows=1, exif=exif.tobytes()
    )
    found = prepared(content)
    straight = pillow_decodes(content)
    turned = {
        1: straight,
        2: straight[:, ::-1],
        3: straight[::-1, ::-1],
        4: straight[::-1],
        5: straight.swapaxes(0, 1),
        6: np.rot90(straight, -1),
        7: np.rot90(straight, 2).swapaxes(0, 1),
        8: np.rot90(straight),
    }
    np.testing.assert_array_equal(found.pixels, turned[orientation])
    assert (found.data == content) == (orientation == 1)
    assert ("turned upright" in found.note) == (orientation != 1)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_picture_counts(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    content = file_of(frames[0], kind, save_all=True, append_images=frames[1:])
    found = prepared(content)
    assert found.pixels[0, 0, 0] > 200 > 50 > found.pixels[0, 0, 2]
    assert "first of its pictures" in found.note


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
@pytest.mark.parametrize("part", [0.02, 0.4, 0.9])
def test_a_file_that_was_cut_short_is_refused_in_one_line(kind: str, part: float) -> None:
    content = file_of(noise(64, 64), kind)
    with pytest.raises(GuardlaneError, match=r"^it: (damaged or cut short|no picture)") as found:
        prepared(content[: int(part * len(content))])
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("content", [b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\0" * 5000])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(GuardlaneError, match=r"^it: no picture of a known kind \(PNG, JPEG, "):
        prepared(content)


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ((4097, 4096), "it: 4097 x 4096 pixels, more than 16 Mi"),
        ((60_000, 60_000), "it: more than 16 Mi pixels"),
    ],
)
def test_a_picture_of_too_many_pixels_is_refused_by_its_header(
    size: tuple[int, int], message: str, recwarn: pytest.WarningsRecorder
) -> None:
    with pytest.raises(GuardlaneError, match=message):
        prepared(png_header(*size))
    assert not recwarn.list


def test_a_picture_too_long_for_jpeg_is_refused() -> None:
    with pytest.raises(
        GuardlaneError, match=r"^it: 65501 pixels on a side, more than JPEG's 65500"
    ):
        prepared(file_of(Image.new("RGB", (65_501, 1))))


def test_a_file_is_read_and_named(tmp_path: Path) -> None:
    path = tmp_path / "a photo.png"
    path.write_bytes(file_of(PICTURE))
    assert read_photo(path, 85).note.startswith("PNG, encoded")
    path.write_bytes(b"hello")
    with pytest.raises(GuardlaneError, match=r"a photo\.png: no picture of a known kind"):
        read_photo(path, 85)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GuardlaneError, match=r"missing\.png: No such file or directory"):
        read_photo(tmp_path / "missing.png", 85)
    with pytest.raises(GuardlaneError, match=r"Is a directory|is not a regular file"):
        read_photo(tmp_path, 85)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(GuardlaneError, match="pipe: is not a regular file"):
        read_photo(tmp_path / "pipe", 85)
    with pytest.raises(GuardlaneError, match="embedded null byte"):
        read_photo(Path("a\0b"), 85)


def test_a_file_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "MOST_BYTES", 1 << 20)
    path = tmp_path / "large.png"
    path.write_bytes(file_of(PICTURE) + bytes(1 << 20))
    with pytest.raises(GuardlaneError, match=r"large\.png: must be 1,048,576 bytes or less"):
        read_photo(path, 85)


def test_the_shipped_photo_is_the_one_its_text_describes() -> None:
    content = shipped_photo()
    pixels = np.array(Image.open(io.BytesIO(content)))
    assert pixels.shape == (256, 256, 3)
    about = Path(picture.__file__).with_name("photo").joinpath("astronaut.txt").read_text("utf-8")
    assert hashlib.sha256(content).hexdigest() in about
    assert hashlib.sha256(pixels.tobytes()).hexdigest() in about
    found = read_photo(None, 85)
    assert found.note == "PNG, encoded as JPEG 4:4:4, 256 x 256, quality 85"
    assert len(found.encoded.segments) == 32


CONTENTS = [ready_jpeg(PICTURE)] + [
    file_of(PICTURE, kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
]


@settings(max_examples=300, deadline=5000)
@given(
    st.sampled_from(CONTENTS),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6),
    st.integers(0, 10**6),
)
def test_a_mutated_file_is_prepared_or_refused_in_one_line(
    content: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(content)
    for place, value in changes:
        data[place % len(data)] = value
    if cut % 3 == 0:
        del data[cut % len(data) :]
    refusal = "it: none"
    try:
        found = prepared(bytes(data))
    except GuardlaneError as reason:
        refusal = str(reason)
    else:
        assert found.pixels.shape == (found.encoded.height, found.encoded.width, 3)
        assert len(found.encoded.segments) == found.encoded.rows
    assert refusal.startswith("it: ")
    assert "\n" not in refusal
