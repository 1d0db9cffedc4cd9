# SPDX-License-Identifier: Apache-2.0
"""A measure is a pure function of records: its mean, its interval, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from guardlane.errors import GuardlaneError
from guardlane.ledger.measures import measure
from guardlane.ledger.pairs import Measured, Pair
from guardlane.ledger.test import Test as ClaimTest
from guardlane.ledger.test import Trial
from guardlane.record import Outcome, Record
from guardlane.units import SeedRange


def record(
    outcome: Outcome = Outcome.COMPLETED,
    metrics: Mapping[str, Any] | None = None,
    series: Mapping[str, Sequence[Any]] | None = None,
) -> Record:
    return Record("toy", {"seed": 7}, "0" * 32, outcome, metrics or {}, series=series or {})


def measured(kind: str, pairs: Sequence[Pair], metric: str = "x") -> Measured:
    baseline: dict[str, str | int] = {"a": 1} if kind in ("difference", "overhead") else {}
    runs = (Trial(workload="toy", baseline=baseline),)
    test = ClaimTest.model_validate(
        {"measure": kind, "metric": metric, "seeds": SeedRange(1, 1), "least": 2, "runs": runs}
    )
    return measure(test, [[pairs]])


def values(*numbers: Any) -> list[Pair]:
    return [Pair(record(metrics={"x": number})) for number in numbers]


def against(*numbers: tuple[float, float]) -> list[Pair]:
    return [Pair(record(metrics={"x": a}), record(metrics={"x": b})) for a, b in numbers]


def test_completed_is_a_share_with_wilsons_interval() -> None:
    runs = [Pair(record(end)) for end in (Outcome.COMPLETED, Outcome.HUNG, Outcome.COMPLETED)]
    found = measured("completed", runs)
    assert (found.mean, found.n) == (2 / 3, 3)
    assert found.low == pytest.approx(0.2077, abs=1e-4)
    assert found.high == pytest.approx(0.9385, abs=1e-4)


def test_mean_and_difference_have_students_interval() -> None:
    found = measured("mean", values(1, 2, 3))
    assert (found.mean, found.n) == (2, 3)
    assert found.low == pytest.approx(2 - 4.302653 / 3**0.5)
    paired = measured("difference", against((11, 10), (22, 20), (33, 30)))
    assert paired.mean == 2
    assert paired.low == pytest.approx(found.low)


def test_overhead_is_a_part_of_the_baseline() -> None:
    found = measured("overhead", against((110, 100), (12, 10)))
    assert found.mean == pytest.approx(0.15)
    with pytest.raises(GuardlaneError, match="a baseline above 0, not x = 0"):
        measured("overhead", against((1, 0)))


def test_one_value_has_no_interval() -> None:
    assert measured("mean", values(4)) == Measured(4, None, None, 1)


def frames(struck: list[int], found: list[float], clean: list[float]) -> list[Pair]:
    return [Pair(record(series={"faults": struck, "x": found, "error_free_x": clean}))]


def test_late_damage_counts_wrong_frames_that_no_fault_struck_just_before() -> None:
    # Struck in frame 1: 1 and 2 are excused; of 0, 3 and 4 one is wrong.
    found = measured("late-damage", frames([0, 1, 0, 0, 0], [9, 1, 1, 1, 9], [9] * 5))
    assert (found.mean, found.n) == (1 / 3, 3)
    assert measured("late-damage", frames([0, 1, 0, 0, 0], [9, 1, 1, 9, 9], [9] * 5)).mean == 0
    assert measured("late-damage", frames([0, 0, 0, 0, 0], [1, 9, 9, 9, 9], [9] * 5)).mean == 0.2


@pytest.mark.parametrize(
    ("kind", "pairs", "said"),
    [
        ("mean", [], "one run or more"),
        ("mean", values(1, None), "metric x of toy, seed 7, must be a number, not None"),
        ("mean", values(True), "must be a number, not True"),
        ("mean", values("6"), "must be a number, not '6'"),
        ("difference", values(1), "must have a baseline"),
        ("late-damage", values(1), "toy has no series faults"),
        ("late-damage", frames([1, 0], [1, 2], [1, 2]), "a frame without a fault"),
        ("late-damage", frames([0, 0], [1], [1, 2]), "must have a value a frame"),
    ],
)
def test_what_cannot_be_measured_is_refused(kind: str, pairs: list[Pair], said: str) -> None:
    with pytest.raises(GuardlaneError, match=said):
        measured(kind, pairs)
