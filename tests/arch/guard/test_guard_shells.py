# SPDX-License-Identifier: Apache-2.0
"""The port rules of the alignment manager and the header inserter, cycle by cycle."""

from __future__ import annotations

from typing import Any

import pytest

from guardlane.errors import GuardlaneError
from guardlane.guard.alignment import State, check_frame_count
from guardlane.guard.inserter import Command as Push
from guardlane.guard.shell_alignment import (
    AlignmentInputs,
    AlignmentManager,
    AlignmentOutputs,
    Command,
)
from guardlane.guard.shell_inserter import HeaderInserter, InserterInputs, InserterOutputs
from guardlane.guard.words import BAD, EOC, HEADER, ITEM

IDLE = AlignmentInputs(active_frame=1)
POP = IDLE._replace(cmd_valid=True, cmd=Command.POP)
END = IDLE._replace(cmd_valid=True, cmd=Command.END)
TAKE = IDLE._replace(rsp_ready=True)
SAME: dict[str, Any] = {"unit_valid": True, "unit_kind": HEADER, "unit_id": 1}
NEXT: dict[str, Any] = {"unit_valid": True, "unit_kind": HEADER, "unit_id": 2}
ITEM_7: dict[str, Any] = {"unit_valid": True, "unit_kind": ITEM, "unit_data": 7}


def in_frame(frame: int = 1, **parameters: int) -> AlignmentManager:
    """Return a manager that has entered `frame` and seen nothing yet."""
    manager = AlignmentManager(**parameters)
    manager.cycle(AlignmentInputs(cmd_valid=True, cmd=Command.NEW_FRAME, active_frame=frame))
    return manager


def clock(manager: AlignmentManager, *inputs: AlignmentInputs) -> list[AlignmentOutputs]:
    return [manager.cycle(i) for i in inputs]


def test_an_item_examined_in_one_cycle_is_answered_in_the_next() -> None:
    manager = in_frame()
    header, item, answer, after = clock(
        manager, POP._replace(**SAME), IDLE._replace(**ITEM_7), TAKE, IDLE
    )
    assert header.cmd_ready
    assert header.unit_ready
    assert item.unit_ready
    assert (header.rsp_valid, item.rsp_valid, answer.rsp_valid, after.rsp_valid) == (0, 0, 1, 0)
    assert (answer.rsp_data, answer.rsp_pad) == (7, False)


def test_nothing_is_taken_from_the_queue_without_an_open_pop() -> None:
    manager = in_frame()
    assert not any(o.unit_ready for o in clock(manager, *[IDLE._replace(**SAME)] * 3))
    clock(manager, POP._replace(**SAME), IDLE._replace(**ITEM_7))
    assert not any(o.unit_ready for o in clock(manager, *[IDLE._replace(**ITEM_7)] * 3, TAKE))


def test_an_answer_holds_until_it_is_taken_and_the_next_command_waits_for_that() -> None:
    manager = in_frame()
    clock(manager, POP._replace(**SAME), IDLE._replace(**ITEM_7))
    held = clock(manager, POP, POP, POP._replace(rsp_ready=True))
    assert [(o.rsp_valid, o.rsp_data, o.cmd_ready) for o in held] == [(True, 7, False)] * 3
    assert manager.cycle(POP).cmd_ready


@pytest.mark.parametrize(
    ("present", "is_pad", "state"),
    [
        ({**ITEM_7, "closed": True, "timeout": True}, False, State.RCV_CMP),
        ({"closed": True, "timeout": True}, True, State.PDG),
        ({"timeout": True}, True, State.PDG),
    ],
)
def test_a_unit_wins_over_closed_and_closed_over_the_timeout(
    present: dict[str, Any], is_pad: bool, state: State
) -> None:
    manager = in_frame(pad_data=99)
    clock(manager, POP._replace(**SAME), IDLE._replace(**present))
    answer = manager.cycle(TAKE)
    assert (answer.rsp_pad, answer.rsp_data, answer.state) == (is_pad, 99 if is_pad else 7, state)
    new_frame = AlignmentInputs(cmd_valid=True, cmd=Command.NEW_FRAME, active_frame=2)
    manager.cycle(new_frame)
    over = present.get("closed") and is_pad
    assert manager.cycle(IDLE).state == (State.PDG if over else State.EXP_HDR)


def test_a_padding_manager_answers_at_once_and_leaves_the_queue_alone() -> None:
    manager = in_frame()
    clock(manager, POP._replace(**NEXT), TAKE)
    pop, answer = clock(manager, POP._replace(**ITEM_7), TAKE)
    assert not pop.unit_ready
    assert (answer.rsp_valid, answer.rsp_pad, answer.pad) == (True, True, True)


