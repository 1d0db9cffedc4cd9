# SPDX-License-Identifier: Apache-2.0
"""Servers are counted by the cores that they keep busy, each kind by its own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from guardlane.cluster.machine import Cluster
from guardlane_workloads.recommender.dlrm.model import EmbeddingTable, Model, Net
from guardlane_workloads.recommender.dlrm.placement import place
from guardlane_workloads.recommender.dlrm.provision import Provision, provision

TABLES = [EmbeddingTable("a", 100, 1, 4, 1.0), EmbeddingTable("b", 50, 1, 4, 1.0)]
MODEL = Model("m", [Net("n", top=(1,))], TABLES)
CLUSTER = Cluster.of(main={"cores": 10}, shard={"cores": 4})
MS = 10**9


def ran(main: int, *shards: int) -> Any:
    """Value of a run of ten requests, of which each keeps so many ms of cores busy."""
    busy = [SimpleNamespace(busy=10 * one * MS) for one in shards]
    return SimpleNamespace(
        requests=10, cpu=float((main + sum(shards)) * MS), answer=SimpleNamespace(shards=busy)
    )


@pytest.mark.parametrize(
    ("utilisation", "due"),
    [
        # 1,000 requests a second: 40 main cores of 10 a server, 6 and 2 of 4 a server
        (1.0, Provision(4, 2 + 1, 2 * 400 + 200)),
        (0.5, Provision(8, 3 + 1, 3 * 400 + 200)),
        (0.25, Provision(16, 6 + 2, 6 * 400 + 2 * 200)),
    ],
)
def test_each_kind_of_server_is_counted_by_its_own_work(utilisation: float, due: Provision) -> None:
    placed = place(MODEL, "capacity-balanced", 2, 1000)
    assert provision(CLUSTER, placed, ran(40, 6, 2), 1000.0, utilisation) == due


def test_a_single_server_has_all_tables_in_each_copy() -> None:
    placed = place(MODEL, "singular", 0, 1000)
    assert provision(CLUSTER, placed, ran(48), 1000.0, 1.0) == Provision(5, 0, 5 * 600)
