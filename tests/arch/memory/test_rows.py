# SPDX-License-Identifier: Apache-2.0
"""Rows of tables become addresses, and addresses every line that they touch, once and in order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardlane.errors import GuardlaneError
from guardlane.memory.rows import Tables, lines_of


@given(
    st.lists(st.integers(0, 10_000), min_size=1, max_size=20),
    st.integers(1, 300),
)
def test_lines_are_those_of_every_byte(addresses: list[int], size: int) -> None:
    lines, offsets = lines_of(np.array(addresses), size)
    for number, address in enumerate(addresses):
        touched = sorted({byte // 64 for byte in range(address, address + size)})
        assert lines[offsets[number] : offsets[number + 1]].tolist() == touched
    assert offsets[-1] == len(lines)


def test_tables_lie_behind_one_another_at_whole_pages() -> None:
    tables = Tables.lay_out([10, 30_000, 1], 72)
    assert tables.first == (0, 1 << 21, 3 << 21)  # 2.16 MB are more than one page of 2 MiB
    assert tables.size == (3 << 21) + 72
    found = tables.addresses(np.array([0, 1, 2]), np.array([9, 1, 0]))
    assert found.tolist() == [9 * 72, (1 << 21) + 72, 3 << 21]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: Tables.lay_out([], 64), "tables must have 1 row or more each, not []"),
        (lambda: Tables.lay_out([3, 0], 64), "tables must have 1 row or more each, not [3, 0]"),
        (lambda: Tables.lay_out([3], 0), "a vector must be 1 to 65536 bytes, not 0"),
        (lambda: Tables.lay_out([1 << 60], 64), "have addresses beyond 4611686018427387903"),
        (lambda: rows([0, 3], [0, 0]), "look-up 1: table must be 0 to 2, not 3"),
        (lambda: rows([-1], [0]), "look-up 0: table must be 0 to 2, not -1"),
        (lambda: rows([0, 1], [1, 20]), "look-up 1: row of table 1 must be 0 to 19, not 20"),
        (lambda: rows([0], [1, 2]), "rows of a trace must be 1, not 2"),
    ],
)
def test_what_is_not_there_is_one_line(act: Any, said: str) -> None:
    with pytest.raises(GuardlaneError) as error:
        act()
    assert said in str(error.value)


def rows(table: list[int], row: list[int]) -> Any:
    """Addresses in three small tables."""
    return Tables.lay_out([10, 20, 30], 64).addresses(np.array(table), np.array(row))
