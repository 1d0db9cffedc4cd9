# SPDX-License-Identifier: Apache-2.0
"""Every pattern of pushes, pops and broken headers, with the counts that wrong designs reach."""

from __future__ import annotations

import itertools

import pytest

from guardlane.guard.alignment import Action, Event, State, classify
from guardlane.guard.checkers import AlignmentManager
from guardlane.guard.words import EOC, HEADER, ITEM, Unit
from guardlane_rtl.scoreboard import Item, Scoreboard
from tests.arch.guard.guard_patterns import (
    DELIVER_TWICE,
    DROP_MATCHING_HEADERS,
    HANG_WHEN_CLOSED,
    IGNORE_BAD,
    PAD_EVERYTHING,
    Tally,
    sweep,
)

DEPTH = 2  # words, where a queue's depth counts


def test_every_pop_gets_its_own_push_or_a_pad_when_headers_are_intact() -> None:
    assert sweep(4, 4, 3) == Tally(160_000, 0, 0, 0)


@pytest.mark.parametrize("id_width", [3, 4, 8])
def test_ids_that_wrap_change_nothing(id_width: int) -> None:
    assert sweep(4, 4, 3, id_width=id_width, first=(1 << id_width) - 2) == Tally(160_000, 0, 0, 0)


def test_bad_headers_never_put_an_item_into_a_wrong_place() -> None:
    tally = sweep(4, 3, 3, any_bad=True)
    assert (tally.patterns, tally.wrong, tally.hung) == (1_048_576, 0, 0)


def test_a_bad_header_taken_for_nothing_does() -> None:
    assert sweep(4, 3, 3, any_bad=True, wrong_way=IGNORE_BAD).wrong == 235_584


def test_a_lost_end_word_hangs_nobody_thanks_to_the_closed_flag() -> None:
    assert sweep(4, 3, 3, any_bad=True, bad_end=True).hung == 0
    without = sweep(4, 3, 3, any_bad=True, bad_end=True, wrong_way=HANG_WHEN_CLOSED)
    assert without.hung == 673_920


@pytest.mark.parametrize(
    ("wrong_way", "unequal"),
    [(PAD_EVERYTHING, 3_753), (DROP_MATCHING_HEADERS, 1_773), (DELIVER_TWICE, 3_096)],
)
def test_useless_checkers_are_told_by_what_is_due(wrong_way: int, unequal: int) -> None:
    assert sweep(3, 3, 3, wrong_way=wrong_way).unequal == unequal


def test_intact_headers_reach_twelve_cells() -> None:
    seen = set()

    class Noting(AlignmentManager):
        def examine(self, unit: Unit) -> Action:
            event = classify(unit.kind, unit.ident, self.active, self.id_width)
            seen.add((self.state, event))
            assert event != Event.FUTURE or unit.ident == self.active + 1
            return super().examine(unit)

    for pushes in itertools.product(range(4), repeat=3):
        for pops in itertools.product(range(4), repeat=3):
            manager, left = Noting(), stream(pushes)
            for frame, count in enumerate(pops, 1):
                manager.new_frame(frame)
                for _ in range(count):
                    pop(manager, left)
    assert len(seen) == 12
    assert {state for state, event in seen if event == Event.FUTURE} == {State.RCV_CMP}


class Keeping(AlignmentManager):
    """A manager that answers a time-out with one pad and goes on as if nothing had been."""

    def timed_out(self) -> Action:
        return self.pad()


def pop(manager: AlignmentManager, units: list[Unit]) -> int | None:
    """Pop once from what is left of `units`; the item's data, or None for a pad."""
    if manager.is_padding:
        manager.pad()
        return None
    while units:
        unit = units.pop(0)
        action = manager.examine(unit)
        if action == Action.DELIVER:
            return unit.data
        if action == Action.PAD:
            return None
    manager.closed()
    return None


