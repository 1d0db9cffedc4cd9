# SPDX-License-Identifier: Apache-2.0
"""The alignment manager's table: what a pop gets and the queue loses, so that frames stay aligned.

`next_state` answers one event of the queue on behalf of an open pop; `new_frame` moves to the next
frame. Neither knows time, words or counts. The cells that no run can tell apart, or reach, are
listed in docs/guard.md.
"""

from __future__ import annotations

from enum import IntEnum

from guardlane.errors import GuardlaneError
from guardlane.guard.words import BAD, EOC, HEADER, ITEM, frame_distance


class State(IntEnum):
    """What the manager believes about the head of its queue."""

    RCV_CMP = 0  # aligned: the items of the active frame follow
    EXP_HDR = 1  # the core began a frame whose header has not been seen
    DISC = 2  # dropping what the last frame left over
    DISC_FR = 3  # dropping a whole stale frame
    PDG = 4  # a later frame stands at the head: pads, and the queue is left alone


class Event(IntEnum):
    """What the queue shows; headers by their frame, compared with the active one."""

    ITEM = 0
    SAME = 1
    PAST = 2
    FUTURE = 3
    BAD = 4
    EOC = 5
    CLOSED = 6
    TIMEOUT = 7


class Action(IntEnum):
    """What the pop gets for it: nothing yet (the unit is dropped), the item, or a pad."""

    LOOK_ON = 0
    DELIVER = 1
    PAD = 2


class Latch(IntEnum):
    """What a padding manager waits for: the next frame, that of a header it holds, or nothing."""

    NOTHING = 0
    HEADER = 1
    EOC = 2


def _table() -> tuple[tuple[tuple[State, Action], ...], ...]:
    rcv_cmp, disc, disc_fr = State.RCV_CMP, State.DISC, State.DISC_FR
    drop, drop_fr = (disc, Action.LOOK_ON), (disc_fr, Action.LOOK_ON)
    here = (rcv_cmp, Action.LOOK_ON)
    give = (rcv_cmp, Action.DELIVER)
    pad = (State.PDG, Action.PAD)
    stale = (drop_fr, here, drop_fr, pad, drop_fr, pad, pad, pad)
    return (
        # ITEM    SAME     PAST     FUTURE BAD    EOC CLOSED TIMEOUT
        (give,    drop_fr, drop_fr, pad, drop_fr, pad, pad, pad),  # RCV_CMP
        (drop,    here,    drop_fr, pad, drop_fr, pad, pad, pad),  # EXP_HDR
        (drop,    here,    drop_fr, pad, drop_fr, pad, pad, pad),  # DISC
        stale,                                                     # DISC_FR
        (pad,     pad,     pad,     pad, pad,     pad, pad, pad),  # PDG: the queue is left alone
        stale, stale, stale,  # encodings no state has
    )  # fmt: skip


TABLE = _table()


def next_state(state: State, event: Event) -> tuple[State, Action]:
    """Answer `event` out of `state`: the state after it, and what the open pop gets."""
    return TABLE[state][event]


def latch_after(event: Event) -> Latch:
    """Return what a manager that pads because of `event` has latched."""
    if event == Event.FUTURE:
        return Latch.HEADER
    return Latch.EOC if event in (Event.EOC, Event.CLOSED) else Latch.NOTHING


def new_frame(state: State, latch: Latch, distance: int, half: int) -> tuple[State, Latch]:
    """Enter a frame: `distance` is latched id minus stepped counter, `half` 2**(id width - 1)."""
    if state == State.RCV_CMP:
        return State.EXP_HDR, Latch.NOTHING
    if state != State.PDG:
        return (state if state < State.PDG else State.DISC_FR), Latch.NOTHING
    if latch == Latch.NOTHING:
        return State.EXP_HDR, Latch.NOTHING
    if latch == Latch.EOC or 0 < distance < half:
        return State.PDG, latch
    return (State.RCV_CMP if distance == 0 else State.DISC_FR), Latch.NOTHING


def classify(kind: int, ident: int, active: int, id_width: int) -> Event:
    """Return the event a unit of `kind` (words.ITEM, ...) is in the frame `active`."""
    if kind == ITEM:
        return Event.ITEM
    if kind == BAD:
        return Event.BAD
    if kind == EOC:
        return Event.EOC
    distance = frame_distance(ident, active, id_width)
    if distance == 0:
        return Event.SAME
    return Event.FUTURE if distance < 1 << (id_width - 1) else Event.PAST


def is_too_far(kind: int, ident: int, active: int, id_width: int) -> bool:
    """Whether a header stands exactly half the id space away, where past and future are one."""
    return kind == HEADER and frame_distance(ident, active, id_width) == 1 << (id_width - 1)


def check_frame_count(frames: int, id_width: int, *, wraps: bool = False) -> None:
    """Raise GuardlaneError for a run in which a past frame could pass for a future one.

    A consumer that does not pop runs ahead of its queue without limit, so that only a run of fewer
    than 2**(id_width - 1) frames is safe without knowing it; `wraps` says that the caller does.
    """
    if frames >= 1 << (id_width - 1) and not wraps:
        raise GuardlaneError(
            f"a run of {frames} frames needs frame ids of {frames.bit_length() + 1} bits or more, "
            f"not {id_width}, unless wrapping is allowed"
        )
