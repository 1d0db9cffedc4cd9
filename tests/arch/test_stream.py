# SPDX-License-Identifier: Apache-2.0
"""A graph runs only if its rates balance, and says which edge does not."""

from __future__ import annotations

import numpy as np
import pytest

from guardlane.stream import GraphError, PerSteadyState, StreamGraph, smallest_depth


def work() -> None: ...


def chain(push: int = 2, pop: int = 3, items: int = 6) -> StreamGraph:
    graph = StreamGraph("chain")
    graph.source("in", np.zeros(items * 4, np.int32), [items] * 4)
    graph.filter("a", work=work, pops=[1], pushes=[push])
    graph.filter("b", work=work, pops=[pop], pushes=[1])
    graph.sink("out", pops=items * push // pop)
    graph.connect("in", "a")
    graph.connect("a", "b")
    graph.connect("b", "out")
    return graph


def test_firings_solve_the_balance_equations() -> None:
    balanced = chain(push=2, pop=3, items=6).balance()
    assert balanced.firings == {"a": 6, "b": 4}
    assert balanced.level == {"in": 0, "a": 1, "b": 2, "out": 3}
    edge = balanced.graph.edges[1]
    assert balanced.counts[edge].tolist() == [12] * 4


def test_an_edge_that_does_not_balance_is_named() -> None:
    graph = StreamGraph("bad")
    graph.source("in", np.zeros(8, np.int32), [4, 4])
    graph.filter("split", work=work, pops=[2], pushes=[1, 1])
    graph.filter("join", work=work, pops=[1, 2], pushes=[1])
    graph.sink("out", pops=2)
    graph.connect("in", "split")
    graph.connect("split", "join", out_port=0, in_port=0)
    graph.connect("split", "join", out_port=1, in_port=1)
    graph.connect("join", "out")
    with pytest.raises(
        GraphError,
        match="edge split.1->join.1 does not balance: .* split pushes 2 items, join pops 4",
    ):
        graph.balance()


def test_a_rate_may_differ_from_one_steady_state_to_the_next() -> None:
    graph = StreamGraph("varying")
    graph.source("in", np.zeros(6, np.int32), [1, 2, 3])
    graph.filter("parse", work=work, pops=[PerSteadyState.of([1, 2, 3])], pushes=[4])
    graph.sink("out", pops=8)
    graph.connect("in", "parse")
    graph.connect("parse", "out")
    balanced = graph.balance()
    assert balanced.firings == {"parse": 2}
    assert balanced.frame_counts(graph.edges[0], 2).tolist() == [3, 3]
    assert balanced.frame_count(2) == 2


def test_firings_must_be_whole() -> None:
    with pytest.raises(GraphError, match="a would have to fire 7/2 times"):
        graph = StreamGraph("half")
        graph.source("in", np.zeros(7, np.int32), [7])
        graph.filter("a", work=work, pops=[2], pushes=[1])
        graph.sink("out", pops=3)
        graph.connect("in", "a")
        graph.connect("a", "out")
        graph.balance()


def test_a_cycle_is_printed() -> None:
    graph = StreamGraph("loop")
    graph.source("in", np.zeros(1, np.int32), [1])
    graph.filter("a", work=work, pops=[1, 1], pushes=[1, 1])
    graph.sink("out", pops=1)
    graph.connect("in", "a")
    graph.connect("a", "a", out_port=1, in_port=1)
    graph.connect("a", "out")
    with pytest.raises(GraphError, match="cycle without initial frames: a -> a"):
        graph.balance()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g.connect("in", "a"), "out-port 0 of in is joined twice"),
        (lambda g: g.connect("a", "b", out_port=1), "a has 1 out-ports, not port 1"),
        (lambda g: g.connect("a", "nobody"), "there is no node nobody"),
        (lambda g: g.sink("out", pops=1), "two nodes are named out"),
        (
            lambda g: g.filter("lost", work=work, pops=[1], pushes=[]),
            "in-port 0 of lost is not joined",
        ),
        (
            lambda g: g.source("two", np.zeros(3, np.int32), [1, 1]),
            "has 3 items, its counts add up to 2",
        ),
    ],
)
def test_every_mistake_in_a_graph_has_its_line(change, message) -> None:  # type: ignore[no-untyped-def]
    graph = chain()
    with pytest.raises(GraphError, match=message):
        change(graph)
        graph.balance()


def test_one_edge_alone_needs_push_plus_pop_less_their_divisor() -> None:
    assert smallest_depth(2, 3) == 4
    assert smallest_depth(64, 192) == 192
