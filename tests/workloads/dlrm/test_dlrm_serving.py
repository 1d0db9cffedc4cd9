# SPDX-License-Identifier: Apache-2.0
"""The work that a cluster gets is that of the batches, worked out by hand on round numbers."""

from __future__ import annotations

import numpy as np
import pytest

from guardlane_workloads.recommender.dlrm.dense import dense_times
from guardlane_workloads.recommender.dlrm.model import EmbeddingTable, Model, Net
from guardlane_workloads.recommender.dlrm.placement import place
from guardlane_workloads.recommender.dlrm.requests import Batches, Drawn, asked, cut
from guardlane_workloads.recommender.dlrm.serving import cluster_work
from tests.workloads.dlrm.cores import ALIKE

TABLES = [
    EmbeddingTable("u", 100, 8, 32, 3.0, net=0, scope="batch", is_fixed=True),
    EmbeddingTable("i", 100, 16, 64, 2.0, net=1, is_fixed=True),
]
NETS = [Net("user", bottom=(4, 2), top=(2, 1)), Net("item", sparse_share=0.5, bottom_share=0.25)]
TWO = Model("two", NETS, TABLES)
USER_LOOK_UP = 3 * 3200 + 1000
ROOM = 1 << 40


def batches() -> Batches:
    return cut(np.array([10, 65]), 64)


def item_look_up(items: int) -> int:
    return items * (2 * 6400 + 1000)


def test_layers_by_widths_are_flops_and_a_start() -> None:
    bottom, top = dense_times(TWO, 0, batches().items, ALIKE)
    assert bottom.tolist() == [500 + 2 * items * 8 * 1000 for items in (10, 64, 1)]
    assert top.tolist() == [500 + 2 * items * 2 * 1000 for items in (10, 64, 1)]


def test_layers_by_share_are_measured_by_the_look_ups() -> None:
    bottom, top = dense_times(TWO, 1, batches().items, ALIKE)
    assert (bottom + top).tolist() == [item_look_up(items) for items in (10, 64, 1)]
    assert bottom.tolist() == pytest.approx([0.25 * item_look_up(n) for n in (10, 64, 1)], abs=1)


def test_on_one_server_look_ups_and_layers_follow_one_another() -> None:
    own = batches()
    placed = place(TWO, "singular", 0, ROOM)
    found = cluster_work(
        placed, own, asked(placed, own, Drawn(TWO, 1), ALIKE, 1), ALIKE, np.array([5, 7])
    )
    found.check()
    assert found.arrivals.tolist() == [5, 7, 7]
    assert (found.rounds, found.shards) == (2, 0)
    user, item = (dense_times(TWO, net, own.items, ALIKE) for net in (0, 1))
    assert found.before[0].tolist() == (user[0] + USER_LOOK_UP).tolist()
    looked_up = np.array([item_look_up(items) for items in (10, 64, 1)])
    assert found.before[1].tolist() == (user[1] + item[0] + looked_up).tolist()
    assert found.after.tolist() == item[1].tolist()
    assert found.group is not None
    assert found.group.tolist() == [0, 1, 1]
    assert found.local is not None
    assert found.local.tolist() == [[USER_LOOK_UP] * 3, looked_up.tolist()]


def test_with_shards_each_net_is_a_round_of_calls() -> None:
    own = batches()
    placed = place(TWO, "net-specific", 2, ROOM)
    found = cluster_work(
        placed, own, asked(placed, own, Drawn(TWO, 1), ALIKE, 1), ALIKE, np.array([5, 7])
    )
    found.check()
    assert found.lookup[:, :, 0].tolist() == [[USER_LOOK_UP, 0], [0, item_look_up(10)]]
    assert found.sent[:, :, 0].tolist() == [[3 * 8 + 4, 0], [0, 20 * 8 + 10 * 4]]
    assert found.returned[:, :, 0].tolist() == [[32, 0], [0, 10 * 64]]
    assert found.beside is not None
    assert found.before[0].tolist() == [0, 0, 0]
    alone = place(TWO, "singular", 0, ROOM)
    single = cluster_work(
        alone, own, asked(alone, own, Drawn(TWO, 1), ALIKE, 1), ALIKE, np.array([5, 7])
    )
    whole = found.before.sum(0) + found.beside.sum(0) + found.after + found.lookup.sum((0, 1))
    assert whole.tolist() == (single.before.sum(0) + single.after).tolist()
