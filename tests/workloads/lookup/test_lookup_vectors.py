# SPDX-License-Identifier: Apache-2.0
"""Cores pool rows to the bit as numpy and plain Python do, wherever the tables are."""

from __future__ import annotations

import numpy as np
import pytest

from guardlane.isa.compiler import Compiled
from guardlane.isa.native import native
from guardlane_workloads.recommender import kernels
from guardlane_workloads.recommender.graph import Sharding, lookup_graph, shards, vectors_of
from guardlane_workloads.recommender.indices import Bags
from guardlane_workloads.recommender.pooling import Pooling, pooled
from guardlane_workloads.recommender.rows import Floats, Format, Shard, Table
from tests.workloads.lookup.lookups import REQUESTS, chip_of, requests, tables


def same_bits(found: Floats, expected: Floats) -> None:
    np.testing.assert_array_equal(found.view(np.int32), expected.view(np.int32))


@pytest.mark.parametrize("cores", [1, 2, 4])
@pytest.mark.parametrize("row_format", ["fp32", "int8"])
@pytest.mark.parametrize("pooling", ["sum", "mean"])
def test_cores_and_numpy_agree_bit_for_bit(
    cores: int, row_format: Format, pooling: Pooling
) -> None:
    own, bags = tables(row_format=row_format), requests()
    expected = pooled(own, bags, pooling)
    for guard in ("commguard", "reliable-queue"):
        same_bits(chip_of(own, bags, pooling, cores).vectors(guard), expected)


@pytest.mark.parametrize(("cores", "row_format"), [(1, "int8"), (3, "fp32"), (5, "int8")])
def test_software_queues_carry_the_same_bits(cores: int, row_format: Format) -> None:
    own, bags = tables(row_format=row_format), requests()
    found = chip_of(own, bags, "mean", cores).vectors("software-queue")
    same_bits(found, pooled(own, bags, "mean"))


@pytest.mark.parametrize("row_format", ["fp32", "int8"])
def test_plain_python_agrees_too(row_format: Format) -> None:
    own, bags = tables(row_format=row_format), requests()
    shard = Shard(own)
    node = lookup_graph([shard], bags, "mean").filters()[0]
    words = np.empty(len(shard), np.float32 if row_format == "fp32" else np.int32)
    shard.lay(words)
    given = {name: words if "ROWS" in name else table for name, table in node.tables.items()}
    source = lookup_graph([shard], bags, "mean").sources()[0]
    runner = native(node.work, node.begin, [source.items], given)
    found = vectors_of(runner.run(REQUESTS, firings=len(own)).words(0), [shard])
    same_bits(found, pooled(own, bags, "mean"))


def test_the_order_of_additions_shows_in_the_bits() -> None:
    own, bags = tables(), requests()
    backwards = []
    for one in bags:
        turned = [part[::-1] for part in one.split()]
        backwards.append(Bags(one.lengths, np.concatenate(turned)))
    forth, back = pooled(own, bags, "sum"), pooled(own, backwards, "sum")
    assert (forth != back).any()
    np.testing.assert_allclose(forth, back, rtol=0, atol=1e-4)


def test_the_order_of_roundings_of_an_int8_row_shows_in_the_bits() -> None:
    own, bags = tables(row_format="int8"), requests()
    exact = [rows.dequantised().astype(np.float64) for rows in own]
    rounded_once = np.zeros((REQUESTS, len(own), own[0].dim))
    for number, one in enumerate(bags):
        for request, indices in enumerate(one.split()):
            rounded_once[request, number] = exact[number][indices].sum(axis=0)
    found = pooled(own, bags, "sum")
    assert (found != rounded_once.astype(np.float32)).any()
    np.testing.assert_allclose(found, rounded_once, rtol=0, atol=1e-4)


def test_an_empty_bag_gives_zeros() -> None:
    bags = [Bags(np.array([0, 1]), np.array([2], np.int32))]
    for pooling in ("sum", "mean"):
        vectors = chip_of([Table(0, 3, 8, "fp32")], bags, pooling).vectors("commguard")
        assert not vectors[0].any()
        same_bits(vectors[1, 0], Table(0, 3, 8, "fp32").dequantised()[2])


def test_nothing_is_contracted_or_read_byte_by_byte() -> None:
    for work in (kernels.look_up_fp32, kernels.look_up_int8):
        image = Compiled(work, kernels.begin).image({"FIRST": 1, "ROWS": 1, "FUSED_ROWS": 1})
        opcodes = {word & 127 for word in np.frombuffer(image.text, np.uint32).tolist()}
        assert not opcodes & {0x43, 0x47, 0x4B, 0x4F}  # fmadd, fmsub, fnmsub, fnmadd


@pytest.mark.parametrize("sharding", ["balanced", "round-robin"])
def test_each_table_is_on_one_core_and_no_core_is_without(sharding: Sharding) -> None:
    own = tables()
    for cores in range(1, len(own) + 1):
        dealt = shards(own, cores, sharding)
        assert sorted(table.number for shard in dealt for table in shard.tables) == [0, 1, 2, 3, 4]
        assert all(shard.tables for shard in dealt)
    spread = max(shard.size for shard in shards(own, 2, "balanced"))
    assert spread == 4 * 12 * 900  # the largest table alone
    assert [table.number for table in shards(own, 2, "round-robin")[1].tables] == [1, 3]
