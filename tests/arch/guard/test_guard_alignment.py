# SPDX-License-Identifier: Apache-2.0
"""The alignment manager's table, cell by cell against its prose, and the twin against the table."""

from __future__ import annotations

import itertools
from typing import cast

import pytest

from guardlane.guard import twin
from guardlane.guard.alignment import (
    Action,
    Event,
    Latch,
    State,
    classify,
    is_too_far,
    latch_after,
    new_frame,
    next_state,
)
from guardlane.guard.words import BAD, EOC, HEADER, ITEM

# Written out in words, a second time, so that a slip of the pen in the table shows.
TABLE_IN_WORDS = """
RCV_CMP| RCV_CMP give| DISC_FR on| DISC_FR on| PDG pad| DISC_FR on| PDG pad| PDG pad| PDG pad
EXP_HDR| DISC on     | RCV_CMP on| DISC_FR on| PDG pad| DISC_FR on| PDG pad| PDG pad| PDG pad
DISC   | DISC on     | RCV_CMP on| DISC_FR on| PDG pad| DISC_FR on| PDG pad| PDG pad| PDG pad
DISC_FR| DISC_FR on  | RCV_CMP on| DISC_FR on| PDG pad| DISC_FR on| PDG pad| PDG pad| PDG pad
PDG    | PDG pad     | PDG pad   | PDG pad   | PDG pad| PDG pad   | PDG pad| PDG pad| PDG pad
"""
ACTIONS = {"give": Action.DELIVER, "on": Action.LOOK_ON, "pad": Action.PAD}


def test_every_cell_of_the_table_says_what_its_prose_says() -> None:
    for line in TABLE_IN_WORDS.strip().splitlines():
        state, *cells = (part.strip() for part in line.split("|"))
        for event, cell in zip(Event, cells, strict=True):
            after, action = cell.split()
            assert next_state(State[state], event) == (State[after], ACTIONS[action]), (
                state,
                event,
            )


def test_what_is_latched_follows_from_what_made_it_pad() -> None:
    assert latch_after(Event.FUTURE) == Latch.HEADER
    assert latch_after(Event.EOC) == latch_after(Event.CLOSED) == Latch.EOC
    assert latch_after(Event.TIMEOUT) == Latch.NOTHING


@pytest.mark.parametrize(
    ("state", "latch", "distance", "after"),
    [
        (State.RCV_CMP, Latch.NOTHING, 0, State.EXP_HDR),
        (State.EXP_HDR, Latch.NOTHING, 0, State.EXP_HDR),
        (State.DISC, Latch.NOTHING, 0, State.DISC),
        (State.DISC_FR, Latch.NOTHING, 0, State.DISC_FR),
        (State.PDG, Latch.HEADER, 0, State.RCV_CMP),
        (State.PDG, Latch.HEADER, 1, State.PDG),
        (State.PDG, Latch.HEADER, 3, State.PDG),
        (State.PDG, Latch.HEADER, 4, State.DISC_FR),
        (State.PDG, Latch.HEADER, 7, State.DISC_FR),
        (State.PDG, Latch.EOC, 0, State.PDG),
        (State.PDG, Latch.EOC, 7, State.PDG),
        (State.PDG, Latch.NOTHING, 0, State.EXP_HDR),
    ],
)
def test_a_new_frame_goes_on_with_what_is_latched(
    state: State, latch: Latch, distance: int, after: State
) -> None:
    kept = latch if after == State.PDG else Latch.NOTHING
    assert new_frame(state, latch, distance, half=4) == (after, kept)


