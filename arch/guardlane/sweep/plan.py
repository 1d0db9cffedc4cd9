# SPDX-License-Identifier: Apache-2.0
"""A study spelled out: every point it wants, checked, with its key, in an order that is always it.

Combinations of the axes come in the order of `axes.crossed`; seeds vary faster still.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from guardlane.errors import GuardlaneError
from guardlane.store.points import Planned, Study
from guardlane.store.store import Store
from guardlane.sweep.axes import crossed
from guardlane.sweep.outline import Outline, Problems
from guardlane.sweep.seeds import Interval, derived_seed
from guardlane.sweep.study import Limits, Read
from guardlane.sweep.tasks import Cell, Task

MOST_POINTS = 2_000_000


@dataclass(frozen=True)
class Plan:
    """All points of a study, each once, and what the study is about.

    With an `interval`, these are the points that it is known to want so far; `grown` asks a store
    for more of them.
    """

    study: Study
    tasks: Sequence[Task]
    limits: Limits
    interval: Interval | None = None
    seeds: Mapping[str, int] = field(default_factory=dict)  # of each group of cells, how many
    cells: Sequence[Cell] = ()

    @property
    def planned(self) -> Iterator[Planned]:
        """Value of what the store is told of it."""
        return (Planned(task.key, task.cell.axes, task.seed) for task in self.tasks)

    @property
    def most(self) -> int:
        """Value of the points that it may come to want at most."""
        return len(self.cells) * self.interval.max_seeds if self.interval else len(self.tasks)

    def grown(self, store: Store) -> Plan:
        """Value of the plan with as many seeds as the results in `store` decide.

        A group is decided by its own results alone, a whole batch at a time, and grows no further
        while one of its points is missing or failed: so neither engine nor order can be seen in it.
        """
        if self.interval is None:
            return self
        counts = dict(self.seeds)
        open_groups = _groups(self.cells)
        while open_groups:
            tasks = {
                (cell, number): cell.task(derived_seed(name, number))
                for name, cells in open_groups.items()
                for cell in cells
                for number in range(counts[name])
            }
            values = store.values(self.interval.metric, [task.key for task in tasks.values()])
            for name, cells in list(open_groups.items()):
                keys = [[tasks[cell, n].key for n in range(counts[name])] for cell in cells]
                is_there = all(key in values for own in keys for key in own)
                is_wide = is_there and any(
                    self.interval.wants_more([values[key] for key in own]) for own in keys
                )
                if is_wide and counts[name] < self.interval.max_seeds:
                    more = counts[name] + self.interval.batch
                    counts[name] = min(more, self.interval.max_seeds)
                else:
                    del open_groups[name]
        return replace(self, seeds=counts, tasks=_derived(self.cells, counts))


def expand(read: Read, sets: Sequence[str] = ()) -> Plan:
    """Spell out a study, with `sets` (`a.b=c`) over its settings.

    Raises ConfigError with the places of all mistakes, GuardlaneError for a file that cannot be
    read.
    """
    return spelled_out(Outline(read, sets))


def spelled_out(outline: Outline) -> Plan:
    """Value of the plan of an outline; raises ConfigError with combinations that cannot be run."""
    seeds, interval = outline.seeds, outline.interval
    each = interval.min_seeds if interval else len(seeds) if seeds else 1
    cells = list(_cells(outline, MOST_POINTS // each))
    if interval is not None:
        counts = dict.fromkeys(_groups(cells), interval.min_seeds)
        tasks = _derived(cells, counts)
        return Plan(outline.study, tasks, outline.limits, interval, counts, cells)
    found: dict[str, Task] = {}
    for cell in cells:
        for seed in seeds or (None,):
            task = cell.task(seed)
            found.setdefault(task.key, task)
    return Plan(outline.study, [*found.values()], outline.limits, cells=cells)


def _cells(outline: Outline, most: int) -> Iterator[Cell]:
    """List the cells of a study, or raise ConfigError with what is wrong with some of them."""
    least = math.prod(len(axis.rows) for axis in outline.axes if not axis.when)
    if least > most or sum(1 for _ in islice(crossed(outline.axes), most + 1)) > most:
        raise outline.read.wrong(("axis",), f"makes more than {MOST_POINTS:,} points of the study")
    problems = Problems()
    for chosen in crossed(outline.axes):
        try:
            cell = outline.cell(chosen)
        except GuardlaneError as reason:
            order = max((one.place.order for one in chosen.values()), default=(0, 0))
            problems.add(reason, order)
            if problems.are_many:
                break
            continue
        if not problems.lines:
            yield cell
    problems.check()


def _groups(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.group, []).append(cell)
    return found


def _derived(cells: Sequence[Cell], counts: Mapping[str, int]) -> list[Task]:
    found: dict[str, Task] = {}
    for cell in cells:
        for number in range(counts[cell.group]):
            task = cell.task(derived_seed(cell.group, number))
            found.setdefault(task.key, task)
    return [*found.values()]
