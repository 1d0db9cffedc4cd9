# SPDX-License-Identifier: Apache-2.0
"""A strip: what each frame is worth, how much of it the faults took, and what happened in it.

Drawn twice from the same values: below a picture as bars over the frames, and beside it as a rail
whose rows stand at the height of the frame they belong to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from guardlane.report.page import Strip
from guardlane.report.svg import Scale, box, drawing, element, label, line, scale_for, title
from guardlane.report.text import count, number, quantity

WIDTH = 3000
GUTTER = 480  # 16 % of the width; the style sheet puts the rail into a column just as wide
TOP, FLOOR = 120, 800
LANE, LANE_PITCH = 110, 170
RAIL = 480
RAIL_TICKS = 90


class Comparison:
    """The scales that strips standing side by side share."""

    def __init__(self, strips: Sequence[Strip]) -> None:
        values = [value for strip in strips for value in (*strip.values, *strip.reference)]
        if all(value is None or value >= 0 for value in values):
            values.append(0.0)  # bars that start at zero do not exaggerate
        self.scale: Scale = scale_for(values, FLOOR, TOP, steps=4, is_tight=True)
        self.most: dict[str, int] = {}
        for strip in strips:
            for lane in strip.marks:
                self.most[lane.kind] = max(self.most.get(lane.kind, 1), *lane.counts, 1)

    def share(self, kind: str, times: int) -> float:
        """Share of a lane's height for something that happened so many times, on a log scale."""
        return math.log1p(times) / math.log1p(self.most[kind])


def draw_strip(strip: Strip, comparison: Comparison) -> str:
    """Draw the bars and the lanes of marks of one strip."""
    frames = len(strip.values)
    bottom = FLOOR + 60 + LANE_PITCH * len(strip.marks)
    parts = _axis(comparison.scale)
    for index in range(frames):
        left, right = _span(index, frames)
        parts += _bars(strip, index, left, right, comparison.scale)
    for position, lane in enumerate(strip.marks):
        base = FLOOR + 60 + LANE_PITCH * position + LANE
        parts.append(label(lane.label, GUTTER - 30, base - 15, "tick lane", "end"))
        parts.append(line(GUTTER, base, WIDTH, base, "grid"))
        for index, times in enumerate(lane.counts):
            if times:
                left, right = _span(index, frames)
                if lane.kind == "fault":  # a flip is an instant: a thin tick, not a bar
                    middle, half = (left + right) // 2, max((right - left) // 6, 7)
                    left, right = middle - half, middle + half
                top = base - max(30, round(comparison.share(lane.kind, times) * LANE))
                hover = f"{strip.frame} {index}: {count(times, lane.label)}"
                parts.append(box(left, top, right, base, f"mark {lane.kind}", hover))
    foot = bottom + 100
    parts.append(label(f"{strip.frame} 0", GUTTER, foot))
    parts.append(label(str(max(frames - 1, 0)), WIDTH, foot, anchor="end"))
    return drawing(WIDTH, bottom + 140, "strip", describe(strip), *parts)


def draw_rail(strip: Strip, comparison: Comparison, pixels: int, height: int) -> str:
    """Draw what each frame lost beside a picture `height` pixels high with `pixels` a frame."""
    parts = []
    span = comparison.scale.high - comparison.scale.low
    flips = next((lane.counts for lane in strip.marks if lane.kind == "fault"), ())
    for index in range(len(strip.values)):
        top, bottom = index * pixels, min((index + 1) * pixels, height)
        if bottom <= top:
            break
        where = f"{strip.frame} {index}"
        if flips and flips[index]:
            hover = f"{where}: {count(flips[index], 'flips')}"
            parts.append(box(0, top, RAIL_TICKS, bottom, "mark fault", hover))
        lost = loss(strip, index)
        if lost > 0:
            length = round(min(lost / span, 1) * (RAIL - RAIL_TICKS - 70))
            hover = f"{where}: {quantity(lost, strip.unit, strip.decimals)} lost"
            parts.append(box(RAIL - 30 - length, top, RAIL - 30, bottom, "lost", hover))
    return element(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {RAIL} {height}",
        preserveAspectRatio="none",
        class_="rail",
        aria_hidden="true",
    )


def loss(strip: Strip, index: int) -> float:
    """How far a frame fell below what it has without faults; 0 where either is not known."""
    value = strip.values[index]
    reference = strip.reference[index] if strip.reference else None
    if value is None or reference is None or math.isnan(value) or math.isnan(reference):
        return 0.0
    return max(reference - value, 0.0) if value != reference else 0.0


def describe(strip: Strip) -> str:
    """Say in a sentence what the strip shows, for those who cannot see it."""
    known = [(v, i) for i, v in enumerate(strip.values) if v is not None and not math.isnan(v)]
    said = f"{strip.label} per {strip.frame}"
    if known:
        lowest, where = min(known)
        said += f": lowest {quantity(lowest, strip.unit, strip.decimals)} at {strip.frame} {where}"
        said += f", highest {quantity(max(known)[0], strip.unit, strip.decimals)}"
    for lane in strip.marks:
        hit = sum(times > 0 for times in lane.counts)
        said += f"; {count(sum(lane.counts), lane.label)} in {number(hit)} of {len(lane.counts)}"
    return said + "."


def _span(index: int, frames: int) -> tuple[int, int]:
    """Left and right edge of a frame's bar, a tenth of its pitch apart from the next."""
    pitch = (WIDTH - GUTTER) / frames
    left = GUTTER + round(index * pitch)
    return left, max(GUTTER + round((index + 1) * pitch - min(pitch / 10, 10)), left + 1)


def _axis(scale: Scale) -> list[str]:
    parts = []
    for tick in scale.ticks:
        height = scale(tick)
        parts.append(line(GUTTER, height, WIDTH, height, "grid"))
        parts.append(label(scale.print_tick(tick), GUTTER - 30, height + 38, "tick", "end"))
    return parts


def _bars(strip: Strip, index: int, left: int, right: int, scale: Scale) -> list[str]:
    value = strip.values[index]
    if value is None or math.isnan(value):
        return []
    top = scale(value)
    hover = f"{strip.frame} {index}: {quantity(value, strip.unit, strip.decimals)}"
    parts = []
    reference = strip.reference[index] if strip.reference else None
    if reference is not None and not math.isnan(reference):
        hover += f" ({strip.reference_label} {quantity(reference, strip.unit, strip.decimals)})"
        ceiling = scale(reference)
        if ceiling < top:
            parts.append(box(left, ceiling, right, top, "lost", hover))
        parts.append(line(left, ceiling, right, ceiling, "reference"))
    parts.append(
        element(
            "rect",
            title(hover),
            x=left,
            y=top,
            width=right - left,
            height=FLOOR - top,
            class_="value",
        )
    )
    return parts
