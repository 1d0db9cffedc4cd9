# SPDX-License-Identifier: Apache-2.0
"""Studies say how sure they are, and that a network is saturated where it is."""

from __future__ import annotations

from random import Random

import pytest

from guardlane.errors import UsageError
from guardlane.noc.grid_routing import dimension_order
from guardlane.noc.grids import mesh
from guardlane.noc.intervals import half_width, warmed_up
from guardlane.noc.router import Router
from guardlane.noc.study import Saturation, latency_load, point, saturation
from guardlane.noc.traffic import Traffic

TABLE = dimension_order(mesh(4))
ROUTER = Router(vcs=2, depth=4)


def test_latency_grows_with_load_and_ends_in_a_word() -> None:
    points = list(latency_load(TABLE, ROUTER, Traffic(), [0.05, 0.3, 0.9], cycles=10_000))
    low, middle, high = points
    assert low.latency is not None
    assert middle.latency is not None
    assert low.half_width is not None
    # 2 + 5 * (hops + 1), and a mean of 2.5 hops between any two of 16 nodes
    assert low.latency == pytest.approx(2 + 5 * 3.5, abs=3 * low.half_width + 0.5)
    assert low.latency < middle.latency
    assert low.accepted == pytest.approx(0.05, rel=0.05)
    assert (high.saturated, high.latency, high.half_width) == (True, None, None)
    assert str(high).endswith("flits a node and cycle, saturated")
    assert "latency" in str(low)
    assert "+-" in str(low)


def test_saturation_lies_where_points_change_from_one_to_the_other() -> None:
    found = saturation(TABLE, ROUTER, Traffic(), cycles=10_000, tolerance=0.02)
    assert 0 < found.above - found.below <= 0.02 * found.above
    assert not point(TABLE, ROUTER, Traffic(rate=found.below), 10_000).saturated
    assert point(TABLE, ROUTER, Traffic(rate=found.above), 10_000).saturated
    assert str(found).startswith(f"saturated from rate {found.above:.4g} on")


def test_fast_and_exact_traffic_saturate_alike() -> None:
    exact, fast = (
        saturation(TABLE, ROUTER, Traffic(mode=mode), cycles=20_000, tolerance=0.005).accepted
        for mode in ("exact", "fast")
    )
    assert fast == pytest.approx(exact, rel=0.01)


def test_a_network_that_keeps_up_in_any_case_is_not_saturated() -> None:
    found = saturation(TABLE, Router(), Traffic("neighbour"), cycles=5000)
    assert isinstance(found, Saturation)
    assert str(found) == "not saturated up to rate 1"


def test_a_start_unlike_the_rest_is_cut_off() -> None:
    random = Random(1)
    settled = [10 + random.random() for _ in range(200)]
    assert warmed_up([100 - 2 * k for k in range(45)] + settled) in range(43, 48)
    assert warmed_up(settled) < 20
    assert warmed_up([float(k) for k in range(100)]) == 50  # it never settles


def test_an_interval_holds_the_mean_as_often_as_it_says() -> None:
    random = Random(2)
    hits = 0
    for _ in range(400):
        values = [random.gauss(5, 2) for _ in range(200)]
        width = half_width(values)
        assert width is not None
        hits += abs(sum(values) / len(values) - 5) <= width
    assert 0.92 < hits / 400 < 0.98
    assert half_width([1.0, 2.0, 3.0]) is None


def test_a_point_needs_time() -> None:
    with pytest.raises(UsageError, match="a point needs 2000 cycles or more, not 100"):
        point(TABLE, ROUTER, Traffic(), 100)
