# SPDX-License-Identifier: Apache-2.0
"""Index streams follow their law, never change, and only grow at the end."""

from __future__ import annotations

import math

import numpy as np
import pytest

from guardlane.errors import GuardlaneError
from guardlane_workloads.recommender.indices import (
    BITS,
    Mixture,
    Popularity,
    bags,
    places,
    thresholds,
)

MIXTURE = Mixture(2000, 1.25, 0.88, 0.23, 8.1, 10.0, 0.46)


def test_thresholds_are_the_cumulated_law_in_parts_of_2_to_the_53() -> None:
    law = thresholds(40, 1.1, 3.5)
    weights = [(k + 3.5) ** -1.1 for k in range(1, 41)]
    for rank in (0, 1, 20, 38):
        share = math.fsum(weights[: rank + 1]) / math.fsum(weights)
        assert law[rank] / 2**BITS == pytest.approx(share, rel=1e-14)
    assert law[-1] == 2**BITS
    assert (np.diff(law) > 0).all()


def test_a_draw_belongs_to_the_first_rank_whose_threshold_lies_above_it() -> None:
    law = np.array([3, 4, 9])
    assert places(law, np.arange(9)).tolist() == [0, 0, 0, 1, 2, 2, 2, 2, 2]


def test_drawn_frequencies_are_those_of_the_law() -> None:
    popularity = Popularity(rows=50, alpha=1.2, q=2.0, pooling_factor=40.0)
    drawn = bags(popularity, 5000, seed=1, number=0)
    counts = np.sort(np.bincount(drawn.indices, minlength=50))[::-1]
    shares = np.diff(thresholds(50, 1.2, 2.0), prepend=0) / 2**BITS
    expected = np.sort(shares)[::-1] * len(drawn.indices)
    # Chi-square with 49 degrees of freedom: below 85.4 in 99.9 % of streams.
    assert float(((counts - expected) ** 2 / expected).sum()) < 85.4


def test_popular_rows_are_scattered() -> None:
    drawn = bags(Popularity(1000, 1.5, 0.0, 20.0), 500, seed=1, number=0)
    top = np.argsort(np.bincount(drawn.indices, minlength=1000))[::-1][:8]
    assert top.max() - top.min() > 300
    assert (np.abs(np.diff(np.sort(top))) > 1).any()


def test_lengths_are_poisson_about_the_pooling_factor() -> None:
    lengths = bags(Popularity(10, 1.0, 0.0, 6.5), 20_000, seed=2, number=1).lengths
    assert lengths.mean() == pytest.approx(6.5, abs=0.06)
    assert lengths.var() == pytest.approx(6.5, abs=0.25)
    assert lengths.min() == 0


def test_more_requests_only_append_and_tables_do_not_touch_each_other() -> None:
    popularity = MIXTURE.table(3, seed=5)
    short, long = (bags(popularity, requests, 5, 3) for requests in (10, 200))
    np.testing.assert_array_equal(long.lengths[:10], short.lengths)
    np.testing.assert_array_equal(long.indices[: len(short.indices)], short.indices)
    other = bags(popularity, 10, 5, 4)
    assert other.lengths.tolist() != short.lengths.tolist()
    assert bags(popularity, 10, 6, 3).lengths.tolist() != short.lengths.tolist()


def test_streams_never_change() -> None:
    assert MIXTURE.table(0, seed=1) == Popularity(3673, 0.7587, 8.1, 8.4128)
    drawn = bags(MIXTURE.table(0, seed=1), 3, seed=1, number=0)
    assert [part.tolist() for part in drawn.split()] == [
        [78, 1853, 2932, 580],
        [2224, 3284, 1298, 657, 296, 1964, 1992, 3538, 3598],
        [1502, 3267, 3487, 2059, 2184, 2111, 412, 2422, 585, 1050],
    ]


def test_a_mixture_has_its_medians_means_and_spreads() -> None:
    drawn = [MIXTURE.table(number, seed=8) for number in range(4000)]
    rows = np.log([one.rows for one in drawn])
    assert np.median(rows) == pytest.approx(math.log(2000), abs=0.08)
    assert rows.std() == pytest.approx(1.25, abs=0.05)
    alphas = np.array([one.alpha for one in drawn])
    assert alphas.mean() == pytest.approx(0.88, abs=0.012)
    assert alphas.std() == pytest.approx(0.23, abs=0.01)
    factors = np.array([one.pooling_factor for one in drawn])
    assert factors.mean() == pytest.approx(10, abs=0.25)
    assert np.log(factors).std() == pytest.approx(0.46, abs=0.02)


def test_without_spreads_all_tables_are_alike() -> None:
    alike = Mixture(77, 0.0, 1.1, 0.0, 2.0, 4.0, 0.0)
    assert {alike.table(number, seed=1) for number in range(5)} == {Popularity(77, 1.1, 2.0, 4.0)}


def test_more_rows_than_an_index_tells_apart_are_refused() -> None:
    with pytest.raises(GuardlaneError, match=r"table 0 would have 2\.147e\+09 rows"):
        Mixture(1 << 31, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0).table(0, seed=1)
