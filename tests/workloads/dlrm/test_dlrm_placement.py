# SPDX-License-Identifier: Apache-2.0
"""Every row has one place, whatever the strategy; what does not fit is refused with the numbers."""

from __future__ import annotations

import pytest

from guardlane.errors import GuardlaneError, UsageError
from guardlane_workloads.recommender.dlrm.model import EmbeddingTable, Model, Net
from guardlane_workloads.recommender.dlrm.placement import (
    STRATEGIES,
    Placement,
    Strategy,
    place,
)
from guardlane_workloads.recommender.dlrm.presets import PRESETS, model

ROOM = 256 * 2**30


def shards_of(strategy: Strategy, shards: int) -> int:
    return {"singular": 0, "one-shard": 1}.get(strategy, shards)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("name", PRESETS)
def test_every_row_of_every_table_has_one_place(name: str, strategy: Strategy) -> None:
    whole = model(name)
    placed = place(whole, strategy, shards_of(strategy, 4), ROOM)
    held = [0] * len(whole.tables)
    for piece in placed.pieces:
        held[piece.table] += piece.rows
    assert held == [table.rows for table in whole.tables]
    assert sum(placed.bytes_by_shard()) == whole.size
    assert sum(placed.load_by_shard(64)) == pytest.approx(whole.look_ups(64))


def spread(amounts: list[float]) -> float:
    return max(amounts) / (sum(amounts) / len(amounts)) - 1


@pytest.mark.parametrize("name", ["drm1", "drm2"])
def test_each_balance_balances_what_it_is_called_after(name: str) -> None:
    whole = model(name)
    bytes_ = place(whole, "capacity-balanced", 8, ROOM)
    load = place(whole, "load-balanced", 8, ROOM)
    assert spread([float(held) for held in bytes_.bytes_by_shard()]) < 0.01
    assert spread(load.load_by_shard(64)) < 0.01
    assert spread(load.load_by_shard(64)) < spread(bytes_.load_by_shard(64))


def test_net_specific_shards_serve_one_net() -> None:
    placed = place(model("drm1"), "net-specific", 8, ROOM)
    assert all(len(placed.nets_of(shard)) == 1 for shard in range(8))
    both = place(model("drm1"), "load-balanced", 8, ROOM)
    assert all(len(both.nets_of(shard)) == 2 for shard in range(8))


def test_a_net_without_a_giant_has_its_tables_whole() -> None:
    assert {piece.parts for piece in place(model("drm1"), "net-specific", 8, ROOM).pieces} == {1}


def test_a_giant_has_its_rows_on_all_shards_but_the_first() -> None:
    whole = model("drm3")
    giant = max(range(len(whole.tables)), key=lambda number: whole.tables[number].size)
    placed = place(whole, "net-specific", 4, ROOM)
    on = {piece.shard for piece in placed.pieces if piece.table == giant}
    others = {piece.shard for piece in placed.pieces if piece.table != giant}
    assert (on, others) == ({1, 2, 3}, {0})


def test_a_balance_is_the_longest_first_worked_out_by_hand() -> None:
    tables = [EmbeddingTable(f"t{n}", rows, 1, 1, 1.0) for n, rows in enumerate([3, 7, 5, 4, 1])]
    placed = place(Model("m", [Net("n", top=(1,))], tables), "capacity-balanced", 2, 100)
    # 7 -> 0, 5 -> 1, 4 -> 1 (5 < 7), 3 -> 0 (7 < 9), 1 -> 1 (9 < 10)
    assert [piece.shard for piece in placed.pieces] == [0, 0, 1, 1, 1]


def test_a_shard_above_its_memory_is_refused_with_the_numbers() -> None:
    with pytest.raises(
        GuardlaneError,
        match=r"drm1, capacity-balanced: shard \d would hold .* and "
        "its server has 34,359,738,368 for them",
    ):
        place(model("drm1"), "capacity-balanced", 2, 32 * 2**30)
    with pytest.raises(GuardlaneError, match="the one server would hold 194,050,008,704 bytes"):
        place(model("drm1"), "singular", 0, 128 * 2**30)


def test_one_byte_decides_what_fits() -> None:
    whole = Model("m", [Net("n", top=(1,))], [EmbeddingTable("t", 10, 1, 4, 1.0)])
    assert isinstance(place(whole, "one-shard", 1, 40), Placement)
    with pytest.raises(GuardlaneError, match="would hold 40 bytes"):
        place(whole, "one-shard", 1, 39)


@pytest.mark.parametrize(
    ("strategy", "shards", "said"),
    [
        ("best", 2, "strategy must be one of singular, .*, not 'best'"),
        ("load-balanced", 0, "shards must be 1 or more for load-balanced, not 0"),
        ("one-shard", 2, "one-shard has 1 shard, not 2"),
        ("load-balanced", 300, "300 shards need a table each, and drm1 has 257"),
        ("net-specific", 1, "net-specific needs a shard for each of 2 nets, not 1"),
    ],
)
def test_numbers_of_shards_that_cannot_be_are_refused(
    strategy: Strategy, shards: int, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        place(model("drm1"), strategy, shards, ROOM)
