# SPDX-License-Identifier: Apache-2.0
"""Which charts show a study: what runs along them, what their lines are, what is side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from guardlane.errors import GuardlaneError
from guardlane.report.curves import COLOURS
from guardlane.report.means import Key, distinct, short_names
from guardlane.units import Bytes, Count, Frequency, Time, Voltage

MOST_PANELS = 12  # of small multiples, for each metric
MOST_PLACES = 400  # of a line
LEAST_SIDE = 3  # values of each axis of a heat map


@dataclass(frozen=True)
class Layout:
    """Places of axes in a key: one along a chart, those that tell lines apart, those of panels.

    An axis that is there under a condition (`when`) joins the lines of the axes before it as long
    as there are few enough; else it makes panels, and what lacks it stands in each of them.
    """

    axes: Sequence[str]
    along: int | None
    lines: tuple[int, ...]
    panels: tuple[int, ...]

    def panel_of(self, key: Key) -> Key:
        """Value of the panel that a key is drawn in."""
        return tuple(key[place] for place in self.panels)

    def line_of(self, key: Key) -> Key:
        """Value of the line that a key is a point of."""
        return tuple(key[place] for place in self.lines)

    def name(self, places: Sequence[int], values: Key) -> str:
        """Value of what a line or a panel is called; an axis that it has not got is left out."""
        short = short_names(self.axes)
        both = zip(places, values, strict=True)
        return ", ".join(f"{short[self.axes[place]]} {value}" for place, value in both if value)


def layout_of(axes: Sequence[str], keys: Sequence[Key]) -> Layout:
    """Value of how to draw curves: along the axis with most numbers, lines by the last of words."""
    values = [distinct(keys, place) for place in range(len(axes))]
    partly = {place for place in range(len(axes)) if any(not key[place] for key in keys)}
    varied = [p for p in range(len(axes)) if len(values[p]) > 1 or (values[p] and p in partly)]
    numeric = [p for p in varied if p not in partly and are_numbers(values[p])]
    along = max(numeric, key=lambda p: (len(values[p]), -p)) if numeric else None
    others = [place for place in varied if place != along]
    whole = [place for place in others if place not in partly]
    words = [p for p in whole if not are_numbers(values[p])]
    leader = [p for p in (*whole, *words) if len(values[p]) <= COLOURS][-1:]
    for lines in ((*leader, *(p for p in others if p in partly)), tuple(leader), ()):
        if len({tuple(key[place] for place in lines) for key in keys}) <= COLOURS:
            panels = tuple(place for place in others if place not in lines)
            return Layout(axes, along, tuple(sorted(lines)), panels)
    raise AssertionError("no lines at all are few enough")


def map_of(axes: Sequence[str], keys: Sequence[Key]) -> tuple[int, int, Layout] | None:
    """Value of the axes across and down heat maps, and of the panels; None: no two are long enough.

    An axis is long enough with LEAST_SIDE values; numbers go before words.
    """
    values = [distinct(keys, place) for place in range(len(axes))]
    whole = [p for p in range(len(axes)) if all(key[p] for key in keys)]
    sides = [p for p in whole if len(values[p]) >= LEAST_SIDE]
    sides.sort(key=lambda p: (not are_numbers(values[p]), -len(values[p]), p))
    if len(sides) < 2:
        return None
    across, down = sides[:2]
    panels = tuple(
        p
        for p in range(len(axes))
        if p not in (across, down) and (len(values[p]) > 1 or p not in whole)
    )
    return across, down, Layout(axes, None, (), panels)


def panels_in(layout: Layout, keys: Sequence[Key]) -> list[Key]:
    """List the panels in their order; one without an axis is none where another has it."""
    found = list(dict.fromkeys(layout.panel_of(key) for key in keys))
    return [one for one in found if not any(one != other and _is_in(one, other) for other in found)]


def keys_in(layout: Layout, panel: Key, keys: Sequence[Key]) -> list[int]:
    """List the places of the keys that a panel shows."""
    return [place for place, key in enumerate(keys) if _is_in(layout.panel_of(key), panel)]


def thinned(values: Sequence[str], most: int = MOST_PLACES) -> Sequence[str]:
    """Value of every value, or of evenly spread ones where there are more than `most`."""
    step = -(-len(values) // most)
    return values[:: max(step, 1)]


def are_numbers(texts: Sequence[str]) -> bool:
    """Whether all are numbers, plain ones or quantities."""
    return bool(texts) and all(number_of(text) is not None for text in texts)


def number_of(text: str) -> float | None:
    """Value of an axis' text as a number: as it is, or in the base unit of its quantity."""
    readers: tuple[Callable[[str], float], ...] = (
        float, *(kind.parse for kind in (Count, Time, Bytes, Frequency, Voltage)),
    )  # fmt: skip
    for read in readers:
        try:
            value = float(read(text))
        except (ValueError, GuardlaneError):
            continue
        return value if math.isfinite(value) else None
    return None


def _is_in(own: Key, panel: Key) -> bool:
    return all(not value or value == wanted for value, wanted in zip(own, panel, strict=True))
