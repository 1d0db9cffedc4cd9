# SPDX-License-Identifier: Apache-2.0
"""Every pattern within the bounds of the contract, through the C library, with its counts."""

from __future__ import annotations

import pytest

from tests.rtl.c_guard import library

IGNORE_BAD, HANG_WHEN_CLOSED, PAD_EVERYTHING = 1, 2, 3


def sweep(
    frames: int,
    most_pushes: int,
    most_pops: int,
    *,
    any_bad: bool = False,
    bad_end: bool = False,
    wrong_way: int = 0,
) -> list[int]:
    """Return patterns, and those with a wrong item, a hang, any answer but the due one."""
    ffi, lib = library()
    tally = ffi.new("uint64_t[4]")
    lib.sweep(frames, most_pushes, most_pops, any_bad, bad_end, wrong_way, tally)
    return list(tally)


def test_every_pop_gets_its_own_push_or_a_pad_when_headers_are_intact() -> None:
    assert sweep(4, 4, 3) == [160_000, 0, 0, 0]


def test_bad_headers_never_put_an_item_into_a_wrong_place() -> None:
    patterns, wrong, hung, _ = sweep(4, 3, 3, any_bad=True)
    assert (patterns, wrong, hung) == (1_048_576, 0, 0)
    assert sweep(4, 3, 3, any_bad=True, wrong_way=IGNORE_BAD)[1] == 235_584


def test_a_lost_end_word_hangs_nobody_thanks_to_the_closed_flag() -> None:
    assert sweep(4, 3, 3, any_bad=True, bad_end=True)[2] == 0
    lost = sweep(4, 3, 3, any_bad=True, bad_end=True, wrong_way=HANG_WHEN_CLOSED)
    assert lost[2] == 673_920


@pytest.mark.parametrize(("wrong_way", "unequal"), [(0, 0), (PAD_EVERYTHING, 3_753)])
def test_a_useless_manager_is_told_by_what_is_due(wrong_way: int, unequal: int) -> None:
    assert sweep(3, 3, 3, wrong_way=wrong_way) == [4_096, 0, 0, unequal]
