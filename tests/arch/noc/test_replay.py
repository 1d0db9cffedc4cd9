# SPDX-License-Identifier: Apache-2.0
"""A replayed packet waits for its cycle and for all that it depends on."""

from __future__ import annotations

import numpy as np

from guardlane.noc.grid_routing import dimension_order
from guardlane.noc.grids import mesh
from guardlane.noc.replay import replay
from guardlane.noc.router import Router
from guardlane.noc.traces.trace import Trace, independent
from tests.arch.noc.test_oracle import kernel_arrivals

TABLE = dimension_order(mesh(3))


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def test_a_packet_leaves_when_the_last_that_it_waits_for_arrives() -> None:
    # 0 -> 8 and 1 -> 8 at cycle 0; 8 -> 0 waits for both; 8 -> 1 for the reply, and for cycle 200.
    trace = Trace(
        "chain",
        9,
        np.array([0, 0, 1, 200], np.int64),
        ints(0, 1, 8, 8),
        ints(8, 8, 0, 1),
        ints(1, 3, 2, 1),
        np.array([0, 1, 2, 3, 3], np.int64),
        ints(2, 2, 3),
    )
    found = kernel_arrivals(TABLE, Router(), trace)
    first, second = 2 + 5 * 5, 2 + 5 * 4 + 2
    assert (found[0], found[1]) == (first, second)
    assert found[2] == max(first, second) + 2 + 5 * 5 + 1
    assert found[3] == 200 + 2 + 5 * 4


def test_the_latency_of_a_replay_counts_from_when_a_packet_could_go() -> None:
    first = np.array([0, 1, 1], np.int64)
    times = np.array([5, 5], np.int64)
    trace = Trace("pair", 9, times, ints(0, 4), ints(4, 4), ints(1, 1), first, ints(1))
    result = replay(TABLE, Router(), trace)
    assert result.packets == 2
    assert result.mean_packet_latency == ((2 + 5 * 3) + (2 + 5)) / 2
    assert result.hops_mean == 2
    assert result.cycles == 5 + 17 + 7 + 1


def test_a_burst_waits_at_its_source() -> None:
    many = 500
    trace = independent(
        "burst",
        9,
        np.zeros(many, np.int64),
        ints(*[0] * many),
        ints(*[8] * many),
        ints(*[2] * many),
    )
    result = replay(TABLE, Router(), trace)
    assert result.packets == many
    assert 2 * many <= result.cycles < 2 * many + 100  # a flit a cycle leaves a source
