# SPDX-License-Identifier: Apache-2.0
"""Presets have the sums that they were made from, and say of each number where it comes from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guardlane.cite import references
from guardlane.errors import GuardlaneError, UsageError
from guardlane_workloads.recommender.dlrm.model import EmbeddingTable, Model, Net
from guardlane_workloads.recommender.dlrm.presets import DRMS, PRESETS, Shape, model
from guardlane_workloads.recommender.dlrm.spread import sized


@pytest.mark.parametrize("shape", DRMS, ids=lambda shape: shape.name)
def test_a_reconstruction_has_the_tables_bytes_and_largest_it_was_made_from(shape: Shape) -> None:
    made = model(shape.name)
    assert len(made.tables) == shape.tables
    assert made.size == pytest.approx(shape.size, rel=1e-6)
    assert max(table.size for table in made.tables) == pytest.approx(shape.largest, rel=1e-6)
    assert len(made.nets) == shape.nets
    assert len({table.net for table in made.tables}) == shape.nets


def test_no_number_of_a_reconstruction_is_called_the_papers() -> None:
    for shape in DRMS:
        assert {citation.status for citation in PRESETS[shape.name].sources.values()} == {"assumed"}


def test_public_models_name_references_that_there_are() -> None:
    for name in ("rm1", "rm2", "rm3", "mlperf"):
        for citation in PRESETS[name].sources.values():
            assert citation.status == "related"
            assert citation.ref in references()


def test_mlperf_has_its_published_size_and_look_ups() -> None:
    made = model("mlperf")
    assert made.size / 2**30 == pytest.approx(97.36, abs=0.01)
    assert made.look_ups(1) == 214


def test_the_giant_table_is_looked_up_once_a_batch() -> None:
    giant = max(model("drm3").tables, key=lambda table: table.size)
    assert (giant.look_ups(64), giant.is_fixed) == (1.0, True)


def test_a_preset_is_the_same_each_time() -> None:
    assert model("drm2") == model("drm2")


def test_sizes_have_the_sum_and_the_largest_asked_for() -> None:
    sizes = sized(100, 10**9, 5 * 10**7)
    assert sizes == sorted(sizes)
    assert sum(sizes) == pytest.approx(10**9, rel=1e-4)
    assert sizes[-1] == pytest.approx(5 * 10**7, rel=1e-5)
    assert sized(4, 4000, 1000) == [1000] * 4


@pytest.mark.parametrize("largest", [9, 1001])
def test_sizes_that_cannot_be_are_refused(largest: int) -> None:
    with pytest.raises(GuardlaneError, match="cannot have"):
        sized(100, 1000, largest)


def test_an_unknown_model_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="model must be one of drm1, .*, not 'drm9'"):
        model("drm9")


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: EmbeddingTable("t", 0, 4, 16, 1.0), "rows of table t must be 1 or more, not 0"),
        (lambda: EmbeddingTable("t", 1, 4, 16, -1.0), "pooling factor of table t must be"),
        (lambda: Net("n"), "net n must have either widths or a sparse share"),
        (lambda: Net("n", bottom=(3, 0)), "widths of net n must be 1 or more, not 0"),
        (lambda: Net("n", sparse_share=0.0), "sparse share of net n must be above 0"),
        (lambda: Model("m", [], []), "model m must have a net and a table"),
        (
            lambda: Model("m", [Net("n", top=(1,))], [EmbeddingTable("t", 1, 1, 4, 1.0, net=1)]),
            "table t is of net 1, and model m has 1",
        ),
        (
            lambda: Model("m", [Net("n", top=(1,))], [EmbeddingTable("t", 1, 1, 4, 1.0)] * 2),
            "model m has two tables called t",
        ),
    ],
)
def test_what_makes_no_model_is_refused(build: Callable[[], object], said: str) -> None:
    with pytest.raises(GuardlaneError, match=said):
        build()
