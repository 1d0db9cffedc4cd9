# SPDX-License-Identifier: Apache-2.0
"""A miscount ruins every later answer where nothing guards the items, and one frame where it is."""

from __future__ import annotations

import numpy as np
import pytest

from guardlane.isa import state
from guardlane_workloads.recommender.graph import SINK, vectors_of
from guardlane_workloads.recommender.indices import Bags
from guardlane_workloads.recommender.pooling import pooled
from guardlane_workloads.recommender.rows import Table
from guardlane_workloads.recommender.workload import Lookup
from tests.workloads.lookup.lookups import chip_of, small, wrong_requests

KINDS = ("extra-push", "missing-push", "missing-pop", "extra-pop")
STRUCK = ("lookup0@40000", "lookup0@20000", "lookup1@20000", "join@2930")
CASES = [(1, STRUCK[0]), *((2, one) for one in STRUCK[1:])]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("cores", "where"), CASES)
def test_unguarded_a_miscount_ruins_every_later_request(cores: int, where: str, kind: str) -> None:
    replay = f"{where}:{kind}.0"
    struck, wrong = wrong_requests(small(cores=cores, guard="reliable-queue", replay=replay))
    assert len(struck) == 1
    assert 2 < struck[0] < 15
    assert wrong == list(range(struck[0], 20))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("cores", "where"), CASES)
@pytest.mark.parametrize("frame_size", [1, 4])
def test_with_commguard_a_miscount_stays_in_its_frame(
    cores: int, where: str, kind: str, frame_size: int
) -> None:
    config = small(
        cores=cores, guard="commguard", frame_size=frame_size, replay=f"{where}:{kind}.0"
    )
    struck, wrong = wrong_requests(config)
    assert wrong == struck
    assert len(struck) == 1


def answers(bad: int) -> tuple[list[int], list[int]]:
    """The ends of the frames, and the wrong answers, when request 1 has `bad` for an index."""
    own = [Table(0, 30, 8, "fp32"), Table(1, 30, 8, "fp32")]
    right = [Bags(np.array([2, 2, 2]), np.array([3, 4, 5, 6, 7, 8], np.int32)) for _ in own]
    ruined = Bags(right[0].lengths, right[0].indices.copy())
    ruined.indices[3] = bad
    chip = chip_of(own, [ruined, right[1]], "sum")
    result = chip.chip.run("commguard")
    vectors, expected = vectors_of(result.kept[SINK], chip.shards), pooled(own, right, "sum")
    wrong = [k for k in range(3) if (vectors[k] != expected[k]).any()]
    if bad == 30:
        behind = own[0].dequantised()[5] + own[1].dequantised()[0]
        np.testing.assert_array_equal(vectors[1, 0], behind)
    return [frame.code for frame in result.frames["lookup0"]], wrong


def test_an_index_past_the_table_reads_what_lies_behind_it() -> None:
    assert answers(30) == ([state.RETURNED] * 3, [1])


@pytest.mark.parametrize("bad", [1 << 24, -(1 << 24), 0x7FFF_FFFF])
def test_an_index_far_outside_is_a_bad_address_and_costs_its_frame(bad: int) -> None:
    codes, wrong = answers(bad)
    assert codes[0] == codes[2] == state.RETURNED
    assert codes[1] in (state.RETURNED, state.BAD_LOAD)
    assert (codes[1] == state.BAD_LOAD) == (bad != 0x7FFF_FFFF)  # times 32 it wraps to row -1
    assert wrong == [1]


def test_an_index_taken_for_a_length_is_bounded_by_the_budget() -> None:
    config = small(rows=5000, guard="reliable-queue", replay="lookup0@20000:extra-pop.0")
    record = Lookup().run(config)
    assert record.completed
    assert sum(record.series["watchdogs"]) > 0
    clean = Lookup().run(small(rows=5000, guard="reliable-queue"))
    most = 2 * clean.metrics["retired_instructions"]
    assert record.metrics["retired_instructions"] < most
