# SPDX-License-Identifier: Apache-2.0
"""Measures of a grid: the least of noisy means is not the least value, and slopes are exact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from guardlane.errors import GuardlaneError
from guardlane.estimates import estimate
from guardlane.ledger.measures import measure
from guardlane.ledger.pairs import Entry, Measured, Pair
from guardlane.ledger.test import Test as ClaimTest
from guardlane.ledger.test import Trial
from guardlane.record import Outcome, Record
from guardlane.units import SeedRange


def record(**metrics: Any) -> Record:
    config = {"seed": 7, "knob": {"turns": metrics.pop("turns", 1)}}
    return Record("toy", config, "0" * 32, Outcome.COMPLETED, metrics)


def measured(
    kind: str, entries: Sequence[Entry], against: str = "", baseline: bool = False
) -> Measured:
    runs = (Trial(workload="toy", baseline={"a": 1} if baseline else {}),)
    test = ClaimTest.model_validate(
        {"measure": kind, "metric": "y", "against": against, "seeds": SeedRange(1, 1)}
        | {"least": 2, "runs": runs}
    )
    return measure(test, entries)


def point(*values: float | None) -> list[Pair]:
    return [Pair(record(y=value)) for value in values]


def line(*values: tuple[float, float]) -> list[list[Pair]]:
    """Points of one seed each: x is the metric `x`, y the metric `y`."""
    return [[Pair(record(x=x, y=y))] for x, y in values]


GRID = [point(1, 2, 3), point(5, 6, 7), point(20, 20, 20)]


@pytest.mark.parametrize(("kind", "mean", "place"), [("least", 2, 0), ("median", 6, 1)])
def test_a_joint_measure_chooses_among_means_with_ends_for_all_points_at_once(
    kind: str, mean: float, place: int
) -> None:
    found = measured(kind, [GRID])
    ends = estimate([pair.value("y") for pair in GRID[place]], 1 - 0.05 / 3)
    assert found == Measured(mean, ends.low, ends.high, 9)
    alone = estimate([pair.value("y") for pair in GRID[place]])
    assert found.low is not None
    assert alone.low is not None
    assert found.low < alone.low  # that of one point alone would be too narrow


def test_ends_need_not_be_those_of_one_point() -> None:
    found = measured("greatest", [[point(1, 2, 3)], [point(1.7, 1.8, 1.9)]])
    wide, narrow = (estimate(values, 0.975) for values in ([1, 2, 3], [1.7, 1.8, 1.9]))
    assert (found.mean, found.high) == (2, wide.high)
    assert found.low == narrow.low
    assert measured("least", [[point(1, 2, 3)], [point(1.7, 1.8, 1.9)]]).high == narrow.high


def test_the_least_of_equal_noisy_points_is_held_by_its_interval() -> None:
    draws = np.random.default_rng(3).normal(size=(300, 10, 8))
    held = biased = 0
    for grid in draws:
        found = measured("least", [[point(*values) for values in grid]])
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0 <= found.high
        naive = estimate(grid.min(axis=0).tolist())
        assert naive.high is not None
        biased += naive.high < 0
    assert held >= 0.95 * len(draws)
    assert biased > 0.9 * len(draws)  # what the mean of each seed's least would have said


def test_a_joint_measure_may_be_of_differences() -> None:
    pairs = [[Pair(record(y=5), record(y=3))], [Pair(record(y=9), record(y=1))]]
    assert measured("least", [pairs], baseline=True) == Measured(2, None, None, 2)
    assert measured("greatest", [pairs], baseline=True).mean == 8


def test_below_counts_points_by_their_means() -> None:
    def both(*values: tuple[float, float]) -> list[Pair]:
        return [Pair(record(y=y, x=x)) for y, x in values]

    grid = [both((1, 2), (2, 3)), both((1, 2), (2, 0)), both((1, 1)), both((3, 1))]
    found = measured("below", [grid[:2], grid[2:]], "x")
    assert (found.mean, found.n) == (1 / 4, 4)  # the second's mean is above


def test_a_slope_is_that_of_least_squares() -> None:
    found = measured("slope", [line((1, 4), (2, 7), (4, 13), (8, 25))], "x")
    assert found == Measured(3, None, None, 1)
    # By hand: x 0, 1, 2 and y 0, 1, 5 have products (-1)(-2) + 0 + (1)(3) = 5 over squares 2.
    assert measured("slope", [line((0, 0), (1, 1), (2, 5))], "x").mean == 2.5


def test_a_slope_is_taken_a_seed_and_may_be_in_a_setting_and_of_differences() -> None:
    def pairs(turns: int, *slopes: int) -> list[Pair]:
        return [Pair(record(turns=turns, y=s * turns), record(y=turns)) for s in slopes]

    found = measured("slope", [[pairs(1, 3, 5), pairs(2, 3, 5)]], "knob.turns", baseline=True)
    own = estimate([2, 4])
    assert found == Measured(3, own.low, own.high, 2)
    entries = [[pairs(1, 3, 5), pairs(2, 3, 5)], [pairs(1, 7, 9), pairs(2, 7, 9)]]
    found = measured("slope", entries, "knob.turns", baseline=True)
    own = estimate([4, 6])  # each seed is a value, however many entries there are
    assert found == Measured(5, own.low, own.high, 2)


@pytest.mark.parametrize(
    ("points", "rho"),
    [
        ([(1, 9), (2, 3), (8, 1)], -1),
        ([(1, 1), (2, 30), (3, 31)], 1),
        ([(1, 2), (2, 1), (3, 3)], 0.5),
        ([(1, 4), (2, 4), (3, 4)], 0),
        ([(1, 1), (1, 1), (2, 2)], 1),
        ([(1, 1), (2, 1), (3, 2), (4, 3)], 4.5 / 22.5**0.5),  # ranks 1.5, 1.5, 3 and 4
    ],
)
def test_a_rank_correlation_is_spearmans(points: list[tuple[float, float]], rho: float) -> None:
    assert measured("rank-correlation", [line(*points)], "x").mean == pytest.approx(rho)


def test_a_rank_correlation_stays_within_one() -> None:
    def seeds(x: int, *values: int) -> list[Pair]:
        return [Pair(record(x=x, y=y)) for y in values]

    found = measured("rank-correlation", [[seeds(1, 1, 1), seeds(2, 2, 3), seeds(3, 3, 2)]], "x")
    assert (found.mean, found.low, found.high) == (0.75, -1, 1)


@pytest.mark.parametrize(
    ("kind", "entries", "against", "said"),
    [
        ("least", [[]], "", "one run or more"),
        ("least", [[point(None)]], "", "metric y of toy, seed 7, must be a number, not None"),
        ("slope", [line((1, 1), (1, 2))], "x", "x must have two values or more"),
        ("slope", [line((1, 1), (2, 2))], "knob.twist", "metric knob.twist of toy, seed 7, must"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    kind: str, entries: list[list[list[Pair]]], against: str, said: str
) -> None:
    with pytest.raises(GuardlaneError, match=said):
        measured(kind, entries, against)
