# SPDX-License-Identifier: Apache-2.0
"""No order of events breaks a promise or sticks; each wrong way to build it does."""

from __future__ import annotations

import pytest

from tests.arch.guard.guard_interleavings import (
    IGNORE_BAD,
    LOSE_ONE_WORD,
    TIMEOUT_KEEPS_STATE,
    Found,
    search,
)


def broken(found: Found) -> int:
    return found.wrong + found.backwards + found.unjustified_pads + found.unjustified_discards


@pytest.mark.parametrize(
    ("bads", "timeouts", "states"),
    [(0, False, 30_078), (2, False, 149_607), (0, True, 916_904), (1, True, 3_148_431)],
)
def test_every_order_keeps_the_promises_and_ends(bads: int, timeouts: bool, states: int) -> None:
    found = search(bads, push_timeouts=timeouts, pop_timeouts=timeouts)
    assert found.states == states  # the whole space, as far as these moves reach
    assert broken(found) == 0
    assert found.stuck == 0
    assert found.finished >= 729  # every plan of pushes and pops ends at least once


def test_ignoring_a_bad_header_delivers_wrong_items() -> None:
    assert search(1, wrong_way=IGNORE_BAD).wrong == 756


def test_going_on_after_a_pop_timed_out_delivers_wrong_items() -> None:
    assert search(pop_timeouts=True, wrong_way=TIMEOUT_KEEPS_STATE).wrong == 2_044


def test_losing_one_word_to_a_push_timeout_breaks_three_promises() -> None:
    found = search(push_timeouts=True, wrong_way=LOSE_ONE_WORD)
    assert (found.wrong, found.unjustified_pads, found.unjustified_discards) == (
        4_716,
        9_549,
        9_060,
    )


def test_without_draining_a_source_waits_for_ever_on_a_sink_that_has_ended() -> None:
    assert search(drains=False).stuck == 486
    assert search(drains=True).stuck == 0
