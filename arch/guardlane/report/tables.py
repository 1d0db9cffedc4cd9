# SPDX-License-Identifier: Apache-2.0
"""Tables that any workload's report has: what was counted, as means over the runs of each kind."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from guardlane.report.page import Cell, Column, Table
from guardlane.stats import Statistic

Counts = Mapping[str, float]


def statistics_table(
    caption: str, runs: Mapping[str, Sequence[Counts]], declared: Sequence[Statistic]
) -> Table:
    """Make a row a declared statistic and a column a group of runs, each cell a mean over its runs.

    A run's statistic is the sum over the parts that count it: `pads` is all of `queue.*.pads`. A
    cell has no value when a run of the group does not count the statistic at all: a mean over some
    of the runs would compare different things.
    """
    columns = (
        Column("statistic"),
        Column("unit"),
        *(Column(label, decimals=1, is_numeric=True) for label in runs),
        Column("meaning"),
    )
    rows = []
    for statistic in declared:
        means: list[Cell] = [_mean(group, statistic.name) for group in runs.values()]
        name = statistic.name.replace("_", " ")
        rows.append((name, statistic.unit, *means, statistic.sentence))
    return Table(caption, columns, tuple(rows))


def _mean(group: Sequence[Counts], name: str) -> float | None:
    totals = []
    for counts in group:
        parts = [value for key, value in counts.items() if key.rpartition(".")[2] == name]
        if not parts:
            return None
        totals.append(math.fsum(parts))
    return math.fsum(totals) / len(totals) if totals else None
