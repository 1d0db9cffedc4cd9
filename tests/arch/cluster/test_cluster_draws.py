# SPDX-License-Identifier: Apache-2.0
"""Draws follow their laws, and are the same whoever draws them and in what pieces."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pytest
from scipy import stats

from guardlane.cluster import draws
from guardlane.cluster.synthetic import Arrivals, Synthetic, Times
from guardlane.errors import GuardlaneError
from guardlane.kernel import kernel


@kernel
def apply(which: Any, values: Any, out: Any) -> None:
    """Apply logarithm (0), exponential_of (1) or normal_of (2) to each value."""
    for place in range(len(values)):
        if which == 0:
            out[place] = draws.logarithm(values[place])
        elif which == 1:
            out[place] = draws.exponential_of(values[place])
        else:
            out[place] = draws.normal_of(values[place])


def of(which: int, values: list[float]) -> list[float]:
    out = np.zeros(len(values))
    apply(which, np.array(values), out)
    return [float(one) for one in out]


def test_logarithm_exponential_and_normal_are_those_of_the_libraries() -> None:
    even = np.random.default_rng(1).random(2_000).tolist()
    for one, value in zip(even, of(0, even), strict=True):
        assert value == pytest.approx(math.log(one), rel=1e-14, abs=1e-16)
    wide = [20 * (one - 0.5) for one in even]
    for one, value in zip(wide, of(1, wide), strict=True):
        assert value == pytest.approx(math.exp(one), rel=1e-14)
    ends = [*even, 1e-12, 1 - 1e-12, 0.02425, 0.02426]
    for one, value in zip(ends, of(2, ends), strict=True):
        assert value == pytest.approx(float(stats.norm.ppf(one)), abs=1e-7)


def test_draws_follow_their_laws_and_not_each_other() -> None:
    times = draws.exponential(1, "a", 1e9, 0, 50_000, 3)
    assert stats.kstest(times.ravel() / 1e9, "expon").pvalue > 0.001
    logs = np.log(draws.lognormal(1, "b", 1e9, 0.5, 0, 100_000)[0] / 1e9) / 0.5
    assert stats.kstest(logs, "norm").pvalue > 0.001
    others = [
        times[1],
        times[2],
        np.roll(times[0], 1),
        draws.exponential(2, "a", 1e9, 0, 50_000)[0],
    ]
    others.append(draws.exponential(1, "c", 1e9, 0, 50_000)[0])
    for other in others:
        assert abs(float(np.corrcoef(times[0], other)[0, 1])) < 4 / math.sqrt(50_000)


def test_a_draw_is_that_of_its_seed_stream_request_and_shard() -> None:
    whole = draws.exponential(7, "a", 1e9, 0, 100, 5)
    assert (draws.exponential(7, "a", 1e9, 40, 10, 3) == whole[:3, 40:50]).all()
    # Frozen: other values here are other results everywhere.
    assert draws.exponential(1, "lookup", 1e9, 0, 2, 2).tolist() == [
        [1978939235, 1701488163],
        [502627320, 779533048],
    ]


def test_a_source_is_the_same_in_all_pieces() -> None:
    drawn = Times(1e9, "exponential")
    source = Synthetic(3, 100, Arrivals(1e3), 2, drawn, drawn, Times(1e9, "lognormal"), drawn)
    for name in ("arrivals", "before", "beside", "after", "lookup", "sent", "returned"):
        one, two = (
            np.concatenate(
                [
                    getattr(work, name)
                    for work in Synthetic(**source.__dict__ | {"piece": piece}).pieces()
                ],
                axis=-1,
            )
            for piece in (100, 7)
        )
        assert (one == two).all()


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: Arrivals(-5.0), "rate of arrivals must be more than 0 and 1e12 a second at most"),
        (lambda: Times(-1), "mean of constant times must be 0 to"),
        (lambda: Times(0, "exponential"), "mean of exponential times must be 1 to"),
        (
            lambda: Times(1, cast(Any, "gamma")),
            "law of times must be one of constant, exponential, lognormal",
        ),
        (
            lambda: Synthetic(1, 0, Arrivals(1.0), 1, Times(1), Times(1), Times(1)),
            "requests of a source must be 1 or more, not 0",
        ),
        (
            lambda: Synthetic(1, 1, Arrivals(1.0), -1, Times(1), Times(1), Times(1)),
            "shards of a source must be 0 or more, not -1",
        ),
        (lambda: draws.exponential(1, "a", 0, 0, 1), "mean of exponential times must be more"),
        (lambda: draws.lognormal(1, "a", 0, 1, 0, 1), "median of log-normal times must be more"),
        (lambda: draws.lognormal(1, "a", 1, 9, 0, 1), "sigma of log-normal times must be 0 to 8"),
    ],
)
def test_what_cannot_be_drawn_is_one_clear_line(build: Any, said: str) -> None:
    with pytest.raises(GuardlaneError) as caught:
        build()
    assert said in str(caught.value)
