# SPDX-License-Identifier: Apache-2.0
"""Queues that hand over in sets deadlock no fork-join, if stalled cores hand over both ways."""

from __future__ import annotations

import random

import pytest

from tests.arch.guard.guard_fork_joins import (
    AT_FRAME_END,
    BOTH_ON_STALL,
    DATA_ON_STALL,
    NOT_AT_ALL,
    Graph,
    Ran,
    random_graph,
    run,
)


@pytest.fixture(scope="module")
def sound() -> list[Graph]:
    """Error-free fork-joins that run when every set is one word."""
    rng = random.Random(1)
    graphs = (random_graph(rng) for _ in range(5_000))
    return [graph for graph in graphs if run(graph, BOTH_ON_STALL, single_words=True).is_finished]


def test_handing_over_data_and_space_on_a_stall_never_deadlocks(sound: list[Graph]) -> None:
    assert len(sound) == 4_781
    assert {run(graph, BOTH_ON_STALL) for graph in sound} == {Ran(True, pads=0, timeouts=0)}


@pytest.mark.parametrize(
    ("policy", "deadlocks"), [(NOT_AT_ALL, 592), (AT_FRAME_END, 32), (DATA_ON_STALL, 8)]
)
def test_handing_over_less_deadlocks_some(sound: list[Graph], policy: int, deadlocks: int) -> None:
    assert sum(not run(graph, policy).is_finished for graph in sound) == deadlocks


def test_an_error_free_run_has_no_timeouts_even_where_pops_have_a_timer(sound: list[Graph]) -> None:
    assert {run(graph, BOTH_ON_STALL, patience=1_000).timeouts for graph in sound[:1_000]} == {0}


def test_pop_timeouts_and_draining_bring_every_faulty_fork_join_to_its_end() -> None:
    rng = random.Random(2)
    graphs = [random_graph(rng, faulty=True) for _ in range(2_000)]
    assert sum(not run(graph, BOTH_ON_STALL).is_finished for graph in graphs) > 0
    ran = [run(graph, BOTH_ON_STALL, patience=100) for graph in graphs]
    assert all(r.is_finished for r in ran)
    assert sum(r.timeouts for r in ran) > 0
