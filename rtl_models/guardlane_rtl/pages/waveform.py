# SPDX-License-Identifier: Apache-2.0
"""A waveform as a picture: one row a signal, one column a cycle; equal bytes for equal runs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from guardlane.report.svg import drawing, element, label, line, words

COLUMN, ROW, LEFT, TOP = 560, 320, 1700, 340  # tenths of a pixel
HIGH, LOW = 60, 240  # of a bit, below the top of its row
SLANT = 40
STYLE = """
svg { background: #ffffff; font: 120px "DejaVu Sans Mono", "Liberation Mono", monospace; }
text { fill: #1b2733; font-size: 120px; }
.cycle { fill: #66727f; font-size: 110px; }
.grid { stroke: #dde3e9; stroke-width: 10; fill: none; }
.wave { stroke: #14507a; stroke-width: 18; fill: none; }
.bus { stroke: #14507a; stroke-width: 14; fill: #eaf2f8; }
.idle { stroke: none; fill: #eef0f2; }
"""


class Signal(NamedTuple):
    """A row: a bit has 0 and 1, a bus has words; None where the value means nothing."""

    name: str
    values: Sequence[int | str | None]
    is_bus: bool = False


def waveform(signals: Sequence[Signal], description: str) -> str:
    """Draw signals of equal length, beneath the clock, as SVG."""
    cycles = len(signals[0].values)
    width, height = LEFT + cycles * COLUMN + 100, TOP + (len(signals) + 1) * ROW + 60
    parts = [element("style", words(STYLE))]
    for n in range(cycles + 1):
        parts.append(line(LEFT + n * COLUMN, TOP - 40, LEFT + n * COLUMN, height - 60, "grid"))
    for n in range(cycles):
        parts.append(label(str(n), LEFT + n * COLUMN + COLUMN // 2, TOP - 110, "cycle", "middle"))
    parts += [label("clk_i", LEFT - 120, TOP + 190, "name", "end"), _clock(cycles)]
    for number, signal in enumerate(signals, 1):
        top = TOP + number * ROW
        parts.append(label(signal.name, LEFT - 120, top + 190, "name", "end"))
        parts += _bus(signal.values, top) if signal.is_bus else _bit(signal.values, top)
    return drawing(width, height, "wave-picture", description, *parts) + "\n"


def _clock(cycles: int) -> str:
    path = f"M{LEFT} {TOP + HIGH}"
    for n in range(cycles):
        x = LEFT + n * COLUMN
        path += f"H{x + COLUMN // 2}V{TOP + LOW}H{x + COLUMN}"
        path += f"V{TOP + HIGH}" if n < cycles - 1 else ""
    return element("path", d=path, class_="wave")


def _runs(values: Sequence[int | str | None]) -> list[tuple[int | str | None, int, int]]:
    """List each value that lasts, with the coordinates where it begins and ends."""
    found, start = [], 0
    for value, same in groupby(values):
        end = start + len(list(same))
        found.append((value, LEFT + start * COLUMN, LEFT + end * COLUMN))
        start = end
    return found


def _bit(values: Sequence[int | str | None], top: int) -> list[str]:
    path = ""
    for value, start, end in _runs(values):
        y = top + (HIGH if value else LOW)
        path += (f"L{start + SLANT} {y}" if path else f"M{start} {y}") + f"H{end}"
    return [element("path", d=path, class_="wave")]


def _bus(values: Sequence[int | str | None], top: int) -> list[str]:
    parts, middle = [], top + (HIGH + LOW) // 2
    for value, start, end in _runs(values):
        if value is None:
            parts.append(_shape(start, end, top, middle, "idle"))
        else:
            parts.append(_shape(start, end, top, middle, "bus"))
            parts.append(label(str(value), (start + end) // 2, middle + 42, "value", "middle"))
    return parts


def _shape(start: int, end: int, top: int, middle: int, class_: str) -> str:
    high, low = top + HIGH, top + LOW
    path = f"M{start} {middle}L{start + SLANT} {high}H{end - SLANT}L{end} {middle}"
    return element("path", d=f"{path}L{end - SLANT} {low}H{start + SLANT}Z", class_=class_)
