# SPDX-License-Identifier: Apache-2.0
"""How much each link is used: as a table, and as a picture of the network in colours."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from guardlane.noc.topology import Topology
from guardlane.report.svg import element, title

Shares = npt.NDArray[np.float64]
Point = tuple[int, int]

SPACING, MARGIN, SIDE = 720, 600, 240  # tenths of a pixel: between routers, around, of a router
APART = 70  # between the two links of a pair of routers
LEGEND = 400
NARROWEST = 4600  # the words of the legend need as much
# From a cold to a hot link; light to dark, so that it reads in grey too.
COLOURS = ("#dce9f2", "#a9cfe0", "#6fb0c9", "#e9b44c", "#dd7a36", "#b3302a")
NEUTRAL, INK = "#f4f4f2", "#333333"


def links_csv(topology: Topology, crossings: npt.NDArray[np.int64], cycles: int) -> str:
    """Write a line a link: its routers, the flits that crossed it, their share of all cycles."""
    lines = ["source,sink,flits,utilisation"]
    for source, port, sink, _, _ in topology.channels.tolist():
        flits = int(crossings[source, port])
        ends = f'"{topology.labels[source]}","{topology.labels[sink]}"'
        lines.append(f"{ends},{flits},{flits / max(1, cycles):.6f}")
    return "\n".join(lines) + "\n"


def heat_map(topology: Topology, utilisation: Shares) -> str:
    """Draw routers and links, coloured by utilisation float64[routers, ports] up to the greatest.

    A grid of one or two dimensions lies as it is, any other network on a circle.
    """
    places = _places(topology)
    used = utilisation[topology.channels[:, 0], topology.channels[:, 1]]
    top = _round_up(float(used.max(initial=0.0)))
    natural = max(x for x, _ in places) + MARGIN
    width = max(natural, NARROWEST)
    places = [(x + (width - natural) // 2, y) for x, y in places]
    below = max(y for _, y in places) + MARGIN
    parts = [element("rect", width=width, height=below + LEGEND, fill="#ffffff")]
    for (source, _, sink, _, _), share in zip(topology.channels.tolist(), used, strict=True):
        if not _is_wrap(places[source], places[sink], topology):
            parts.append(_link(topology, source, sink, float(share), top, places))
        else:
            parts += _stubs(topology, source, sink, float(share), top, places)
    for router, (x, y) in enumerate(places):
        parts.append(_router(topology.labels[router], x, y))
    parts += _legend(width, below, top)
    return element(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {below + LEGEND}",
        width=width // 10,
        height=(below + LEGEND) // 10,
        font_family="sans-serif",
        role="img",
        aria_label=f"utilisation of the links of {topology.name}, up to {top:.0%}",
    )


def _places(topology: Topology) -> list[Point]:
    """Value of where each router is drawn; the first router of a grid at the bottom left."""
    grid = topology.grid
    if grid is not None and len(grid.lengths) <= 2:
        lengths: Sequence[int] = (*grid.lengths, 1)
        return [
            (MARGIN + SPACING * x, MARGIN + SPACING * (lengths[1] - 1 - y))
            for y in range(lengths[1])
            for x in range(lengths[0])
        ]
    radius = max(SPACING, round(SPACING * topology.routers / (2 * math.pi)))
    return [
        (
            MARGIN + radius + round(radius * math.sin(2 * math.pi * k / topology.routers)),
            MARGIN + radius - round(radius * math.cos(2 * math.pi * k / topology.routers)),
        )
        for k in range(topology.routers)
    ]


def _is_wrap(source: Point, sink: Point, topology: Topology) -> bool:
    far = max(abs(source[0] - sink[0]), abs(source[1] - sink[1])) > SPACING
    return topology.grid is not None and topology.grid.wraps and far


def _colour(share: float, top: float) -> str:
    return COLOURS[min(len(COLOURS) - 1, int(share / top * len(COLOURS)))]


def _link(
    topology: Topology, source: int, sink: int, share: float, top: float, places: list[Point]
) -> str:
    """Draw a link as a line beside the one that leads back."""
    (x1, y1), (x2, y2) = places[source], places[sink]
    return _line(topology, source, sink, share, top, (x1, y1, x2, y2))


def _stubs(
    topology: Topology, source: int, sink: int, share: float, top: float, places: list[Point]
) -> list[str]:
    """Draw a link around a torus as two ends that leave the picture."""
    (x1, y1), (x2, y2) = places[source], places[sink]
    dx = (x2 < x1) - (x2 > x1)
    dy = (y2 < y1) - (y2 > y1)
    reach = MARGIN - 150
    ends = (x1, y1, x1 + dx * reach, y1 + dy * reach), (x2 - dx * reach, y2 - dy * reach, x2, y2)
    return [_line(topology, source, sink, share, top, end) for end in ends]


def _line(
    topology: Topology,
    source: int,
    sink: int,
    share: float,
    top: float,
    ends: tuple[int, int, int, int],
) -> str:
    x1, y1, x2, y2 = ends
    length = max(1.0, math.hypot(x2 - x1, y2 - y1))
    aside = round(-(y2 - y1) / length * APART / 2), round((x2 - x1) / length * APART / 2)
    said = f"{topology.labels[source]} to {topology.labels[sink]}: {share:.1%} of all cycles"
    return element(
        "path",
        title(said),
        d=f"M{x1 + aside[0]} {y1 + aside[1]}L{x2 + aside[0]} {y2 + aside[1]}",
        stroke=_colour(share, top),
        stroke_width=50,
    )


def _router(name: str, x: int, y: int) -> str:
    half = SIDE // 2
    square = element(
        "rect",
        x=x - half,
        y=y - half,
        width=SIDE,
        height=SIDE,
        rx=30,
        fill=NEUTRAL,
        stroke=INK,
        stroke_width=8,
    )
    return square + element(
        "text",
        name,
        x=x,
        y=y + 36,
        text_anchor="middle",
        font_size=min(100, 400 // len(name)),
        fill=INK,
    )


def _legend(width: int, below: int, top: float) -> list[str]:
    """Draw the scale of colours."""
    step = (width - 2 * MARGIN + SIDE) // len(COLOURS)
    left = MARGIN - SIDE // 2
    parts = [
        element("rect", x=left + k * step, y=below + 60, width=step, height=90, fill=colour)
        for k, colour in enumerate(COLOURS)
    ]
    for x, anchor, text in (
        (left, "start", "0"),
        (left + step * len(COLOURS), "end", f"{top:.0%}"),
    ):
        parts.append(
            element("text", text, x=x, y=below + 280, text_anchor=anchor, font_size=120, fill=INK)
        )
    middle = left + step * len(COLOURS) // 2
    parts.append(
        element(
            "text",
            "share of cycles in which a link carries a flit",
            x=middle,
            y=below + 280,
            text_anchor="middle",
            font_size=120,
            fill=INK,
        )
    )
    return parts


def _round_up(share: float) -> float:
    """Value of the least whole multiple of 5 % that is not below a share."""
    return max(1, math.ceil(round(share * 20, 9))) / 20