def stream(pushes: tuple[int, ...]) -> list[Unit]:
    """List a whole stream of units; the data of an item is 10 * frame + index."""
    units = []
    for frame, count in enumerate(pushes, 1):
        units.append(Unit(HEADER, frame))
        units += [Unit(ITEM, data=10 * frame + index) for index in range(count)]
    return [*units, Unit(EOC)]


def shifts(units: list[Unit], pops: tuple[int, ...]) -> tuple[bool, bool]:
    """Run a stream through; whether an item came in a wrong place, or in a wrong frame."""
    manager, left = AlignmentManager(), list(units)
    misplaced = strayed = False
    for frame, count in enumerate(pops, 1):
        manager.new_frame(frame)
        for index in range(count):
            data = pop(manager, left)
            misplaced |= data is not None and data // 10 == frame and data % 10 != index
            strayed |= data is not None and data // 10 != frame
    return misplaced, strayed


PLANS = [
    (pushes, pops)
    for pushes in itertools.product(range(4), repeat=3)
    for pops in itertools.product(range(3), repeat=3)
]


@pytest.mark.parametrize(("manager_class", "shifted"), [(Keeping, 999), (AlignmentManager, 0)])
def test_a_pop_that_timed_out_must_give_up_its_frame(
    manager_class: type[AlignmentManager], shifted: int
) -> None:
    count = 0
    for pushes, pops in PLANS:
        wrong = False
        for late in range(3):  # the first pop of this frame finds nothing in time
            manager, left = manager_class(), stream(pushes)
            for frame, pop_count in enumerate(pops, 1):
                manager.new_frame(frame)
                for index in range(pop_count):
                    if frame == late + 1 and index == 0 and not manager.is_padding:
                        manager.timed_out()
                        continue
                    data = pop(manager, left)
                    wrong |= data is not None and data != 10 * frame + index
        count += wrong
    assert (len(PLANS), count) == (1_728, shifted)


def test_a_push_that_timed_out_must_not_cost_a_single_word() -> None:
    """What no longer fits a queue of two words is lost: an item, a header, or all that follows."""
    items = headers = 0
    for pushes, pops in PLANS:
        units = stream(pushes)
        lost = range(DEPTH, len(units) - 1)
        items += any(
            shifts(units[:n] + units[n + 1 :], pops)[0] for n in lost if units[n].kind == ITEM
        )
        headers += any(
            shifts(units[:n] + units[n + 1 :], pops)[1] for n in lost if units[n].kind == HEADER
        )
        for n in lost:
            after = next(m for m in range(n + 1, len(units)) if units[m].kind != ITEM)
            assert shifts(units[:n] + units[after:], pops) == (False, False)
    assert (items, headers) == (1_024, 423)


def test_a_source_waits_for_ever_on_a_sink_that_ends_and_does_not_drain() -> None:
    stuck = 0
    for pushes, pops in PLANS:
        manager, left = AlignmentManager(), stream(pushes)
        for frame, count in enumerate(pops, 1):
            manager.new_frame(frame)
            for _ in range(count):
                pop(manager, left)
        stuck += len(left) > DEPTH
    assert stuck == 621


def test_the_scoreboard_finds_nothing_in_any_of_the_4096_patterns() -> None:
    for pushes in itertools.product(range(4), repeat=3):
        for pops in itertools.product(range(4), repeat=3):
            board, manager, left = Scoreboard(), AlignmentManager(), stream(pushes)
            for frame, count in enumerate(pushes, 1):
                board.header_entered(frame)
                for _ in range(count):
                    board.item_entered()
            board.producer_ended()
            for frame, count in enumerate(pops, 1):
                manager.new_frame(frame)
                board.frame_started(frame)
                for _ in range(count):
                    before = list(left)
                    data = pop(manager, left)
                    taken = [u.data for u in before[: len(before) - len(left)] if u.kind == ITEM]
                    for mark in taken:
                        if mark != data:
                            board.discarded(Item(mark // 10, mark % 10))
                    if data is None:
                        board.padded()
                    else:
                        board.delivered(Item(data // 10, data % 10))
            assert not board.finish(), (pushes, pops, board.first)