@pytest.mark.parametrize("id_width", [2, 3, 5])
def test_frames_are_compared_by_serial_number(id_width: int) -> None:
    span = 1 << id_width
    for active in range(span):
        for ahead in range(span):
            event = classify(HEADER, (active + ahead) % span, active, id_width)
            if ahead == 0:
                assert event == Event.SAME
            else:
                assert event == (Event.FUTURE if ahead < span // 2 else Event.PAST)
            too_far = is_too_far(HEADER, (active + ahead) % span, active, id_width)
            assert too_far == (ahead == span // 2)
    assert not is_too_far(ITEM, span // 2, 0, id_width)


def test_disc_and_disc_fr_differ_in_nothing_but_their_name() -> None:
    for event in Event:
        (after, action), (after_fr, action_fr) = (
            next_state(s, event) for s in (State.DISC, State.DISC_FR)
        )
        assert action == action_fr
        assert after == after_fr or {after, after_fr} == {State.DISC, State.DISC_FR}


@pytest.mark.parametrize("id_width", [2, 3])
def test_the_twin_takes_every_step_the_table_takes(id_width: int) -> None:
    span = 1 << id_width
    events: tuple[int | str, ...] = (ITEM, HEADER, BAD, EOC, "closed", "timeout")
    ids = list(itertools.product(range(span), repeat=2))
    for state, event, (ident, active) in itertools.product(State, events, ids):
        am = twin.new_alignment(id_width)
        am[twin.AM_STATE] = state
        if state == State.PDG:
            assert twin.alignment_is_padding(am)
            assert twin.alignment_pad(am) == Action.PAD
            assert (am[twin.AM_STATE], am[twin.AM_PADS]) == (State.PDG, 1)
            continue
        if isinstance(event, str):
            kind = Event.CLOSED if event == "closed" else Event.TIMEOUT
            action = twin.alignment_closed(am) if event == "closed" else twin.alignment_timeout(am)
        else:
            kind = classify(event, ident, active, id_width)
            action = twin.alignment_unit(am, event, ident, active)
        after, expected = next_state(state, kind)
        assert (am[twin.AM_STATE], action) == (after, expected), (state, event)
        assert am[twin.AM_PADS] == (expected == Action.PAD)
        assert am[twin.AM_DISCARDED_ITEMS] == (kind == Event.ITEM and expected == Action.LOOK_ON)
        is_lost = event in (HEADER, BAD) and after == State.DISC_FR and kind != Event.ITEM
        assert am[twin.AM_DISCARDED_HEADERS] == is_lost
        assert am[twin.AM_SKEW] == (event == HEADER and (ident - active) % span == span // 2)
        if expected == Action.PAD:
            assert am[twin.AM_LATCH_KIND] == latch_after(kind)
            assert kind != Event.FUTURE or am[twin.AM_LATCHED] == ident


@pytest.mark.parametrize("id_width", [2, 3])
def test_the_twin_enters_every_frame_as_the_function_does(id_width: int) -> None:
    span = 1 << id_width
    for state, latch, latched, active in itertools.product(State, Latch, range(span), range(span)):
        am = twin.new_alignment(id_width)
        am[twin.AM_STATE], am[twin.AM_LATCH_KIND], am[twin.AM_LATCHED] = state, latch, latched
        twin.alignment_new_frame(am, active)
        after, kept = new_frame(state, latch, (latched - active) % span, span // 2)
        assert am[twin.AM_STATE] == after
        if after == State.PDG:
            assert am[twin.AM_LATCH_KIND] == kept


@pytest.mark.parametrize("illegal", [5, 6, 7])
def test_an_encoding_no_state_has_discards_a_frame(illegal: int) -> None:
    encoding = cast(State, illegal)
    for kind, ident in ((ITEM, 0), (HEADER, 1), (HEADER, 2), (HEADER, 3), (BAD, 0)):
        am = twin.new_alignment(3)
        am[twin.AM_STATE] = illegal
        event = classify(kind, ident, 2, 3)
        assert twin.alignment_unit(am, kind, ident, 2) == next_state(State.DISC_FR, event)[1]
        assert am[twin.AM_STATE] == next_state(encoding, event)[0]
        assert next_state(encoding, event) == next_state(State.DISC_FR, event)
    am[twin.AM_STATE] = illegal
    twin.alignment_new_frame(am, 3)
    assert am[twin.AM_STATE] == new_frame(encoding, Latch.NOTHING, 0, 4)[0] == State.DISC_FR
