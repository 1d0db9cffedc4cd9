# SPDX-License-Identifier: Apache-2.0
"""A statistics table sums over the parts of a run, and averages over runs that all have a count."""

from __future__ import annotations

from guardlane.report.tables import statistics_table
from guardlane.stats import Statistic

DECLARED = (
    Statistic("pads", "items", "pads given instead of items"),
    Statistic("pop_stall", "cycles", "waiting for an item"),
)


def test_a_cell_is_the_mean_over_runs_of_the_sum_over_parts() -> None:
    runs = {
        "reliable queue": [{"core.a.pop_stall": 5, "queue.x.pads": 0}],
        "CommGuard": [
            {"core.a.pop_stall": 1, "core.b.pop_stall": 2, "queue.x.pads": 10, "queue.y.pads": 4},
            {"core.a.pop_stall": 4, "core.b.pop_stall": 0, "queue.x.pads": 0, "queue.y.pads": 1},
        ],
    }
    table = statistics_table("Means", runs, DECLARED)
    assert [column.title for column in table.columns] == [
        "statistic",
        "unit",
        "reliable queue",
        "CommGuard",
        "meaning",
    ]
    assert table.rows == (
        ("pads", "items", 0.0, 7.5, "pads given instead of items"),
        ("pop stall", "cycles", 5.0, 3.5, "waiting for an item"),
    )


def test_a_statistic_that_a_run_does_not_have_has_no_mean() -> None:
    runs = {"CommGuard": [{"queue.x.pads": 3}, {"queue.x.drops": 3}], "none": []}
    assert statistics_table("Means", runs, DECLARED[:1]).rows[0][2:4] == (None, None)
