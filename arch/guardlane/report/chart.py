# SPDX-License-Identifier: Apache-2.0
"""Runs as dots, their mean as a diamond, and the 95 % interval of the mean as the bar around it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from guardlane.estimates import Estimate, estimate
from guardlane.report.page import Chart, Group, Point
from guardlane.report.svg import Scale, box, drawing, element, label, line, scale_for, title
from guardlane.report.text import number, quantity

WIDTH = 6000
LEFT, RIGHT = 150, 5850
HEAD = 30
ROW = 950
FIELD, SWARM, INTERVAL = 190, 440, 770  # top of the grid, middle of dots and of interval in a row
RADIUS = 48
CROWD = 60  # from here on dots are half as wide
REACH = 200  # how far a dot may leave the middle line


def draw_chart(chart: Chart) -> str:
    """Draw the groups below one another on a common axis."""
    scale = scale_for(_extent(chart), LEFT, RIGHT, steps=8)
    floor = HEAD + ROW * len(chart.groups)
    parts = [
        label(scale.print_tick(tick), scale(tick), floor + 120, anchor="middle")
        for tick in scale.ticks
    ]
    for position, group in enumerate(chart.groups):
        parts.append(_row(chart, group, HEAD + ROW * position, scale))
    return drawing(WIDTH, floor + 170, "chart", describe(chart), *parts)


def summary(chart: Chart, group: Group) -> str:
    """Say a group's mean and interval, and how many of its runs have no finite value."""
    known = finite(group)
    if not known:
        return "no finite value"
    found = estimate([value for _, value in known])
    said = quantity(found.mean, chart.unit, chart.decimals)
    if found.low is not None and found.high is not None:
        low, high = number(found.low, chart.decimals), number(found.high, chart.decimals)
        said += f" (95 %: {low} to {high})"
    absent = len(group.points) - len(known)
    return f"{said}, {absent} without a finite value" if absent else said


def describe(chart: Chart) -> str:
    """Say in a sentence what the chart shows, for those who cannot see it."""
    rows = "; ".join(f"{group.label} {summary(chart, group)}" for group in chart.groups)
    return f"{chart.title}, means: {rows}."


def finite(group: Group) -> list[tuple[Point, float]]:
    """Pick the points of a group that can be drawn and averaged."""
    return [
        (point, point.value)
        for point in group.points
        if point.value is not None and math.isfinite(point.value)
    ]


def swarm(centres: Sequence[int], radius: int, reach: int) -> list[int]:
    """Move dots off the middle line until none covers another, as far as `reach` allows.

    Takes ascending positions along the axis, gives one offset across it each. Where no room is
    left, dots share a place: a crowd is as high as its row and no higher.
    """
    lanes = [0]
    for step in range(1, reach // radius + 1):
        lanes += [step * radius, -step * radius]
    offsets: list[int] = []
    for index, centre in enumerate(centres):
        near = [
            (other, offsets[place])
            for place, other in enumerate(centres[:index])
            if centre - other < 2 * radius
        ]
        free = (
            lane
            for lane in lanes
            if all((centre - x) ** 2 + (lane - y) ** 2 >= (2 * radius) ** 2 for x, y in near)
        )
        offsets.append(next(free, lanes[index % len(lanes)]))
    return offsets


def _extent(chart: Chart) -> Iterator[float | None]:
    """List what the axis must hold: the interval of a few runs reaches past the runs themselves."""
    yield chart.reference
    for group in chart.groups:
        known = [value for _, value in finite(group)]
        yield from known
        if known:
            found = estimate(known)
            yield from (found.low, found.high)


def _row(chart: Chart, group: Group, top: int, scale: Scale) -> str:
    known = sorted(finite(group), key=lambda pair: pair[1])
    radius = RADIUS if len(known) <= CROWD else RADIUS // 2
    offsets = swarm([scale(value) for _, value in known], radius, REACH)
    drawn = sorted(zip(known, offsets, strict=True), key=lambda pair: pair[0][0].is_marked)
    dots = []
    for (point, value), offset in drawn:  # the marked one last, on top of its neighbours
        dots.append(
            element(
                "circle",
                title(f"{point.label}: {quantity(value, chart.unit, chart.decimals)}"),
                cx=scale(value),
                cy=top + SWARM + offset,
                r=radius,
                class_="dot marked" if point.is_marked else "dot",
            )
        )
    if known:
        dots.append(_interval(estimate([value for _, value in known]), top + INTERVAL, scale))
    return element(
        "g",
        label(group.label, 0, top + 120, "name"),
        label(summary(chart, group), WIDTH, top + 120, "said", "end"),
        *_grid(chart, top + FIELD, top + ROW - 40, scale),
        *dots,
        class_="row emphasised" if group.is_emphasised else "row",
    )


def _grid(chart: Chart, top: int, bottom: int, scale: Scale) -> list[str]:
    """Draw the ticks of one row, below its text, and the line all values are held against."""
    lines = [line(scale(tick), top, scale(tick), bottom, "grid") for tick in scale.ticks]
    if chart.reference is not None:
        lines.append(line(scale(chart.reference), top, scale(chart.reference), bottom, "zero"))
    return lines


def _interval(found: Estimate, middle: int, scale: Scale) -> str:
    parts = []
    if found.low is not None and found.high is not None:
        low, high = scale(found.low), scale(found.high)
        parts.append(box(low, middle - 22, max(high, low + 20), middle + 22, "interval"))
    x, size = scale(found.mean), 75
    path = f"M{x - size} {middle}L{x} {middle - size}L{x + size} {middle}L{x} {middle + size}Z"
    parts.append(element("path", d=path, class_="mean"))
    return "".join(parts)
