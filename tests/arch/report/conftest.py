# SPDX-License-Identifier: Apache-2.0
"""A small page with one of everything in it, and a text that tries to break out of every place."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import pytest
from PIL import Image

from guardlane.report import (
    Chart,
    Column,
    Commands,
    Gallery,
    Group,
    Highlight,
    Marks,
    Note,
    Page,
    Panel,
    Point,
    Section,
    Strip,
    Table,
    Tally,
)


def png(width: int = 16, height: int = 20) -> bytes:
    """Write a grey PNG."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (90, 90, 90)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def picture() -> bytes:
    return png()


@pytest.fixture
def strip() -> Strip:
    """Three frames: untouched, damaged, without any error."""
    return Strip(
        label="PSNR",
        unit="dB",
        frame="row",
        values=(36.0, 9.5, math.inf),
        reference=(36.0, 35.0, math.inf),
        marks=(
            Marks("fault", "flips", (0, 3, 0)),
            Marks("pad", "pads", (0, 120, 0)),
            Marks("discard", "discards", (0, 0, 1)),
        ),
    )


@pytest.fixture
def page_saying() -> Callable[[str], Page]:
    """Give a page that says the given text everywhere a text can stand."""

    def make(text: str) -> Page:
        strip = Strip(
            text, text, text, (30.0, 8.0), (31.0, 31.0), text, (Marks("fault", text, (0, 2)),)
        )
        panel = Panel(text, png(), text, text, text, strip, frame_pixels=10)
        points = tuple(Point(text, float(value), value == 1) for value in range(3))
        chart = Chart(text, text, (Group(text, points),), "higher", 0.5, caption=text)
        table = Table(text, (Column(text), Column(text, text)), ((text, text), (text, 1)))
        blocks = (Gallery((panel, panel)), strip, chart, table, Note(text), Commands(text, (text,)))
        return Page(
            title=text,
            lead=text,
            tally=Tally(1, 2, (text,), text),
            sections=(Section(text, blocks, text),),
            highlights=(Highlight(text, text, text),),
        )

    return make
