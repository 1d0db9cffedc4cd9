# SPDX-License-Identifier: Apache-2.0
"""The scoreboard finds nothing in a good alignment manager and something in every bad one."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from guardlane.guard import shell_alignment
from guardlane.guard.alignment import TABLE, Action, Event, State
from guardlane.guard.shell_alignment import AlignmentInputs, AlignmentManager, AlignmentOutputs
from guardlane_rtl.bench import PATIENT, AlignmentBench, random_script
from guardlane_rtl.scoreboard import Item, Scoreboard


def judge(
    manager: type[AlignmentManager] = AlignmentManager,
    *,
    bad: float = 0.0,
    lost: float = 0.0,
    patience: int = PATIENT,
    frames: int = 400,
) -> Counter[str]:
    """Drive one manager through random frames, and return the promises it broke."""
    bench = AlignmentBench(
        random_script(random.Random(7), frames, 16, bad=bad, lost=lost, patience=patience), 7, 16
    )
    assert bench.run(manager(32, 16)), "the bench did not come to its end"
    return bench.scoreboard.finish()


@pytest.mark.parametrize("bad", [0.0, 0.1])
@pytest.mark.parametrize("lost", [0.0, 0.1])
@pytest.mark.parametrize("patience", [PATIENT, 4])
def test_the_manager_keeps_every_promise(bad: float, lost: float, patience: int) -> None:
    assert not judge(bad=bad, lost=lost, patience=patience)


class Unhurried(AlignmentManager):
    """Looks at its inputs in one cycle of three only."""

    def __init__(self, data_width: int, id_width: int) -> None:
        super().__init__(data_width, id_width)
        self.cycles = 0

    def cycle(self, i: AlignmentInputs) -> AlignmentOutputs:
        self.cycles += 1
        if self.cycles % 3 == 0:
            return super().cycle(i)
        before = self.has_ended
        self.has_ended = False
        blind = i._replace(cmd_valid=False, unit_valid=False, closed=False, timeout=False)
        o = super().cycle(blind)._replace(cmd_ready=False, unit_ready=False)
        self.has_ended = before
        return o


def test_the_bench_and_the_scoreboard_wait_for_a_slow_manager() -> None:
    assert not judge(Unhurried, bad=0.05, lost=0.05, patience=40)


def with_cell(state: State, event: Event, after: State, action: Action) -> Any:
    """Return the table with one cell changed."""
    table = [list(row) for row in TABLE]
    table[state][event] = (after, action)
    return table


@pytest.mark.parametrize(
    ("state", "event", "after", "action", "broken"),
    [
        (State.RCV_CMP, Event.ITEM, State.RCV_CMP, Action.LOOK_ON, "c"),
        (State.RCV_CMP, Event.ITEM, State.RCV_CMP, Action.PAD, "b"),
        (State.RCV_CMP, Event.FUTURE, State.RCV_CMP, Action.LOOK_ON, "a"),
        (State.EXP_HDR, Event.ITEM, State.RCV_CMP, Action.DELIVER, "a"),
        (State.EXP_HDR, Event.SAME, State.DISC_FR, Action.LOOK_ON, "c"),
        (State.DISC, Event.SAME, State.DISC, Action.LOOK_ON, "c"),
        (State.DISC, Event.ITEM, State.DISC, Action.PAD, "b"),
    ],
)
def test_a_manager_with_one_wrong_cell_breaks_a_promise(
    monkeypatch: pytest.MonkeyPatch,
    state: State,
    event: Event,
    after: State,
    action: Action,
    broken: str,
) -> None:
    monkeypatch.setattr(shell_alignment, "TABLE", with_cell(state, event, after, action))
    assert judge()[broken] > 0


def test_a_bad_header_taken_for_nothing_breaks_a_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = with_cell(State.RCV_CMP, Event.BAD, State.RCV_CMP, Action.LOOK_ON)
    monkeypatch.setattr(shell_alignment, "TABLE", cell)
    assert judge(bad=0.1)["a"] > 0


class Twice(AlignmentManager):
    """Answers the second pop of a frame with the first one's item when that was one."""

    def __init__(self, data_width: int, id_width: int) -> None:
        super().__init__(data_width, id_width)
        self.answers: list[AlignmentOutputs] = []

    def cycle(self, i: AlignmentInputs) -> AlignmentOutputs:
        o = super().cycle(i)
        if i.cmd_valid and i.cmd == shell_alignment.Command.NEW_FRAME and o.cmd_ready:
            self.answers.clear()
        if o.rsp_valid and len(self.answers) == 1 and not self.answers[0].rsp_pad:
            o = o._replace(rsp_data=self.answers[0].rsp_data, rsp_pad=False)
        if o.rsp_valid and i.rsp_ready:
            self.answers.append(o)
        return o


class Padding(AlignmentManager):
    """Answers every pop with a pad."""

    def cycle(self, i: AlignmentInputs) -> AlignmentOutputs:
        return super().cycle(i)._replace(rsp_pad=True, rsp_data=0)


@pytest.mark.parametrize(("useless", "promises"), [(Twice, "ade"), (Padding, "bce")])
def test_useless_managers_are_caught(useless: type[AlignmentManager], promises: str) -> None:
    broken = judge(useless)
    assert all(broken[promise] > 0 for promise in promises), broken


def frame_of_two() -> Scoreboard:
    """A queue with two items of frame 1 and the header of frame 2; the consumer is in frame 1."""
    board = Scoreboard()
    board.header_entered(1)
    board.item_entered()
    board.item_entered()
    board.header_entered(2)
    board.frame_started(1)
    return board


def test_each_promise_names_its_first_breach() -> None:
    board = frame_of_two()
    board.delivered(Item(1, 1))
    board.delivered(Item(1, 1))
    board.padded()
    assert board.finish() == {"a": 1, "d": 1, "e": 1}
    assert board.first["a"] == "pop 0 of frame 1 got (1, 1)"
    assert board.first["d"] == "(1, 1) came after (1, 1)"
    assert board.first["e"] == "pop 0 of frame 1 got (1, 1), not (1, 0)"


def test_a_pad_must_wait_until_the_frame_is_over() -> None:
    board = Scoreboard()
    board.header_entered(1)
    board.frame_started(1)
    board.padded()
    assert board.violations == {"b": 1}
    board.producer_ended()
    board.padded()
    assert board.violations == {"b": 1}


def test_what_a_timeout_or_a_bad_header_costs_is_no_breach() -> None:
    board = frame_of_two()
    board.timed_out()
    board.padded()
    board.frame_started(2)
    board.discarded(Item(1, 0))
    board.header_entered(3, is_bad=True)
    item = board.item_entered()
    board.frame_started(3)
    board.discarded(item)
    board.padded()
    assert not board.finish()


def test_nothing_may_be_discarded_in_its_own_frame_before_the_end() -> None:
    board = frame_of_two()
    board.discarded(Item(1, 0))
    assert board.violations == {"c": 1}
    board.consumer_ended()
    board.discarded(Item(1, 1))
    assert board.violations == {"c": 1}


def test_the_bench_reports_a_manager_that_never_answers() -> None:
    class Mute(AlignmentManager):
        def cycle(self, i: AlignmentInputs) -> AlignmentOutputs:
            return (
                super().cycle(i._replace(unit_valid=False, closed=False))._replace(unit_ready=False)
            )

    bench = AlignmentBench(random_script(random.Random(1), 5, 8), 1, 8)
    assert not bench.run(Mute(), limit=500)