def test_strobes_pulse_once_for_each_unit_that_is_lost() -> None:
    manager = in_frame(2)
    bad: dict[str, Any] = {"unit_valid": True, "unit_kind": BAD}
    inputs = [POP._replace(active_frame=2, **SAME)] + [
        IDLE._replace(active_frame=2, **unit) for unit in (ITEM_7, bad, ITEM_7, ITEM_7, NEXT)
    ]
    seen = clock(manager, *inputs, *[IDLE._replace(active_frame=2)] * 3)
    assert [o.discard_header for o in seen] == [0, 1, 0, 1, 0, 0, 0, 0, 0]
    assert [o.discard_item for o in seen] == [0, 0, 1, 0, 1, 1, 0, 0, 0]
    assert [o.state for o in seen][-1] == State.RCV_CMP


def test_after_the_end_everything_is_dropped_in_silence() -> None:
    manager = in_frame()
    clock(manager, POP._replace(**SAME), IDLE._replace(**ITEM_7), TAKE, END)
    for unit in (SAME, NEXT, ITEM_7, {"unit_valid": True, "unit_kind": EOC}):
        o = manager.cycle(POP._replace(**unit))
        assert (o.unit_ready, o.cmd_ready, o.rsp_valid, o.state) == (True, False, False, 0)
        assert (o.discard_item, o.discard_header, o.pad) == (False, False, False)
    manager.reset()
    assert manager.cycle(IDLE).cmd_ready
    assert manager.state == State.EXP_HDR


def test_a_header_half_the_id_space_away_raises_an_error_that_stays() -> None:
    manager = in_frame(1, id_width=3)
    for ident, expected in ((4, False), (6, False), (5, True), (1, True)):
        manager.cycle(POP._replace(unit_valid=True, unit_kind=HEADER, unit_id=ident))
        seen = clock(manager, TAKE, TAKE)
        assert seen[-1].skew_err == expected
        if ident == 4:  # a future one: leave Pdg again
            manager = in_frame(1, id_width=3)


@pytest.mark.parametrize(("frames", "id_width"), [(7, 4), (127, 8), (2**31 - 1, 32)])
def test_a_run_needs_ids_that_tell_its_frames_apart(frames: int, id_width: int) -> None:
    check_frame_count(frames, id_width)
    needs = f"a run of {frames + 1} frames needs frame ids of {id_width + 1} bits or more"
    with pytest.raises(GuardlaneError, match=f"{needs}, not {id_width}"):
        check_frame_count(frames + 1, id_width)
    check_frame_count(frames + 1, id_width, wraps=True)


def inserted(inserter: HeaderInserter, *inputs: InserterInputs) -> list[InserterOutputs]:
    return [inserter.cycle(i) for i in inputs]


PUSH = InserterInputs(cmd_valid=True, cmd=Push.PUSH, cmd_data=7, active_frame=1)
HEAD = InserterInputs(cmd_valid=True, cmd=Push.NEW_FRAME, active_frame=1)


def test_units_go_through_in_the_cycle_they_are_offered() -> None:
    header, item, wait, end = inserted(
        HeaderInserter(delay_frames=2),
        HEAD._replace(unit_ready=True),
        PUSH._replace(unit_ready=True),
        PUSH,
        HEAD._replace(cmd=Push.END, unit_ready=True),
    )
    assert header[:5] == (True, True, HEADER, 3, 0)
    assert item[:5] == (True, True, ITEM, 0, 7)
    assert wait[:5] == (False, True, ITEM, 0, 7)
    assert end[:3] == (True, True, EOC)


def test_a_push_that_times_out_takes_the_tail_of_its_frame_along() -> None:
    lost, tail, header, item = inserted(
        HeaderInserter(),
        PUSH._replace(timeout=True),
        PUSH._replace(unit_ready=True),
        HEAD._replace(unit_ready=True),
        PUSH._replace(unit_ready=True),
    )
    assert (lost.cmd_ready, tail.cmd_ready) == (True, True)
    assert [o.unit_valid for o in (lost, tail, header, item)] == [True, False, True, True]
    assert [o.drop_tail for o in (lost, tail, header, item)] == [False, True, False, False]


def test_a_header_that_times_out_takes_its_frame_along() -> None:
    lost, item, header = inserted(
        HeaderInserter(),
        HEAD._replace(timeout=True),
        PUSH._replace(unit_ready=True),
        HEAD._replace(unit_ready=True),
    )
    assert (lost.cmd_ready, item.cmd_ready, item.unit_valid, item.skip_frame) == (1, 1, 0, 1)
    assert header.unit_valid


def test_room_in_the_cycle_of_the_timeout_wins() -> None:
    inserter = HeaderInserter()
    inserted(inserter, PUSH._replace(timeout=True, unit_ready=True))
    o = inserter.cycle(PUSH)
    assert (o.unit_valid, o.drop_tail) == (True, False)


def test_after_the_end_nothing_is_accepted() -> None:
    inserter = HeaderInserter()
    inserted(inserter, HEAD._replace(cmd=Push.END, timeout=True))
    o = inserter.cycle(PUSH._replace(unit_ready=True))
    assert (o.cmd_ready, o.unit_valid, o.skip_frame) == (False, False, False)
