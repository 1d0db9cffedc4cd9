# SPDX-License-Identifier: Apache-2.0
"""The interval of a mean is Student's, pairs are by seed, the median seed is one that was run."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from guardlane.errors import GuardlaneError
from guardlane.estimates import median_interval, share_interval, student_quantile
from guardlane.report import estimate, median_seed, paired_differences


@pytest.mark.parametrize("probability", [0.75, 0.95, 0.975, 0.995, 0.9995])
def test_the_quantile_is_scipys(probability: float) -> None:
    for freedom in [*range(1, 40), 99, 100, 999]:
        expected = float(stats.t.ppf(probability, freedom))
        assert student_quantile(probability, freedom) == pytest.approx(expected, rel=1e-9)


def test_the_interval_is_scipys() -> None:
    values = np.random.default_rng(7).normal(20, 4, 20).tolist()
    found = estimate(values)
    low, high = stats.t.interval(0.95, 19, np.mean(values), stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-12)
    assert found.deviation == pytest.approx(np.std(values, ddof=1))
    assert found.mean == pytest.approx(np.mean(values))


def test_a_95_percent_interval_holds_the_mean_in_95_percent_of_draws() -> None:
    draws = np.random.default_rng(11).normal(0, 1, (4000, 5))
    held = 0
    for row in draws.tolist():
        found = estimate(row)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0 <= found.high
    assert held / 4000 == pytest.approx(0.95, abs=0.012)


def test_one_value_has_a_mean_and_no_interval() -> None:
    found = estimate([3.5])
    assert (found.mean, found.deviation, found.low, found.high) == (3.5, None, None, None)


def test_equal_values_have_an_interval_of_no_width() -> None:
    found = estimate([2.5, 2.5, 2.5])
    assert (found.low, found.high) == (2.5, 2.5)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "a mean needs one value or more, not 0"),
        ([1.0, float("inf")], "a mean needs finite values, but value 1 is inf"),
        ([float("nan")], "a mean needs finite values, but value 0 is nan"),
    ],
)
def test_a_mean_of_nothing_or_of_infinity_is_refused(values: list[float], message: str) -> None:
    with pytest.raises(GuardlaneError) as caught:
        estimate(values)
    assert str(caught.value) == message


def test_differences_are_of_the_same_seed_in_the_order_of_the_seeds() -> None:
    assert list(paired_differences({3: 5.0, 1: 4.0}, {1: 1.0, 3: 7.0}).items()) == [
        (1, 3.0),
        (3, -2.0),
    ]


def test_seeds_on_one_side_only_are_named() -> None:
    with pytest.raises(GuardlaneError, match=r"same seeds on both sides; alone: 2, 9$"):
        paired_differences({1: 1.0, 2: 1.0}, {1: 1.0, 9: 1.0})


def test_the_median_seed_is_the_middle_one_by_value() -> None:
    assert median_seed({1: 9.0, 2: 1.0, 3: 5.0}) == 3


def test_of_an_even_count_the_lower_middle_and_of_equals_the_smaller_seed() -> None:
    assert median_seed({1: 4.0, 2: 3.0, 3: 2.0, 4: 1.0}) == 3
    assert median_seed({8: 1.0, 2: 1.0, 5: 1.0}) == 5
    with pytest.raises(GuardlaneError, match="one run or more, not 0"):
        median_seed({})


@pytest.mark.parametrize("size", [6, 7, 8, 9, 20, 21, 99, 400])
def test_the_ends_of_a_medians_interval_are_those_of_the_sign_test(size: int) -> None:
    found = median_interval(list(map(float, range(size, 0, -1))))
    below = int(stats.binom.ppf(0.025, size, 0.5))  # so many values may lie below the true median
    assert (found.low, found.high) == (below, size + 1 - below)
    assert found.value == (size + 1) / 2


def test_the_interval_of_a_median_holds_it_in_95_percent_of_draws_or_more() -> None:
    draws = np.random.default_rng(3).lognormal(0, 2, (4000, 20))
    held = 0
    for row in draws.tolist():
        found = median_interval(row)
        held += found.low <= 1 <= found.high
    assert held / 4000 == pytest.approx(0.9586, abs=0.01)  # what 20 fair coins give


def test_a_median_and_its_ends_may_be_infinite() -> None:
    found = median_interval([1.0] * 7 + [float("inf")] * 13)
    assert (found.value, found.low, found.high) == (float("inf"), 1.0, float("inf"))


@pytest.mark.parametrize("count", [0, 1, 9, 20])
def test_the_interval_of_a_share_is_scipys(count: int) -> None:
    found = share_interval(count, 20)
    wanted = stats.binomtest(count, 20).proportion_ci(0.95, "wilson")
    assert found.value == count / 20
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_too_little_for_an_interval_is_refused() -> None:
    with pytest.raises(GuardlaneError, match="a median at 95 % needs more than 5 values"):
        median_interval([1.0] * 5)
    with pytest.raises(GuardlaneError, match="a median needs numbers, but one value is nan"):
        median_interval([float("nan")] * 20)
    with pytest.raises(GuardlaneError, match="a share needs 0 to 20 of 1 or more, not 21 of 20"):
        share_interval(21, 20)
