# SPDX-License-Identifier: Apache-2.0
"""The JPEG decoder as a workload: any picture in, a picture and its distance from the photo out."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from PIL import Image
from pydantic import Field

from guardlane.chip.result import ChipResult
from guardlane.cite import assumed, chosen
from guardlane.config import NotIdentity, Positional
from guardlane.stats import Metric
from guardlane.workload import Comparison
from guardlane_workloads.streams.common import Judgement, Prepared, StreamConfig, StreamWorkload
from guardlane_workloads.streams.jpeg.graph import SINK, jpeg_graph, picture_of
from guardlane_workloads.streams.jpeg.picture import SHIPPED, Photo, read_photo
from guardlane_workloads.streams.jpeg.quality import Pixels, frame_psnr_db, psnr_db, ssim
from guardlane_workloads.streams.jpeg.report import jpeg_report


class JPEGConfig(StreamConfig):
    """A picture, how it is encoded, and how the decoder is run."""

    image: Annotated[
        Path | None,
        Positional,
        NotIdentity,  # its content is identity, wherever it lies
        chosen(
            "picture to decode, of any usual kind",
            unit="file",
            why="without one, the shipped photo of Eileen Collins, NASA, 256 x 256",
        ),
    ] = None
    quality: Annotated[
        int,
        Field(ge=1, le=100),
        assumed(
            "quality with which a picture is encoded",
            unit="1",
            why="a common setting of cameras and websites, with losses one has to look for",
        ),
    ] = 85


@dataclass(frozen=True, eq=False)
class Input:
    """The photo, and how many of its lines make a frame."""

    photo: Photo
    lines: int


class JPEG(StreamWorkload[JPEGConfig]):
    """A JPEG decoder of ten filters on ten cores."""

    name = "jpeg"
    sentence = "Decode a JPEG on ten cores that make mistakes."
    Config = JPEGConfig
    quality = (
        Metric("psnr_db", "dB", "PSNR of the picture against the photo", "higher"),
        Metric("psnr_vs_error_free_db", "dB", "PSNR against the error-free picture", "higher"),
        Metric("ssim", "1", "structural similarity of picture and photo", "higher"),
    )

    def prepare(self, config: JPEGConfig) -> Prepared:
        """Read and encode the picture; raises GuardlaneError when it is none."""
        photo = read_photo(config.image, config.quality)
        digest = hashlib.sha256(photo.data + photo.pixels.tobytes()).hexdigest()
        facts = {
            "image_sha256": digest,
            "image_note": photo.note,
            "width": photo.encoded.width,
            "height": photo.encoded.height,
        }
        graph = jpeg_graph(photo.encoded)
        # The record names no file; whoever runs it is told which one it was.
        note = f"{config.image or SHIPPED}: {photo.note}"
        return Prepared(graph, digest, Input(photo, 8 * config.frame_size), facts, (note,))

    def judge(self, prepared: Prepared, result: ChipResult, golden: ChipResult) -> Judgement:
        """Measure the picture against the photo and against the error-free picture."""
        photo, lines = prepared.input.photo, prepared.input.lines
        picture = picture_of(result.kept[SINK], photo.encoded)
        error_free = picture_of(golden.kept[SINK], photo.encoded)
        return Judgement(
            metrics={
                "psnr_db": psnr_db(photo.pixels, picture),
                "psnr_vs_error_free_db": psnr_db(error_free, picture),
                "ssim": ssim(photo.pixels, picture),
            },
            series={
                "psnr_db": frame_psnr_db(photo.pixels, picture, lines),
                "error_free_psnr_db": frame_psnr_db(photo.pixels, error_free, lines),
            },
            files={"picture.png": png(picture)},
        )

    def report(self, comparison: Comparison, command: str) -> Mapping[str, bytes]:
        """Draw up the page of a comparison, with the pictures it shows."""
        return jpeg_report(comparison, command, self.Config, self.metrics)


def png(picture: Pixels) -> bytes:
    """Value of a PNG file of `picture` uint8[height, width, 3]."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(out, "PNG")
    return out.getvalue()
