# SPDX-License-Identifier: Apache-2.0
"""Mean times are those of queueing theory, all cells together within one interval of 99.9 %."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guardlane.cluster import theory
from guardlane.cluster.synthetic import Arrivals
from guardlane.errors import GuardlaneError
from tests.arch.cluster.queueing import SERVICE, Cell, cells, cluster, joint

CELLS = list(cells(600_000))


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.name} at {cell.load}")
def test_the_mean_is_that_of_theory(cell: Cell) -> None:
    answer = cell.run(joint(len(CELLS)))
    mean = answer.mean
    assert answer.engine == "pass"
    assert mean is not None
    assert mean.low is not None
    assert mean.high is not None
    assert mean.low <= cell.mean <= mean.high
    assert mean.high - mean.low < 0.4 * mean.value  # one that would hold anything says nothing


def test_a_service_a_tenth_longer_is_found() -> None:
    cell = next(one for one in CELLS if one.name == "M/M/4" and one.load == 0.8)
    wrong = replace(cell, mean=theory.m_m_c(0.8 * 4 / SERVICE, 1.1 * SERVICE, 4))
    mean = wrong.run(joint(len(CELLS))).mean
    assert mean is not None
    assert mean.high is not None
    assert wrong.mean > mean.high


def test_fork_join_of_more_ways_is_near_its_approximation() -> None:
    cell = next(one for one in CELLS if one.name == "fork-join, 2" and one.load == 0.5)
    source = replace(cell.source, shards=8)
    answer = replace(cell, cluster=cluster(1, 8), source=source).run(0.99)
    assert answer.mean is not None
    expected = theory.fork_join(0.5 / SERVICE, SERVICE, 8)
    assert answer.mean.value == pytest.approx(expected, rel=0.05)


def test_an_overload_is_called_unstable_and_has_no_latency() -> None:
    cell = next(one for one in CELLS if one.name == "M/M/2")
    source = replace(cell.source, arrivals=Arrivals(2.2 * 1e12 / SERVICE), requests=20_000)
    answer = replace(cell, source=source).run(0.99)
    assert not answer.is_stable
    assert [station.name for station in answer.overloaded] == ["main cores before"]
    assert answer.overloaded[0].load == pytest.approx(1.1, rel=0.05)
    assert answer.mean is None
    assert answer.quantiles == {}
    assert answer.as_data()["latency"] is None
    with pytest.raises(GuardlaneError, match="an unstable run has no p99: main cores before was"):
        answer.quantile("p99")


def test_theory_knows_its_bounds() -> None:
    assert theory.m_m_c(0.5, 1.0, 1) == pytest.approx(2.0)
    assert theory.erlang_c(2.0, 1.0, 3) == pytest.approx(4 / 9)
    assert theory.m_g_1(0.5, 1.0, 1.0) == pytest.approx(theory.m_m_c(0.5, 1.0, 1))
    assert theory.fork_join(0.5, 1.0, 1) == pytest.approx(2.0)
    assert theory.fork_join(0.5, 1.0, 2) == pytest.approx(theory.fork_join_2(0.5, 1.0))
    with pytest.raises(GuardlaneError, match="a station with a load of 1 has no mean: it is unst"):
        theory.m_m_c(3.0, 1.0, 3)
    with pytest.raises(GuardlaneError, match="must have a rate and a service of more than 0"):
        theory.m_m_c(-3.0, 1.0, 3)
    with pytest.raises(GuardlaneError, match="a fork must have 1 way or more, not 0"):
        theory.fork_join(0.5, 1.0, 0)
