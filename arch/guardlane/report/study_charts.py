# SPDX-License-Identifier: Apache-2.0
"""A study as charts: curves in small multiples, heat maps, and Pareto fronts of its metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from guardlane.report.curves import COLOURS, Curve, CurvePoint, Curves, Multiples
from guardlane.report.front import Front, Measure, Spot, on_front
from guardlane.report.heat import Heat, HeatMaps
from guardlane.report.layout import (
    MOST_PANELS,
    Layout,
    keys_in,
    layout_of,
    map_of,
    number_of,
    panels_in,
    thinned,
)
from guardlane.report.means import Means, distinct

Better = Literal["higher", "lower"]
BETTER: Mapping[str, Better] = {"higher": "higher", "lower": "lower"}
MOST_FRONTS = 3
MOST_SPOTS = 2_000  # of a front; all that are on it are drawn
MOST_SIDE = 60  # rows and columns of a heat map


def curves_of(means: Means) -> Iterator[Curves | Multiples]:
    """Draw each metric along the axis with most numbers, with small multiples of what is left."""
    layout = layout_of(means.study.axes, means.keys)
    if layout.along is None:
        return
    panels = panels_in(layout, means.keys)
    shown = set(thinned(distinct(means.keys, layout.along)))
    cut = _cut(len(panels), len(shown) < len(distinct(means.keys, layout.along)))
    places = {panel: keys_in(layout, panel, means.keys) for panel in panels[:MOST_PANELS]}
    for metric in means.study.metrics:
        drawn = []
        for panel, cells in places.items():
            chosen = [cell for cell in cells if means.keys[cell][layout.along] in shown]
            one = _panel(means, layout, metric, panel, chosen)
            if any(point.found for line in one.lines for point in line.points):
                drawn.append(one)
        title, caption = _title(means, metric), f"{metric['sentence']}{cut}"
        better: Literal["higher", "lower", ""] = BETTER.get(metric["better"], "")
        if len(drawn) == 1:
            name = f"{title}; {drawn[0].title}" if drawn[0].title else title
            lines, axis = drawn[0].lines, drawn[0].axis
            yield Curves(name, metric["unit"], axis, lines, better, caption)
        elif drawn:
            yield Multiples(title, metric["unit"], tuple(drawn), better, caption)


def maps_of(means: Means) -> Iterator[HeatMaps]:
    """Draw each metric over two axes at once, if two have three values or more."""
    sides = map_of(means.study.axes, means.keys)
    if sides is None:
        return
    across, down, layout = sides
    columns, rows = (distinct(means.keys, place) for place in (across, down))
    panels = panels_in(layout, means.keys)
    is_thin = max(len(columns), len(rows)) > MOST_SIDE
    columns, rows = (list(thinned(texts, MOST_SIDE)) for texts in (columns, rows))
    for metric in means.study.metrics:
        maps: list[Heat] = []
        for panel in panels[:MOST_PANELS]:
            cells = {
                (means.keys[cell][down], means.keys[cell][across]): cell
                for cell in keys_in(layout, panel, means.keys)
            }
            values = []
            for row in rows:
                found = [
                    means.of(metric["name"], cells[row, column]) if (row, column) in cells else None
                    for column in columns
                ]
                values.append(tuple(one.mean if one else None for one in found))
            name = layout.name(layout.panels, panel)
            if any(value is not None for row in values for value in row):
                maps.append(Heat(name, tuple(columns), tuple(rows), tuple(values)))
        if maps:
            axes = means.study.axes
            yield HeatMaps(
                f"{_title(means, metric)} by {axes[across]} and {axes[down]}", metric["unit"],
                axes[across], axes[down], tuple(maps), BETTER.get(metric["better"], ""),
                f"{metric['sentence']}{_cut(len(panels), is_thin)}",
            )  # fmt: skip


def fronts_of(means: Means) -> Iterator[Front]:
    """Draw the first metric against each that is a cost, and what no other combination beats."""
    judged = [metric for metric in means.study.metrics if metric["better"] in BETTER]
    if len(means.keys) < 3 or len(judged) < 2:
        return
    first, *others = judged
    costs = [one for one in others if one["better"] == "lower"] or others
    layout = layout_of(means.study.axes, means.keys)
    for metric in costs[:MOST_FRONTS]:
        spots, groups = _spots(means, layout, metric, first)
        best = sum(one.is_on_front for one in spots)
        if len(spots) < 3 or len({one.x for one in spots}) < 2 or len({one.y for one in spots}) < 2:
            continue
        known = np.count_nonzero(
            ~np.isnan(means.middles(metric["name"]) + means.middles(first["name"]))
        )
        caption = f"{best} of {known:,} combinations are on the front: none is better in both"
        caption += f"; {len(spots):,} are drawn" if len(spots) < known else ""
        yield Front(
            f"{first['name']} against {metric['name']}", _measure(metric), _measure(first),
            tuple(spots), groups, f"{caption}. Middles of runs, without their intervals.",
        )  # fmt: skip


def _spots(
    means: Means, layout: Layout, across: Mapping[str, Any], up: Mapping[str, Any]
) -> tuple[list[Spot], tuple[str, ...]]:
    x, y = means.middles(across["name"]), means.middles(up["name"])
    known = np.flatnonzero(~(np.isnan(x) | np.isnan(y)))
    is_best = on_front(x[known], y[known], (BETTER[across["better"]], BETTER[up["better"]]))
    step = -(-len(known) // MOST_SPOTS)
    lines = list(dict.fromkeys(layout.line_of(key) for key in means.keys))[:COLOURS]
    groups = {line: order for order, line in enumerate(lines)}
    every = tuple(range(len(means.study.axes)))
    spots = [
        Spot(
            layout.name(every, means.keys[cell]), float(x[cell]), float(y[cell]),
            groups[layout.line_of(means.keys[cell])], bool(is_best[place]),
        )
        for place, cell in enumerate(known.tolist())
        if is_best[place] or place % step == 0
    ]  # fmt: skip
    return spots, tuple(layout.name(layout.lines, line) for line in lines)


def _panel(
    means: Means, layout: Layout, metric: Mapping[str, Any], panel: tuple[str, ...],
    cells: Sequence[int],
) -> Curves:  # fmt: skip
    assert layout.along is not None
    lines: dict[tuple[str, ...], list[CurvePoint]] = {}
    for cell in cells:
        key = means.keys[cell]
        text = key[layout.along]
        found = means.of(metric["name"], cell)
        lines.setdefault(layout.line_of(key), []).append(
            CurvePoint(number_of(text) or 0.0, text, found)
        )
    return Curves(
        title=layout.name(layout.panels, panel),
        unit=metric["unit"],
        axis=means.study.axes[layout.along],
        lines=tuple(
            Curve(layout.name(layout.lines, line), tuple(sorted(points, key=lambda one: one.x)))
            for line, points in lines.items()
        ),
    )


def _title(means: Means, metric: Mapping[str, Any]) -> str:
    name, middle = str(metric["name"]), means.middle(metric["name"])
    return name if middle == "mean" else f"{name}, {middle}"


def _measure(metric: Mapping[str, Any]) -> Measure:
    return Measure(metric["name"], metric["unit"], BETTER[metric["better"]])


def _cut(panels: int, is_thin: bool) -> str:
    said = f"; the first {MOST_PANELS} of {panels} panels" if panels > MOST_PANELS else ""
    return said + ("; evenly spread values of long axes only" if is_thin else "")
