# SPDX-License-Identifier: Apache-2.0
"""The state machines of the models as arrows, cells that no run reaches left out."""

from __future__ import annotations

from itertools import product

from guardlane.guard.alignment import Event, Latch, State, new_frame, next_state
from guardlane.guard.inserter import Command, fate
from guardlane_rtl.coverage import UNREACHABLE
from guardlane_rtl.pages.machine import machine

STATES = {
    State.RCV_CMP: "RcvCmp",
    State.EXP_HDR: "ExpHdr",
    State.DISC: "Disc",
    State.DISC_FR: "DiscFr",
    State.PDG: "Pdg",
}
EVENTS = {
    Event.ITEM: "item",
    Event.SAME: "same",
    Event.PAST: "past",
    Event.FUTURE: "future",
    Event.BAD: "bad",
    Event.EOC: "end",
    Event.CLOSED: "closed",
    Event.TIMEOUT: "time-out",
}
# What Pdg has latched when a frame begins: the latch, its distance to the frame, and in words.
HALF = 4
LATCHED = (
    (Latch.NOTHING, 0, "frame, nothing latched"),
    (Latch.HEADER, 0, "frame, its header latched"),
    (Latch.HEADER, 1, "frame, later header"),
    (Latch.HEADER, HALF, "frame, earlier header"),
    (Latch.EOC, 0, "frame, end latched"),
)

Arrows = dict[tuple[str, str], list[str]]


def alignment_arrows() -> Arrows:
    """List what leads from each state of the alignment manager to the next."""
    arrows: Arrows = {}

    def add(start: State, end: State, cause: str) -> None:
        causes = arrows.setdefault((STATES[start], STATES[end]), [])
        causes += [cause] if cause not in causes else []

    for state, event in product(STATES, Event):
        cause = "any pop" if state == State.PDG else EVENTS[event]
        add(state, next_state(state, event)[0], cause)
    for state in STATES:
        if state == State.PDG:
            for latch, distance, cause in LATCHED:
                add(state, new_frame(state, latch, distance, HALF)[0], cause)
        elif f"{state.name} while NEW_FRAME is accepted" not in UNREACHABLE:
            add(state, new_frame(state, Latch.NOTHING, 0, HALF)[0], "frame")
    return arrows


def inserter_arrows() -> Arrows:
    """List what leads from each state of the header inserter to the next."""
    arrows: Arrows = {}
    for is_dropping, command, has_room, late in product(
        (False, True), Command, (True, False), (False, True)
    ):
        done = fate(is_dropping, command, has_room, late)
        start = "dropping" if is_dropping else "passing"
        end = "dropping" if done.is_dropping else "passing"
        if done.is_done and command == Command.END:
            end = "ended"
        name = {Command.PUSH: "push", Command.NEW_FRAME: "frame", Command.END: "end"}[command]
        how = "" if has_room else " late" if late else " waits"
        if is_dropping and command == Command.PUSH:
            how = ""  # swallowed, room or none
        causes = arrows.setdefault((start, end), [])
        causes += [name + how] if name + how not in causes else []
    return arrows


def alignment_picture() -> str:
    """Draw the alignment manager."""
    said = "The states of the alignment manager, and what leads from one to another"
    return machine(tuple(STATES.values()), "ExpHdr", alignment_arrows(), said)


def inserter_picture() -> str:
    """Draw the header inserter."""
    said = "The states of the header inserter, and what leads from one to another"
    return machine(("passing", "dropping", "ended"), "passing", inserter_arrows(), said)
