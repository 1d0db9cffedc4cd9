# SPDX-License-Identifier: Apache-2.0
"""What rows of a served model take follows from how popular they are and what is beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from guardlane.errors import GuardlaneError
from guardlane.service import ServiceTable
from guardlane_workloads.recommender.dlrm.index_trace import IndexTrace, model_of
from guardlane_workloads.recommender.dlrm.model import EmbeddingTable, Model, Net
from guardlane_workloads.recommender.dlrm.placement import Piece, Placement, place
from guardlane_workloads.recommender.dlrm.popularity import (
    Law,
    mixed,
    observed,
    zipf_mandelbrot,
)
from guardlane_workloads.recommender.dlrm.popularity_settings import FittedLaw
from guardlane_workloads.recommender.dlrm.row_times import RowTimes
from guardlane_workloads.recommender.indices import BITS, thresholds
from tests.workloads.dlrm.cores import ROUND

CORE = ServiceTable.shipped("xeon-gold-6138-fp32")
TABLES = [EmbeddingTable(f"t{n}", 2_000_000, 32, 128, 10.0) for n in range(8)]
EIGHT = Model("eight", [Net("all", sparse_share=0.1)], TABLES)
ROOM = 1 << 40


@pytest.mark.parametrize("alpha", [0.0, 0.88, 1.0, 1.5])
@pytest.mark.parametrize("rows", [1, 10, 17, 300_000])
def test_groups_of_ranks_have_the_look_ups_of_the_law(alpha: float, rows: int) -> None:
    found = zipf_mandelbrot(rows, alpha, 8.1)
    assert found.counts.sum() == rows
    assert (found.counts * found.shares).sum() == pytest.approx(1)
    assert (np.diff(found.shares) <= 1e-15).all()
    exact = thresholds(rows, alpha, 8.1) / (1 << BITS)
    ends = np.cumsum(found.counts).astype(int) - 1
    assert np.cumsum(found.counts * found.shares) == pytest.approx(exact[ends], abs=4e-4)
    assert len(found.counts) < 90


def test_a_trace_gives_the_popularity_that_it_has() -> None:
    trace = IndexTrace(
        indices=np.array([5, 5, 5, 2, 9, 0]), lengths=np.array([[3, 2], [0, 0], [1, 0]])
    )
    busy, idle, once = observed(trace)
    assert busy.counts.tolist() == [2, 1]  # rows 2 and 9 once, row 5 three times
    assert busy.shares.tolist() == [0.2, 0.6]
    assert once.shares.tolist() == idle.shares.tolist() == [1.0]
    model = model_of(trace, "small", 32, 0.1)
    assert len(RowTimes(CORE, observed(trace)).alone(model)) == 3


def test_a_mixture_looks_up_no_more_rows_than_a_table_has() -> None:
    small = replace(EIGHT, tables=[replace(table, rows=1000) for table in TABLES])
    laws = mixed(small, FittedLaw().mixture(), 1)
    assert all(law.counts.sum() <= 1000 for law in laws)
    again, other = (mixed(EIGHT, FittedLaw().mixture(), seed) for seed in (1, 2))
    assert [law.counts.sum() for law in again] != [law.counts.sum() for law in other]


def test_rows_all_alike_cost_what_the_service_table_says_of_their_table() -> None:
    assert RowTimes(CORE).alone(EIGHT) == [CORE.look_up(128, 256_000_000)] * 8


def test_more_servers_keep_more_in_their_caches() -> None:
    laws = mixed(EIGHT, FittedLaw().mixture(), 1)
    times = RowTimes(CORE, laws)
    means = [
        np.mean(list(times.of(place(EIGHT, "load-balanced", shards, ROOM)).values()))
        for shards in (1, 2, 8)
    ]
    assert means == sorted(means, reverse=True)
    assert means[2] < 0.9 * means[0]
    one = times.of(place(EIGHT, "one-shard", 1, ROOM))
    assert [one[piece] for piece in sorted(one, key=lambda p: p.table)] == times.alone(EIGHT)
    assert times.alone(EIGHT) == RowTimes(CORE, laws).alone(EIGHT)


def test_a_popular_table_is_looked_up_faster_than_one_that_is_all_alike() -> None:
    rows = 2_000_000
    steep, flat = zipf_mandelbrot(rows, 1.3, 1.0), Law(np.array([rows]), np.array([1 / rows]))
    times = RowTimes(CORE, [steep] + [flat] * 7).alone(EIGHT)
    assert times[0] < 0.5 * times[1]
    assert len(set(times[1:])) == 1


def test_rows_cut_in_parts_share_the_look_ups_and_slices_have_them_all() -> None:
    one = replace(EIGHT, tables=TABLES[:1])
    laws = mixed(one, FittedLaw().mixture(), 1)
    halves = [Piece(0, shard, 1_000_000, shard, 2) for shard in (0, 1)]
    slices = [Piece(0, shard, 2_000_000, 0, 1, 16 * shard, 16) for shard in (0, 1)]
    times = RowTimes(CORE, laws)
    whole = times.alone(one)[0]
    by_row, by_column = (
        list(times.of(Placement(one, "by hand", 2, pieces)).values()) for pieces in (halves, slices)
    )
    assert len(set(by_row)) == len(set(by_column)) == 1
    assert by_row[0] < whole  # half of the popular rows in caches of the same size
    assert by_column[0] < whole  # a line in the stead of two
    together = [replace(piece, shard=0) for piece in halves]
    again = list(times.of(Placement(one, "by hand", 1, together)).values())
    assert again == pytest.approx([whole, whole], rel=0.001)


def test_times_of_another_model_in_the_same_place_are_other_times() -> None:
    times = RowTimes(CORE)
    wide = replace(EIGHT, tables=[replace(table, row_bytes=256) for table in TABLES])
    assert times.alone(EIGHT) != times.alone(wide) == [CORE.look_up(256, 512_000_000)] * 8


def test_a_core_that_knows_no_caches_has_rows_all_alike_only() -> None:
    bare = ROUND.model_copy(update={"memory": None})
    with pytest.raises(GuardlaneError, match="has no memory, so popularity must be uniform"):
        RowTimes(bare, mixed(EIGHT, FittedLaw().mixture(), 1)).alone(EIGHT)
