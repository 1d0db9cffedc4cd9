# SPDX-License-Identifier: Apache-2.0
"""A state machine as a picture: states on a circle, arrows with what takes them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from guardlane.report.svg import drawing, element, label, words

RADIUS = 560  # of a state, in tenths of a pixel
LINE = 165
LETTER = 84  # as wide as one of a label is
SHARES = (0.4, 0.5, 0.3, 0.6, 0.22, 0.7, 0.35, 0.45, 0.55)  # of an arrow's way, for its label
WRAP = 17  # characters of a label in one line
STYLE = """
svg { background: #ffffff; font-family: "DejaVu Sans", system-ui, sans-serif; }
.state { fill: #eaf2f8; stroke: #14507a; stroke-width: 20; }
.first { fill: #d3e6f3; stroke: #14507a; stroke-width: 50; }
.arrow { fill: none; stroke: #66727f; stroke-width: 14; }
.head { fill: #66727f; stroke: none; }
text { fill: #1b2733; stroke: #ffffff; stroke-width: 60; stroke-linejoin: round; }
text { paint-order: stroke; }
.name { font-size: 180px; font-weight: 600; stroke: none; }
.cause { font-size: 140px; }
"""

Edges = Mapping[tuple[str, str], Sequence[str]]  # (from, to) -> what takes it


class Point(NamedTuple):
    """A place in the picture."""

    x: float
    y: float


def machine(states: Sequence[str], first: str, edges: Edges, description: str) -> str:
    """Draw a state machine as SVG; `first` is the state after reset."""
    ring = 3100 if len(states) > 3 else 1900
    width, height = 2 * round(1.25 * ring + 1700), 2 * (ring + 1300)
    centre = Point(width / 2, height / 2 + (150 if len(states) > 3 else 300))
    places = {}
    for number, state in enumerate(states):
        angle = 2 * math.pi * number / len(states) - math.pi / 2
        places[state] = Point(
            centre.x + 1.25 * ring * math.cos(angle), centre.y + ring * math.sin(angle)
        )
    arrows, labels = [], []
    taken = [Box(p.x - RADIUS, p.y - RADIUS, p.x + RADIUS, p.y + RADIUS) for p in places.values()]
    for (start, end), causes in edges.items():
        if start == end:
            curve = _loop(places[start], centre)
        else:
            curve = _bent(places[start], places[end], 0.07 if (end, start) in edges else 0.04)
        arrows += _arrow(curve)
        labels += _label(causes, curve, taken)
    circles = [
        element(
            "circle", cx=round(place.x), cy=round(place.y), r=RADIUS,
            class_="first" if state == first else "state",
        )
        for state, place in places.items()
    ]  # fmt: skip
    names = [
        label(state, round(place.x), round(place.y) + 60, "name", "middle")
        for state, place in places.items()
    ]
    parts = [element("style", words(STYLE)), *arrows, *circles, *labels, *names]
    return drawing(width, height, "machine-picture", description, *parts) + "\n"


def _towards(start: Point, end: Point, length: float) -> Point:
    """Value of the point so far from `start` on the way to `end`."""
    share = length / math.dist(start, end)
    return Point(start.x + share * (end.x - start.x), start.y + share * (end.y - start.y))


Curve = tuple[Point, Point, Point, Point]  # a cubic one: its ends, and two points that pull it


def _bent(start: Point, end: Point, bend: float) -> Curve:
    """Lead an arrow from one state to another, bent to its left."""
    across = Point(end.y - start.y, start.x - end.x)
    knee = Point(
        (start.x + end.x) / 2 + 2 * bend * across.x, (start.y + end.y) / 2 + 2 * bend * across.y
    )
    return _towards(start, knee, RADIUS), knee, knee, _towards(end, knee, RADIUS + 30)


def _loop(place: Point, centre: Point) -> Curve:
    """Lead an arrow around the outside of a state, back to it."""
    out = _towards(place, centre, -RADIUS - 900)
    across = Point((out.y - place.y) * 0.55, (place.x - out.x) * 0.55)
    knees = [Point(out.x + side * across.x, out.y + side * across.y) for side in (1, -1)]
    first, last = (_towards(place, knees[n], RADIUS + 30 * n) for n in (0, 1))
    return first, knees[0], knees[1], last


def _arrow(curve: Curve) -> list[str]:
    path = "M{} {}C{} {} {} {} {} {}".format(*(round(c) for point in curve for c in point))
    end = curve[3]
    tail = _towards(end, curve[2], 190)
    side = Point((end.y - tail.y) * 0.4, (tail.x - end.x) * 0.4)
    corners = [
        end,
        Point(tail.x + side.x, tail.y + side.y),
        Point(tail.x - side.x, tail.y - side.y),
    ]
    head = "M{} {}L{} {}L{} {}Z".format(*(round(c) for corner in corners for c in corner))
    return [element("path", d=path, class_="arrow"), element("path", d=head, class_="head")]


def _at(curve: Curve, share: float) -> Point:
    """Value of the point of a curve at a share of its way."""
    rest = 1 - share
    shares = rest**3, 3 * share * rest**2, 3 * share**2 * rest, share**3
    x, y = (sum(s * p[n] for s, p in zip(shares, curve, strict=True)) for n in (0, 1))
    return Point(x, y)


class Box(NamedTuple):
    """What a label or a state covers."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two have a part in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def _label(causes: Sequence[str], curve: Curve, taken: list[Box]) -> list[str]:
    """Write causes onto a curve, where they cover nothing that is `taken`; adds their box."""
    lines = [""]
    for number, cause in enumerate(causes):
        more = cause + ("," if number < len(causes) - 1 else "")
        if lines[-1] and len(lines[-1]) + len(more) > WRAP:
            lines.append("")
        lines[-1] += f" {more}" if lines[-1] else more
    wide, high = max(map(len, lines)) * LETTER / 2, len(lines) * LINE / 2 + 30
    for share in (0.5, *SHARES) if curve[1] != curve[2] else SHARES:  # a loop first at its top
        at = _at(curve, share)
        box = Box(at.x - wide, at.y - high, at.x + wide, at.y + high)
        if not any(box.meets(other) for other in taken):
            break
    taken.append(box)
    return [
        label(line, round(at.x), round(box.top + 30 + LINE * (n + 0.8)), "cause", "middle")
        for n, line in enumerate(lines)
    ]
