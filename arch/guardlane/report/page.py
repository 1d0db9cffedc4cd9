# SPDX-License-Identifier: Apache-2.0
"""What a report says, before anybody decides how it looks: plain values, checked as they are made.

Every text is shown as text, whatever is in it. Values are floats: `None` or NaN is "no value" and
leaves a gap, infinity (a PSNR without any error) is drawn to the end of the scale and printed as ∞.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from guardlane.errors import GuardlaneError
from guardlane.report.curves import Curves, Multiples
from guardlane.report.front import Front
from guardlane.report.heat import HeatMaps

Value: TypeAlias = float | None
Cell: TypeAlias = str | int | float | None
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Marks:
    """How often something happened in each frame: one lane of ticks below a strip."""

    kind: Literal["fault", "pad", "discard"]
    label: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Strip:
    """One value a frame in the order of the frames, what it is without faults, and marks.

    Made for up to some 500 frames; merge frames before drawing more.
    """

    kind: ClassVar[str] = "strip"
    label: str
    unit: str
    frame: str
    values: tuple[Value, ...]
    reference: tuple[Value, ...] = ()
    reference_label: str = "error-free"
    marks: tuple[Marks, ...] = ()
    decimals: int = 1

    def __post_init__(self) -> None:
        frames = len(self.values)
        lanes = [(lane.label, len(lane.counts)) for lane in self.marks]
        if self.reference:
            lanes.append((self.reference_label, len(self.reference)))
        for label, length in lanes:
            if length != frames:
                raise GuardlaneError(
                    f"{label} of strip {self.label} must have one entry a {self.frame}, "
                    f"{frames} of them, not {length}"
                )


@dataclass(frozen=True)
class Panel:
    """One picture with its one number, and the strip that reads along it.

    `frame_pixels` is the height of one frame in the picture: with it, the loss of each frame is
    also drawn beside the picture, at the height where one sees it.
    """

    title: str
    picture: bytes
    alt: str
    value: str
    caption: str = ""
    strip: Strip | None = None
    frame_pixels: int | None = None
    is_emphasised: bool = False

    def __post_init__(self) -> None:
        if self.picture[:8] != PNG_SIGNATURE or self.picture[12:16] != b"IHDR":
            raise GuardlaneError(f"picture of panel {self.title} must be a PNG")

    @property
    def size(self) -> tuple[int, int]:
        """Value of the picture's width and height in pixels, as its PNG header states them."""
        return (
            int.from_bytes(self.picture[16:20], "big"),
            int.from_bytes(self.picture[20:24], "big"),
        )


@dataclass(frozen=True)
class Gallery:
    """Panels side by side whose strips share one scale, so that heights compare across pictures."""

    kind: ClassVar[str] = "gallery"
    panels: tuple[Panel, ...]

    @property
    def strips(self) -> tuple[Strip, ...]:
        """Value of the strips below the panels, in their order."""
        return tuple(panel.strip for panel in self.panels if panel.strip is not None)


@dataclass(frozen=True)
class Point:
    """One run in a chart: what it is called ("seed 7") and its value."""

    label: str
    value: Value
    is_marked: bool = False


@dataclass(frozen=True)
class Group:
    """The runs of one kind, drawn as a row of dots with their mean and its 95 % interval."""

    label: str
    points: tuple[Point, ...]
    is_emphasised: bool = False


@dataclass(frozen=True)
class Chart:
    """Values of many runs in groups below one another on one axis, with a line at `reference`."""

    kind: ClassVar[str] = "chart"
    title: str
    unit: str
    groups: tuple[Group, ...]
    better: Literal["higher", "lower", ""] = ""
    reference: float | None = None
    decimals: int = 1
    caption: str = ""


@dataclass(frozen=True)
class Column:
    """Head of a table column: title, unit, and how many decimals its floats are printed with."""

    title: str
    unit: str = ""
    decimals: int | None = None
    is_numeric: bool = False


@dataclass(frozen=True)
class Table:
    """Rows below typed columns; the first column names the row. A reader may sort them, if so."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_sortable: bool = False

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise GuardlaneError(
                    f"row {number} of table {self.caption} must have {len(self.columns)} cells, "
                    f"not {len(row)}"
                )


@dataclass(frozen=True)
class Note:
    """A paragraph."""

    kind: ClassVar[str] = "note"
    text: str


@dataclass(frozen=True)
class Commands:
    """Lines to type, with a sentence that says what they do."""

    kind: ClassVar[str] = "commands"
    caption: str
    lines: tuple[str, ...]


Block: TypeAlias = (
    Gallery | Strip | Chart | Curves | Multiples | HeatMaps | Front | Table | Note | Commands
)


@dataclass(frozen=True)
class Section:
    """A heading, a sentence below it, and blocks."""

    title: str
    blocks: tuple[Block, ...]
    lead: str = ""


@dataclass(frozen=True)
class Tally:
    """How many runs completed, and one line for each that did not: the report's first words.

    `waiting` are those that have not run yet.
    """

    completed: int
    total: int
    failures: tuple[str, ...] = ()
    noun: str = "runs"
    waiting: int = 0
    verb: str = "completed"

    def __post_init__(self) -> None:
        missing = self.total - self.completed - self.waiting
        if missing != len(self.failures):
            raise GuardlaneError(
                f"{self.completed} of {self.total} {self.noun} {self.verb}, so {missing} must be "
                f"listed as failed, not {len(self.failures)}"
            )

    @property
    def sentence(self) -> str:
        """Value of the report's first line: how many of how many runs completed."""
        said = f"{self.completed:,} of {self.total:,} {self.noun} {self.verb}"
        if self.verb != "completed":
            said += f", {len(self.failures):,} failed"
        return said + (f", {self.waiting:,} not run yet" if self.waiting else "")


@dataclass(frozen=True)
class Highlight:
    """One number of the page's head: the number, what it is, and what makes one believe it."""

    value: str
    label: str
    detail: str = ""


@dataclass(frozen=True)
class Page:
    """A whole report: what completed, what it is about in a sentence, and the sections."""

    title: str
    lead: str
    tally: Tally
    sections: tuple[Section, ...]
    highlights: tuple[Highlight, ...] = ()
