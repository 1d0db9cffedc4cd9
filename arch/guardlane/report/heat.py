# SPDX-License-Identifier: Apache-2.0
"""Heat maps: a metric over two axes at once, as shades on one scale, with its numbers in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from guardlane.errors import GuardlaneError
from guardlane.report.svg import FAR, box, drawing, element, label, title
from guardlane.report.text import compact, quantity

Value = float | None
LEFT, TOP, BELOW = 900, 60, 420
WIDTH = 5200  # of all cells; a row is as high as a column of eight is wide, at most
TALLEST = 520
LEAST, MOST = 8, 92  # per cent of the colour, of the lowest and of the highest value
FULLEST = 12  # columns up to which numbers fit into cells


@dataclass(frozen=True)
class Heat:
    """One map: `values[row][column]` at the places that `rows` and `columns` name."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    values: tuple[tuple[Value, ...], ...]

    def __post_init__(self) -> None:
        shape = [len(row) for row in self.values]
        if shape != [len(self.columns)] * len(self.rows):
            raise GuardlaneError(
                f"heat map {self.title} must have {len(self.rows)} rows of {len(self.columns)} "
                f"values, not {shape}"
            )


@dataclass(frozen=True)
class HeatMaps:
    """Maps side by side on one scale of shades; no value is left blank, infinite is the end."""

    kind: ClassVar[str] = "heat"
    title: str
    unit: str
    across: str
    down: str
    maps: tuple[Heat, ...]
    better: Literal["higher", "lower", ""] = ""
    caption: str = ""

    @cached_property
    def ends(self) -> tuple[float, float]:
        """Value of the lowest and the highest finite value of all maps; 0 and 1 without one."""
        found = [
            value
            for one in self.maps
            for row in one.values
            for value in row
            if value is not None and math.isfinite(value)
        ] or [0.0, 1.0]
        return min(found), max(found)

    @property
    def is_log(self) -> bool:
        """Whether shades go by the logarithm: values are positive and far apart."""
        low, high = self.ends
        return low > 0 and high >= FAR * low


def draw_heat(maps: HeatMaps, heat: Heat) -> str:
    """Draw one of the maps."""
    wide = WIDTH // max(len(heat.columns), 1)
    tall = min(TALLEST, wide)
    parts = []
    for place, name in enumerate(heat.rows):
        y = TOP + place * tall + tall // 2 + 45
        parts.append(label(name, LEFT - 80, y, anchor="end"))
    step = math.ceil(460 / wide) if wide else 1
    floor = TOP + tall * len(heat.rows)
    for place, name in enumerate(heat.columns):
        if place % step == 0:
            parts.append(label(name, LEFT + place * wide + wide // 2, floor + 170, anchor="middle"))
    parts.append(label(maps.across, LEFT + wide * len(heat.columns), floor + 370, anchor="end"))
    parts.append(label(maps.down, LEFT - 80, floor + 170, anchor="end"))
    for row, values in enumerate(heat.values):
        for column, value in enumerate(values):
            where = f"{maps.across} {heat.columns[column]}, {maps.down} {heat.rows[row]}"
            corner = LEFT + column * wide, TOP + row * tall
            parts += _cell(maps, value, where, corner, wide, tall, len(heat.columns) <= FULLEST)
    told = f"{maps.title}, {heat.title}: {maps.across} across, {maps.down} down"
    return drawing(LEFT + WIDTH + 60, floor + BELOW, "chart heat", told, *parts)


def shade(maps: HeatMaps, value: float) -> int:
    """Value of how much of the colour a value gets, in per cent."""
    low, high = maps.ends
    if math.isinf(value) or low == high:
        return MOST if value > 0 or low == high else LEAST
    if maps.is_log:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return LEAST + round((MOST - LEAST) * (value - low) / (high - low))


def _cell(
    maps: HeatMaps, value: Value, where: str, corner: tuple[int, int], wide: int, tall: int,
    has_number: bool,
) -> Sequence[str]:  # fmt: skip
    x, y = corner
    if value is None or math.isnan(value):
        return [box(x + 15, y + 15, x + wide - 15, y + tall - 15, "none", f"{where}: no value")]
    share = shade(maps, value)
    hover = title(f"{where}: {quantity(value, maps.unit)}")
    parts = [
        element(
            "rect", hover, x=x + 8, y=y + 8, width=max(wide - 16, 1), height=max(tall - 16, 1),
            class_="shade", fill_opacity=f"{share / 100:.2f}",
        )
    ]  # fmt: skip
    if has_number:
        class_ = "in dark" if share > 55 else "in"
        parts.append(label(compact(value), x + wide // 2, y + tall // 2 + 45, class_, "middle"))
    return parts
