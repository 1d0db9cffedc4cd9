# SPDX-License-Identifier: Apache-2.0
"""Drawing in integers: elements as text, and axes whose ticks are numbers a person would choose.

Coordinates are tenths of a pixel at natural size, rounded to integers, so that a drawing has the
same bytes on every machine. Colours and fonts are classes: the page's style sheet knows them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape

from guardlane.report.text import compact, number, plain

BEYOND = 300  # from the end of an axis to infinity
FAR = 1000  # an axis of positive values whose ends are so many times apart is a log axis


def element(name: str, *children: str, **attributes: str | int) -> str:
    """Write one SVG element around `children`, which are SVG already; attributes are escaped.

    A Python word as an attribute takes a trailing underscore, a dash in a name is an underscore.
    """
    words = [name]
    for key, value in attributes.items():
        spelled = key.rstrip("_").replace("_", "-")
        said = str(value) if isinstance(value, int) else escape(plain(value))
        words.append(f'{spelled}="{said}"')
    opening = " ".join(words)
    return f"<{opening}>{''.join(children)}</{name}>" if children else f"<{opening}/>"


def words(text: str) -> str:
    """Escape text that stands between elements."""
    return escape(plain(text), quote=False)


def title(text: str) -> str:
    """Write the sentence that a pointer resting on the element shows."""
    return element("title", words(text))


def label(text: str, x: int, y: int, class_: str = "tick", anchor: str = "start") -> str:
    """Write a line of text with its baseline at y."""
    return element("text", words(text), x=x, y=y, class_=class_, text_anchor=anchor)


def box(left: int, top: int, right: int, bottom: int, class_: str, hover: str = "") -> str:
    """Write the rectangle between two corners, with a hover sentence if there is one."""
    children = (title(hover),) if hover else ()
    return element(
        "rect",
        *children,
        x=left,
        y=top,
        width=max(right - left, 0),
        height=max(bottom - top, 0),
        class_=class_,
    )


def line(x1: int, y1: int, x2: int, y2: int, class_: str) -> str:
    """Write a straight line."""
    return element("path", d=f"M{x1} {y1}L{x2} {y2}", class_=class_)


def drawing(width: int, height: int, class_: str, description: str, *children: str) -> str:
    """Write a whole picture that scales with the page; a screen reader says `description`."""
    return element(
        "svg",
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        class_=class_,
        role="img",
        aria_label=description,
    )


@dataclass(frozen=True)
class Scale:
    """An axis from values to integer coordinates; values beyond an end land on that end.

    Infinity lands at `infinite`, a place of its own beyond the end, if there is one.
    """

    low: float
    high: float
    start: int
    end: int
    ticks: tuple[float, ...]
    decimals: int
    is_log: bool = False
    infinite: int | None = None

    def __call__(self, value: float) -> int:
        if value == math.inf and self.infinite is not None:
            return self.infinite
        inside = min(max(value, self.low), self.high)
        low, high = self.low, self.high
        if self.is_log:
            low, high, inside = math.log(low), math.log(high), math.log(inside)
        share = (inside - low) / (high - low)
        return self.start + round(share * (self.end - self.start))

    def print_tick(self, tick: float) -> str:
        """Print a tick with just the decimals its step has, large ones in thousands and so on."""
        return compact(tick) if abs(tick) >= 10_000 else number(tick, self.decimals)


def scale_for(
    values: Iterable[float | None], start: int, end: int, steps: int, is_tight: bool = False
) -> Scale:
    """Make the axis of every finite value, with some `steps` ticks at multiples of 1, 2 or 5.

    It ends on ticks, or with `is_tight` on the outermost values themselves. Without a finite value
    it runs from 0 to 1.
    """
    finite = [value for value in values if value is not None and math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if low == high:
        margin = abs(low) / 20 or 1.0
        low, high = low - margin, high + margin
    rough = (high - low) / steps
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(factor for factor in (1, 2, 5, 10) if rough <= factor * power * (1 + 1e-9))
    first, last = low / step, high / step
    if is_tight:
        multiples = range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1)
    else:
        multiples = range(math.floor(first + 1e-9), math.ceil(last - 1e-9) + 1)
        low, high = multiples[0] * step, multiples[-1] * step
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return Scale(low, high, start, end, tuple(k * step for k in multiples), decimals)


def wide_scale_for(
    values: Iterable[float | None], start: int, end: int, steps: int, middles: Iterable[float]
) -> Scale:
    """Make the axis of all values, logarithmic where `middles` are positive and FAR apart.

    Then it ends at powers of ten around the middles, and the ends of their intervals land on it.
    Where a value is infinite, `end` is its place, and the finite ones have the rest.
    """
    values, middles = list(values), list(middles)
    if math.inf in values:
        rest = end + (BEYOND if start > end else -BEYOND)
        known = [value for value in values if value != math.inf]
        inner = [value for value in middles if value != math.inf]
        return replace(wide_scale_for(known, start, rest, steps, inner), infinite=end)
    finite = [value for value in middles if math.isfinite(value)]
    if not finite or min(finite) <= 0 or max(finite) < FAR * min(finite):
        return scale_for(values, start, end, steps)
    low, high = math.floor(math.log10(min(finite))), math.ceil(math.log10(max(finite)))
    step = -(-(high - low) // steps)
    ticks = tuple(10.0**power for power in range(low, high + 1, step))
    return Scale(10.0**low, 10.0**high, start, end, ticks, max(0, -low), is_log=True)
