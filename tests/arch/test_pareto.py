# SPDX-License-Identifier: Apache-2.0
"""The best of many, and the room that they take, are what counting cell by cell finds."""

from __future__ import annotations

import itertools
import random

import pytest

from guardlane.errors import GuardlaneError
from guardlane.pareto import front, hypervolume


def counted(points: list[tuple[int, ...]], reference: tuple[int, ...]) -> int:
    """Value of the unit cells below the reference that some point is nowhere above."""
    cells = itertools.product(*(range(-1, worst) for worst in reference))
    return sum(any(all(x <= c for x, c in zip(p, cell, strict=True)) for p in points)
               for cell in cells)  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_the_hypervolume_is_that_of_counting_cells(size: int) -> None:
    dice = random.Random(size)
    for count in range(9):
        points = [tuple(dice.randrange(-1, 7) for _ in range(size)) for _ in range(count)]
        reference = tuple(dice.randrange(3, 6) for _ in range(size))
        assert hypervolume(points, reference) == counted(points, reference)


def test_the_front_is_what_nothing_dominates() -> None:
    points = [(1, 5), (2, 2), (3, 3), (2, 2), (5, 1), (5, 0), (0, 9), (1, 6)]
    assert front(points) == [0, 1, 3, 5, 6]
    assert front([]) == []


def test_only_the_front_takes_room() -> None:
    points = [(1.0, 5.0), (2.0, 2.0), (3.0, 3.0), (0.5, 8.0)]
    best = [points[place] for place in front(points)]
    assert hypervolume(points, (6.0, 6.0)) == hypervolume(best, (6.0, 6.0)) == 17.0
    assert hypervolume([(7.0, 0.0)], (6.0, 6.0)) == hypervolume([], (6.0, 6.0)) == 0.0


@pytest.mark.parametrize(
    ("points", "reference", "said"),
    [
        ([(1.0,)], (2.0, 2.0), "a point needs 2 values, not 1"),
        ([(1.0, float("nan"))], (2.0, 2.0), "a hypervolume needs finite values"),
        ([(1.0, 1.0)], (2.0, float("inf")), "a hypervolume needs finite values"),
        ([], (), "a hypervolume needs one coordinate or more, not 0"),
    ],
)
def test_what_has_no_hypervolume_is_an_error(
    points: list[tuple[float, ...]], reference: tuple[float, ...], said: str
) -> None:
    with pytest.raises(GuardlaneError, match=said):
        hypervolume(points, reference)
