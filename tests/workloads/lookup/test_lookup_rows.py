# SPDX-License-Identifier: Apache-2.0
"""Embedding rows lie in memory as their format says and never change."""

from __future__ import annotations

import numpy as np
import pytest

from guardlane_workloads.recommender import rows
from guardlane_workloads.recommender.rows import Format, Shard, Table, quantise


def laid(table: Table) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    words = np.empty(table.words, np.int32)
    table.lay(words)
    return words


def test_floats_are_uniform_and_fill_the_significand() -> None:
    values = Table(3, 500, 16, "fp32").dequantised()
    assert values.min() < -0.99
    assert 0.99 < values.max() < 1
    steps = values.astype(np.float64) * 2**23
    np.testing.assert_array_equal(steps, np.rint(steps))
    assert (steps % 2 == 1).mean() == pytest.approx(0.5, abs=0.03)


def test_rows_never_change() -> None:
    steps = Table(0, 3, 4, "fp32").dequantised() * 2**23
    assert steps[0].astype(int).tolist() == [-7840444, 3513847, -3043372, -1887282]
    assert bytes(laid(Table(0, 1, 4, "int8")).view(np.uint8)[:4]) == bytes([0, 255, 108, 134])


def test_a_fused_row_is_its_codes_then_scale_then_bias() -> None:
    elements = np.array([[-1.0, 0.0, 0.5, 1.55]], np.float32)
    row = np.zeros((1, 3), np.int32)
    quantise(elements, row)
    assert row.view(np.uint8)[0, :4].tolist() == [0, 100, 150, 255]
    scale, bias = row[0, 1:].view(np.float32).tolist()
    assert scale == pytest.approx(0.01)
    assert bias == -1.0


def test_a_row_without_range_is_its_bias() -> None:
    row = np.zeros((1, 3), np.int32)
    quantise(np.full((1, 4), 0.25, np.float32), row)
    assert row.view(np.uint8)[0, :4].tolist() == [0, 0, 0, 0]
    assert row[0, 1:].view(np.float32).tolist() == [0.0, 0.25]


def test_int8_is_within_half_a_step_of_the_floats() -> None:
    exact, coded = (Table(1, 200, 32, one).dequantised() for one in ("fp32", "int8"))
    step = (exact.max(axis=1) - exact.min(axis=1)) / 255
    assert (np.abs(exact - coded) <= 0.5001 * step[:, None]).all()
    assert (exact != coded).any()


@pytest.mark.parametrize("row_format", ["fp32", "int8"])
def test_the_parts_in_which_rows_are_made_do_not_show(
    row_format: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = laid(Table(2, 50, 8, row_format))
    monkeypatch.setattr(rows, "CHUNK", 7)
    np.testing.assert_array_equal(laid(Table(2, 50, 8, row_format)), whole)


def test_tables_lie_behind_one_another() -> None:
    shard = Shard((Table(4, 10, 8, "int8"), Table(9, 3, 8, "int8")))
    words = np.empty(len(shard), np.int32)
    shard.lay(words)
    assert shard.first_words() == [0, 40]
    assert shard.size == 13 * (8 + 8)
    np.testing.assert_array_equal(words, np.concatenate([laid(one) for one in shard.tables]))
