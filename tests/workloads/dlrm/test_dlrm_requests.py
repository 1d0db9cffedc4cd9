# SPDX-License-Identifier: Apache-2.0
"""Placements serve the very same requests; nothing that is looked up is lost between shards."""

from __future__ import annotations

import numpy as np
import pytest

from guardlane.errors import UsageError
from guardlane_workloads.recommender.dlrm.index_trace import IndexTrace, model_of
from guardlane_workloads.recommender.dlrm.model import EmbeddingTable, Model, Net
from guardlane_workloads.recommender.dlrm.placement import Piece, Placement, Strategy, place
from guardlane_workloads.recommender.dlrm.presets import model
from guardlane_workloads.recommender.dlrm.requests import (
    Batches,
    Drawn,
    Items,
    Replayed,
    asked,
    cut,
)
from tests.workloads.dlrm.cores import ALIKE

ROOM = 256 * 2**30
ITEMS = Items(median=150, sigma=0.8, least=8, most=1000)


def batches(requests: int = 300) -> Batches:
    return cut(ITEMS.draw(requests, seed=1), 64)


@pytest.mark.parametrize(
    ("strategy", "shards"),
    [("one-shard", 1), ("capacity-balanced", 8), ("net-specific", 4), ("row-split", 3)],
)
@pytest.mark.parametrize("name", ["drm1", "drm3"])
def test_look_ups_of_each_batch_are_those_of_one_server(
    name: str, strategy: Strategy, shards: int
) -> None:
    whole, own = model(name), batches()
    alone = asked(place(whole, "singular", 0, ROOM), own, Drawn(whole, 1), ALIKE, seed=1)
    shared = asked(place(whole, strategy, shards, ROOM), own, Drawn(whole, 1), ALIKE, seed=1)
    for net in range(len(whole.nets)):
        here = [n for n, call in enumerate(shared.calls) if call.net == net]
        there = [n for n, call in enumerate(alone.calls) if call.net == net]
        assert np.array_equal(
            shared.look_ups[:, here].sum(axis=1), alone.look_ups[:, there].sum(axis=1)
        )


def test_look_ups_have_the_mean_that_the_model_says() -> None:
    own = batches(2000)
    whole = model("drm1")
    found = asked(place(whole, "one-shard", 1, ROOM), own, Drawn(whole, 1), ALIKE, seed=1)
    sizes, counts = np.unique(own.items, return_counts=True)
    expected = sum(
        whole.look_ups(int(size)) * count for size, count in zip(sizes, counts, strict=True)
    )
    assert found.look_ups.sum() == pytest.approx(expected, rel=1e-3)


def test_bytes_on_the_wire_are_worked_out_by_hand() -> None:
    tables = [
        EmbeddingTable("a", 100, 8, 32, 3.0, is_fixed=True),
        EmbeddingTable("b", 100, 16, 24, 5.0, scope="batch", is_fixed=True),
    ]
    whole = Model("m", [Net("n", top=(1,))], tables)
    found = asked(
        place(whole, "one-shard", 1, ROOM), cut(np.array([10]), 64), Drawn(whole, 1), ALIKE, seed=1
    )
    assert found.look_ups.tolist() == [[10 * 3 + 5]]
    assert found.picoseconds.tolist() == [[30 * 3200 + 5 * 2400 + 11 * 1000]]
    assert found.request_bytes.tolist() == [[35 * 8 + 11 * 4]]
    assert found.answer_bytes.tolist() == [[10 * 8 * 4 + 16 * 4]]


def test_a_part_that_nobody_asks_is_not_called() -> None:
    giant = EmbeddingTable("g", 1000, 8, 32, 1.0, scope="batch", is_fixed=True)
    placed = place(Model("m", [Net("n", top=(1,))], [giant]), "row-split", 4, ROOM)
    own = cut(np.full(1000, 8), 64)
    skipped = asked(placed, own, Drawn(placed.model, 1), ALIKE, seed=1)
    called = asked(placed, own, Drawn(placed.model, 1), ALIKE, seed=1, skip_empty=False)
    assert ((skipped.answer_bytes > 0).sum(axis=1) == 1).all()
    assert (called.answer_bytes > 0).all()
    assert np.array_equal(skipped.look_ups, called.look_ups)
    assert (skipped.look_ups.sum(axis=0) > 200).all()


@pytest.mark.parametrize(
    ("items", "most", "sizes"),
    [([1], 64, [1]), ([64], 64, [64]), ([65], 64, [64, 1]), ([3, 130], 64, [3, 64, 64, 2])],
)
def test_requests_are_cut_into_full_batches_and_a_rest(
    items: list[int], most: int, sizes: list[int]
) -> None:
    found = cut(np.array(items), most)
    assert found.items.tolist() == sizes
    assert np.bincount(found.request, found.items).tolist() == items


def test_items_stay_in_their_bounds_and_about_their_median() -> None:
    drawn = ITEMS.draw(20_000, seed=2)
    assert (drawn.min(), drawn.max()) == (8, 1000)
    assert np.median(drawn) == pytest.approx(150, rel=0.03)


def test_more_requests_only_append() -> None:
    assert np.array_equal(ITEMS.draw(500, 3)[:200], ITEMS.draw(200, 3))


def test_items_and_batches_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError, match="items of a request must be 1 or more, and 0 <= 5 <= 9"):
        Items(5, 0.1, 0, 9).draw(1, 1)
    with pytest.raises(UsageError, match="items of a batch must be 1 or more, not 0"):
        cut(np.array([1]), 0)


def test_a_trace_is_replayed_item_by_item_and_again() -> None:
    lengths = np.array([[2, 0, 1], [1, 1, 3]])
    trace = IndexTrace(np.zeros(8, np.int64), lengths)
    whole = model_of(trace, "traced", 8, 0.1)
    found = asked(
        place(whole, "one-shard", 1, ROOM), cut(np.array([2, 3]), 2), Replayed(trace), ALIKE, seed=1
    )
    # items 0 1 | 2 0 | 1: table 0 has 2 | 3 | 0 rows, table 1 2 | 4 | 1
    assert found.look_ups.tolist() == [[4], [7], [1]]
    assert [table.pooling_factor for table in whole.tables] == [1.0, 5 / 3]


def test_a_part_is_asked_as_often_as_it_has_rows() -> None:
    giant = EmbeddingTable("g", 1000, 8, 32, 10.0, is_fixed=True)
    whole = Model("m", [Net("n", top=(1,))], [giant])
    placed = Placement(whole, "by hand", 2, [Piece(0, 0, 900, 0, 2), Piece(0, 1, 100, 1, 2)])
    found = asked(placed, cut(np.full(500, 64), 64), Drawn(whole, 1), ALIKE, seed=1)
    shares = found.look_ups.sum(axis=0) / found.look_ups.sum()
    assert shares.tolist() == pytest.approx([0.9, 0.1], abs=0.005)
