# SPDX-License-Identifier: Apache-2.0
"""Means along an axis as lines, each with its 95 % interval as a bar."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from guardlane.errors import GuardlaneError
from guardlane.estimates import Estimate
from guardlane.report.svg import (
    Scale,
    drawing,
    element,
    label,
    line,
    scale_for,
    title,
    wide_scale_for,
)
from guardlane.report.text import INFINITE, number, quantity

NEAR = 460  # labels of the axis that are closer than this leave one out
COLOURS = 6
DODGE = 12  # that lines stand aside of each other, so that equal ones are all seen
LOG_FROM = 10  # an axis whose ends are so many times apart is a log axis


@dataclass(frozen=True)
class Room:
    """Width of a drawing, and where in it its axes are."""

    width: int
    left: int
    right: int
    top: int
    bottom: int


WHOLE = Room(6000, 620, 5850, 80, 2950)
PART = Room(3300, 620, 3200, 80, 2250)


@dataclass(frozen=True)
class CurvePoint:
    """What there is at one place of the axis: `text` names it, None is "no mean"."""

    x: float
    text: str
    found: Estimate | None


@dataclass(frozen=True)
class Curve:
    """One line, from left to right; it breaks where there is no mean."""

    label: str
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class Curves:
    """Lines over a common axis."""

    kind: ClassVar[str] = "curves"
    title: str
    unit: str
    axis: str
    lines: tuple[Curve, ...]
    better: Literal["higher", "lower", ""] = ""
    caption: str = ""

    def __post_init__(self) -> None:
        for one in self.lines:
            places = [point.x for point in one.points]
            if places != sorted(places) or not all(map(math.isfinite, places)):
                raise GuardlaneError(f"points of curve {one.label} must be finite and go up")


@dataclass(frozen=True)
class Multiples:
    """Curves of one metric side by side on one scale: small multiples, with one legend."""

    kind: ClassVar[str] = "multiples"
    title: str
    unit: str
    panels: tuple[Curves, ...]
    better: Literal["higher", "lower", ""] = ""
    caption: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """Value of the lines that panels have, each once, in the order of their colours."""
        return tuple(dict.fromkeys(one.label for panel in self.panels for one in panel.lines))


def draw_curves(curves: Curves, room: Room = WHOLE) -> str:
    """Draw the lines; the axis is logarithmic when its ends are ten times apart."""
    colours = {one.label: order for order, one in enumerate(curves.lines)}
    return _draw(curves, room, _upward((curves,), room), colours)


def draw_multiples(multiples: Multiples) -> list[str]:
    """Draw each panel, on the scale of all of them; a line has one colour everywhere."""
    up = _upward(multiples.panels, PART)
    colours = {text: order for order, text in enumerate(multiples.labels)}
    return [_draw(panel, PART, up, colours) for panel in multiples.panels]


def _upward(panels: Sequence[Curves], room: Room) -> Scale:
    known = [p.found for panel in panels for one in panel.lines for p in one.points if p.found]
    values = [value for found in known for value in (found.mean, found.low, found.high)]
    middles = [found.mean for found in known]
    return wide_scale_for(values, room.bottom, room.top, 6, middles)


def _draw(curves: Curves, room: Room, up: Scale, colours: Mapping[str, int]) -> str:
    places = {point.x: point.text for one in curves.lines for point in one.points}
    is_log = bool(places) and min(places) > 0 and max(places) >= LOG_FROM * min(places)
    across = scale_for(
        [_place(x, is_log) for x in places], room.left + 120, room.right - 120, 8, is_tight=True
    )
    parts = [line(room.left, up(tick), room.right, up(tick), "grid") for tick in up.ticks]
    parts += [
        label(up.print_tick(tick), room.left - 60, up(tick) + 45, anchor="end") for tick in up.ticks
    ]
    if up.infinite is not None:
        parts.append(line(room.left, up.infinite, room.right, up.infinite, "grid"))
        parts.append(label(INFINITE, room.left - 60, up.infinite + 45, anchor="end"))
    last = -NEAR
    for x in sorted(places):
        at = across(_place(x, is_log))
        parts.append(line(at, room.bottom, at, room.bottom + 45, "grid"))
        if at - last >= NEAR:
            parts.append(label(places[x], at, room.bottom + 190, anchor="middle"))
            last = at
    axis = curves.axis + (", log" if is_log else "")
    parts.append(label(axis, room.right, room.bottom + 380, anchor="end"))
    for one in curves.lines:
        order = colours[one.label]
        aside = DODGE * (2 * order + 1 - len(colours))
        parts.append(_line(curves, one, order, aside, across, up, is_log))
    return drawing(room.width, room.bottom + 430, "chart curves", describe(curves), *parts)


def describe(curves: Curves) -> str:
    """Say in a sentence what is shown, for those who cannot see it."""
    said: list[str] = []
    for one in curves.lines:
        means = (
            f"{point.text}: {number(point.found.mean if point.found else None)}"
            for point in one.points
        )
        said.append(f"{one.label}: {', '.join(means)}".removeprefix(": "))
    return f"{curves.title} over {curves.axis}, means. {'; '.join(said)}."


def _place(x: float, is_log: bool) -> float:
    return math.log(x) if is_log else x


def _line(
    curves: Curves, curve: Curve, order: int, aside: int, across: Scale, up: Scale, is_log: bool
) -> str:
    path, bars, pen = [], [], "M"
    for point in curve.points:
        found = point.found
        if found is None:
            pen = "M"
            continue
        x, y = across(_place(point.x, is_log)) + aside, up(found.mean)
        path.append(f"{pen}{x} {y}")
        pen = "L"
        said = quantity(found.mean, curves.unit)
        if found.low is not None and found.high is not None:
            bars.append(line(x, up(found.low), x, up(found.high), "bar"))
            said += f" (95 %: {number(found.low)} to {number(found.high)})"
        hover = title(f"{curve.label}, {curves.axis} {point.text}: {said}".removeprefix(", "))
        bars.append(element("circle", hover, cx=x, cy=y, r=62, class_="spot"))
    stroke = [element("path", d="".join(path), class_="stroke")] if path else []
    return element("g", *stroke, *bars, class_=f"curve colour{order % COLOURS}")
