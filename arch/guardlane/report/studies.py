# SPDX-License-Identifier: Apache-2.0
"""The studies of a store as a page: what is missing first, then curves, then every mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from guardlane.errors import GuardlaneError
from guardlane.estimates import Estimate, estimate
from guardlane.report.curves import COLOURS, Curve, CurvePoint, Curves
from guardlane.report.page import Block, Cell, Column, Commands, Note, Page, Section, Table, Tally
from guardlane.store.points import Failure, Study
from guardlane.store.store import Store
from guardlane.units import Bytes, Count, Frequency, Time, Voltage

MOST_ROWS = 2_000  # of a table
MOST_PANELS = 12  # of small multiples, for each metric
SEED = "seed"
BETTER: Mapping[str, Literal["higher", "lower"]] = {"higher": "higher", "lower": "lower"}

Key = tuple[str, ...]  # values of a study's axes, without the seed


@dataclass
class _Means:
    """Runs of one combination of axes: how many are wanted, and the values of those there are."""

    wanted: int = 0
    ended: int = 0
    values: dict[str, list[float]] = field(default_factory=dict)

    def mean(self, metric: str, allow_partial: bool) -> Estimate | None:
        """Value of the mean; None when runs are missing from it, unless that is allowed."""
        found = self.values.get(metric, [])
        if not found or (len(found) < self.wanted and not allow_partial):
            return None
        return estimate(found)


@dataclass(frozen=True)
class _Found:
    study: Study
    cells: Mapping[Key, _Means]
    outcomes: Mapping[str, int]
    failures: Sequence[tuple[str, Failure]]

    @property
    def total(self) -> int:
        """Value of the points that the study wants."""
        return sum(cell.wanted for cell in self.cells.values())

    @property
    def finished(self) -> int:
        """Value of those that have a result."""
        return sum(self.outcomes.values())


def studies_page(store: Store, *, allow_partial: bool = False) -> Page:
    """Draw up the page; a mean over some of its runs only is left out, or with `allow_partial` not.

    Raises GuardlaneError for a store that has no study.
    """
    found = [_found(store, study) for study in store.studies()]
    if not found:
        raise GuardlaneError(f"{store.path}: has no study to report on")
    failed = [(one.study.name, label, why) for one in found for label, why in one.failures]
    total, finished = (sum(getattr(one, name) for one in found) for name in ("total", "finished"))
    tally = Tally(
        completed=finished,
        total=total,
        failures=tuple(f"{name}: {label}: {why.message}" for name, label, why in failed),
        noun="points",
        waiting=total - finished - len(failed),
        verb="finished",
    )
    sections = [_failed(failed)] if failed else []
    for one in found:
        sections.append(_section(one, allow_partial))
    titles = ", ".join(one.study.title for one in found)
    lead = "Means over seeds, with Student's 95 % intervals."
    if allow_partial:
        lead += " Some are over a part of their seeds only, as --allow-partial asks."
    return Page(title=titles, lead=lead, tally=tally, sections=tuple(sections))


def _found(store: Store, study: Study) -> _Found:
    place: dict[str, Key] = {}
    labels: dict[str, str] = {}
    cells: dict[Key, _Means] = {}
    failures = {one.key: one for one in store.failures(study.name)}
    for one in store.planned(study.name):
        key = tuple(one.axes.get(name, "") for name in study.axes)
        place[one.key] = key
        cells.setdefault(key, _Means()).wanted += 1
        if one.key in failures:
            labels[one.key] = ", ".join(f"{name}={value}" for name, value in one.axes.items())
    outcomes: dict[str, int] = {}
    metrics = [metric["name"] for metric in study.metrics]
    for point in store.points(study.name):
        cell = cells[place[point.key]]
        cell.ended += 1
        outcomes[point.outcome] = outcomes.get(point.outcome, 0) + 1
        for name in metrics:
            value = point.metrics.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                cell.values.setdefault(name, []).append(float(value))
    failed = [(labels[key] or key, failures[key]) for key in labels]
    return _Found(study, cells, dict(sorted(outcomes.items())), failed)


def _failed(failed: Sequence[tuple[str, str, Failure]]) -> Section:
    columns = tuple(Column(name) for name in ("Point", "Study", "Kind", "Tries", "Last output"))
    rows = tuple(
        (label, study, why.kind, why.tries, "\n".join(why.output.strip().splitlines()[-3:]))
        for study, label, why in failed[:MOST_ROWS]
    )
    commands = tuple(why.command for *_, why in failed[:20])
    return Section(
        "Failed points",
        (
            Table("What became of them", columns, rows, is_sortable=True),
            Commands("To run one of them again, alone:", commands),
        ),
    )


def _section(found: _Found, allow_partial: bool) -> Section:
    outcomes = ", ".join(f"{count:,} {name}" for name, count in found.outcomes.items()) or "none"
    blocks: list[Block] = [Note(f"Runs of {found.study.workload}, by how they ended: {outcomes}.")]
    blocks += _curves(found, allow_partial)
    blocks.append(_table(found, allow_partial))
    if len(found.cells) > MOST_ROWS:
        blocks.append(Note(f"The table has the first {MOST_ROWS:,} of {len(found.cells):,} rows."))
    lead = f"{found.finished:,} of {found.total:,} points finished."
    return Section(found.study.title, tuple(blocks), lead)


def _table(found: _Found, allow_partial: bool) -> Table:
    metrics = found.study.metrics
    columns = [Column(name) for name in found.study.axes or ("point",)]
    columns.append(Column("runs"))
    for metric in metrics:
        columns.append(Column(metric["name"], metric["unit"], is_numeric=True))
        columns.append(Column("±", metric["unit"], is_numeric=True))
    rows: list[tuple[Cell, ...]] = []
    for key, cell in list(found.cells.items())[:MOST_ROWS]:
        row: list[Cell] = [*(key or ("the only one",)), f"{cell.ended} of {cell.wanted}"]
        for metric in metrics:
            mean = cell.mean(metric["name"], allow_partial)
            has_interval = mean is not None and mean.high is not None
            row.append(None if mean is None else mean.mean)
            row.append(mean.high - mean.mean if has_interval and mean and mean.high else None)
        rows.append(tuple(row))
    caption = "Means over seeds, and half the width of their interval"
    caption += "; – where runs are missing or some have no such value"
    return Table(caption, tuple(columns), tuple(rows), is_sortable=True)


def _curves(found: _Found, allow_partial: bool) -> Iterator[Curves]:
    """Draw each metric along the axis with most numbers, a line a value of another axis."""
    axes = found.study.axes
    values = [list(dict.fromkeys(key[place] for key in found.cells)) for place in range(len(axes))]
    numeric = [p for p, texts in enumerate(values) if len(texts) > 1 and None not in map(_x, texts)]
    if not numeric:
        return
    along = max(numeric, key=lambda place: (len(values[place]), -place))
    others = [place for place in range(len(axes)) if place != along and len(values[place]) > 1]
    by_line = next((place for place in others if len(values[place]) <= COLOURS), None)
    fixed = [place for place in others if place != by_line]
    panels = list(dict.fromkeys(tuple(key[place] for place in fixed) for key in found.cells))
    for metric in found.study.metrics:
        for panel in panels[:MOST_PANELS]:
            where = ", ".join(f"{axes[p]} {v}" for p, v in zip(fixed, panel, strict=True) if v)
            chosen = [k for k in found.cells if tuple(k[place] for place in fixed) == panel]
            lines = []
            for text in values[by_line] if by_line is not None else [""]:
                own = [k for k in chosen if by_line is None or k[by_line] == text]
                if own:
                    name = f"{axes[by_line]} {text}" if by_line is not None else ""
                    lines.append(_curve(found, name, own, along, metric["name"], allow_partial))
            if any(point.found for one in lines for point in one.points):
                yield Curves(
                    title=metric["name"] + (f"; {where}" if where else ""),
                    unit=metric["unit"],
                    axis=axes[along],
                    lines=tuple(lines),
                    better=BETTER.get(metric["better"], ""),
                    caption=metric["sentence"],
                )


def _curve(
    found: _Found, label: str, keys: Sequence[Key], along: int, metric: str, allow_partial: bool
) -> Curve:
    points = [
        CurvePoint(_x(key[along]) or 0.0, key[along], found.cells[key].mean(metric, allow_partial))
        for key in keys
    ]
    return Curve(label, tuple(sorted(points, key=lambda point: point.x)))


def _x(text: str) -> float | None:
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
