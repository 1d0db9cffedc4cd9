# SPDX-License-Identifier: Apache-2.0
"""Pareto fronts: two metrics against each other, and what no other combination beats in both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.report.svg import Scale, drawing, element, label, line, title, wide_scale_for
from guardlane.report.text import INFINITE, quantity

Better = Literal["higher", "lower"]
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 6000, 620, 5850, 260, 2950


@dataclass(frozen=True)
class Measure:
    """One of the two metrics: its name, its unit, and which way it is better."""

    name: str
    unit: str
    better: Better


@dataclass(frozen=True)
class Spot:
    """One combination: what it is called, its two values, its group, and whether none beats it."""

    label: str
    x: float
    y: float
    group: int
    is_on_front: bool


@dataclass(frozen=True)
class Front:
    """Spots of two metrics, in groups by colour; a line joins those on the front."""

    kind: ClassVar[str] = "front"
    title: str
    across: Measure
    up: Measure
    spots: tuple[Spot, ...]
    groups: tuple[str, ...]
    caption: str = ""

    def __post_init__(self) -> None:
        if any(math.isnan(spot.x) or math.isnan(spot.y) for spot in self.spots):
            raise GuardlaneError(f"spots of front {self.title} must have both values")

    @property
    def best(self) -> tuple[Spot, ...]:
        """Value of the spots on the front, from left to right."""
        return tuple(
            sorted((one for one in self.spots if one.is_on_front), key=lambda one: (one.x, one.y))
        )


def on_front(
    first: npt.NDArray[np.float64], second: npt.NDArray[np.float64], better: tuple[Better, Better]
) -> npt.NDArray[np.bool_]:
    """Find what no other pair beats: is at least as good in both values, and better in one.

    Takes float64[n] twice, which may be infinite but not NaN; gives bool[n]. Equal pairs are on
    the front together. Sorts, so it takes n log n; `pareto.front` is the readable one, for any
    number of values.
    """
    if np.isnan(first).any() or np.isnan(second).any():
        raise GuardlaneError("a front needs numbers, but one value is nan")
    ours = first if better[0] == "lower" else -first
    others = second if better[1] == "lower" else -second
    order = np.lexsort((others, ours))
    ours, others = ours[order], others[order]
    before = np.minimum.accumulate(np.concatenate(([np.inf], others)))[:-1]
    starts = np.concatenate(([True], ours[1:] != ours[:-1])) if len(ours) else np.empty(0, bool)
    group = np.cumsum(starts) - 1
    # The best of each value of `ours` comes first; those that equal it are as good.
    heads = np.flatnonzero(starts)
    is_best = (others == others[heads][group]) & (
        (others < before[heads][group]) | (heads[group] == 0)
    )
    found = np.empty(len(order), bool)
    found[order] = is_best
    return found


def draw_front(front: Front) -> str:
    """Draw the spots, those on the front large and joined by steps."""
    x, y = [one.x for one in front.spots], [one.y for one in front.spots]
    across = wide_scale_for(x, LEFT + 100, RIGHT - 100, 7, x)
    up = wide_scale_for(y, BOTTOM, TOP, 6, y)
    parts = _grid(across, up)
    parts.append(label(_said(front.across), RIGHT, BOTTOM + 380, anchor="end"))
    parts.append(label(_said(front.up), 0, TOP - 150))
    parts.append(_steps(front, across, up))
    for one in sorted(front.spots, key=lambda spot: spot.is_on_front):  # the best ones on top
        hover = title(
            f"{one.label}: {quantity(one.x, front.across.unit)}, {quantity(one.y, front.up.unit)}"
        )
        parts.append(
            element(
                "circle", hover, cx=across(one.x), cy=up(one.y), r=76 if one.is_on_front else 46,
                class_=f"spot colour{one.group}" + ("" if one.is_on_front else " beaten"),
            )
        )  # fmt: skip
    return drawing(WIDTH, BOTTOM + 430, "chart curves front", describe(front), *parts)


def describe(front: Front) -> str:
    """Say in a sentence what is shown, for those who cannot see it."""
    best = "; ".join(
        f"{one.label} ({quantity(one.x, front.across.unit)}, {quantity(one.y, front.up.unit)})"
        for one in front.best[:40]
    )
    return f"{front.up.name} against {front.across.name}. On the front: {best or 'nothing'}."


def _grid(across: Scale, up: Scale) -> list[str]:
    parts = []
    for tick in up.ticks:
        parts.append(line(LEFT, up(tick), RIGHT, up(tick), "grid"))
        parts.append(label(up.print_tick(tick), LEFT - 60, up(tick) + 45, anchor="end"))
    for tick in across.ticks:
        parts.append(line(across(tick), BOTTOM, across(tick), BOTTOM + 45, "grid"))
        parts.append(label(across.print_tick(tick), across(tick), BOTTOM + 190, anchor="middle"))
    if up.infinite is not None:
        parts.append(line(LEFT, up.infinite, RIGHT, up.infinite, "grid"))
        parts.append(label(INFINITE, LEFT - 60, up.infinite + 45, anchor="end"))
    if across.infinite is not None:
        parts.append(label(INFINITE, across.infinite, BOTTOM + 190, anchor="middle"))
    return parts


def _steps(front: Front, across: Scale, up: Scale) -> str:
    """Draw the border of what is beaten: from spot to spot along the worse of both corners."""
    corners: list[tuple[int, int]] = []
    for one in front.best:
        x, y = across(one.x), up(one.y)
        if corners:
            # Where lower is better across, the next spot is reached at the height of the last.
            corners.append(
                (x, corners[-1][1]) if front.across.better == "lower" else (corners[-1][0], y)
            )
        corners.append((x, y))
    return element("path", d=_path(corners), class_="edge") if len(corners) > 1 else ""


def _path(corners: Sequence[tuple[int, int]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in corners)


def _said(measure: Measure) -> str:
    unit = f", {measure.unit}" if measure.unit not in ("", "1", measure.name) else ""
    return f"{measure.name}{unit} ({measure.better} is better)"
