# SPDX-License-Identifier: Apache-2.0
"""The built-in checkers: CommGuard, and the queues and headers that it is compared with."""

from __future__ import annotations

from guardlane.errors import GuardlaneError
from guardlane.guard.alignment import (
    Action,
    Event,
    Latch,
    State,
    classify,
    latch_after,
    new_frame,
    next_state,
)
from guardlane.guard.contract import Aligner, Inserter
from guardlane.guard.inserter import Command, fate, offers, unit_of
from guardlane.guard.words import ITEM, Unit, frame_distance


class HeaderInserter:
    """Opens each frame with a header; what cannot enter in time takes the rest of its frame
    along."""

    def __init__(self, id_width: int = 32, delay_frames: int = 0) -> None:
        self.id_width = id_width
        self.delay_frames = delay_frames
        self.is_dropping = False

    def new_frame(self, active: int) -> Unit | None:
        self.is_dropping = False
        return unit_of(Command.NEW_FRAME, active, 0, self.id_width, self.delay_frames)

    def push(self, value: int) -> Unit | None:
        if not offers(self.is_dropping, Command.PUSH):
            return None
        return unit_of(Command.PUSH, 0, value, self.id_width)

    def push_timed_out(self, unit: Unit) -> None:
        command = Command.PUSH if unit.kind == ITEM else Command.NEW_FRAME
        self.is_dropping = fate(self.is_dropping, command, False, True).is_dropping

    def end(self) -> Unit | None:
        return unit_of(Command.END, 0, 0, self.id_width)


class AlignmentManager:
    """The alignment manager, untimed: `alignment.next_state` with a latch and three counts."""

    def __init__(self, id_width: int = 32) -> None:
        self.id_width = id_width
        self.state = State.EXP_HDR
        self.latch = Latch.NOTHING
        self.latched = 0
        self.active = 0
        self.pads = self.discarded_items = self.discarded_headers = 0

    @property
    def is_padding(self) -> bool:
        return self.state == State.PDG

    def new_frame(self, active: int) -> None:
        self.active = active
        distance = frame_distance(self.latched, active, self.id_width)
        self.state, self.latch = new_frame(
            self.state, self.latch, distance, 1 << (self.id_width - 1)
        )

    def examine(self, unit: Unit) -> Action:
        event = classify(unit.kind, unit.ident, self.active, self.id_width)
        if event == Event.FUTURE:
            self.latched = unit.ident
        action = self._answer(event)
        if action == Action.LOOK_ON and event == Event.ITEM:
            self.discarded_items += 1
        elif action == Action.LOOK_ON and self.state != State.RCV_CMP:
            self.discarded_headers += 1
        return action

    def pad(self) -> Action:
        self.pads += 1
        return Action.PAD

    def closed(self) -> Action:
        return self._answer(Event.CLOSED)

    def timed_out(self) -> Action:
        return self._answer(Event.TIMEOUT)

    def _answer(self, event: Event) -> Action:
        self.state, action = next_state(self.state, event)
        if action == Action.PAD:
            self.latch = latch_after(event)
            self.pads += 1
        return action


class BareInserter:
    """Pushes items as they come; one that cannot enter in time is lost alone."""

    def new_frame(self, active: int) -> Unit | None:
        return None

    def push(self, value: int) -> Unit | None:
        return Unit(ITEM, data=value)

    def push_timed_out(self, unit: Unit) -> None:
        return None

    def end(self) -> Unit | None:
        return None


class Deliverer:
    """Delivers every item and drops every header; a pop that finds nothing gets one pad."""

    def __init__(self) -> None:
        self.pads = self.discarded_items = self.discarded_headers = 0

    @property
    def is_padding(self) -> bool:
        return False

    def new_frame(self, active: int) -> None:
        return None

    def examine(self, unit: Unit) -> Action:
        if unit.kind == ITEM:
            return Action.DELIVER
        self.discarded_headers += 1
        return Action.LOOK_ON

    def pad(self) -> Action:
        self.pads += 1
        return Action.PAD

    def closed(self) -> Action:
        return self.pad()

    def timed_out(self) -> Action:
        return self.pad()


class CommGuard:
    """Headers at every frame, and an alignment manager that pads and discards up to them."""

    name = "commguard"
    makes_headers = True

    def __init__(self, id_width: int = 32) -> None:
        self.id_width = id_width

    def inserter(self, queue_name: str) -> Inserter:
        return HeaderInserter(self.id_width)

    def aligner(self, queue_name: str) -> Aligner:
        return AlignmentManager(self.id_width)


class ReliableQueue:
    """A queue whose pointers cannot be corrupted, and nothing that knows of frames."""

    name = "reliable-queue"
    makes_headers = False

    def inserter(self, queue_name: str) -> Inserter:
        return BareInserter()

    def aligner(self, queue_name: str) -> Aligner:
        return Deliverer()


class SoftwareQueue:
    """Head, tail and buffer in memory that all cores share, moved by guest code, unguarded."""

    name = "software-queue"
    makes_headers = False

    def inserter(self, queue_name: str) -> Inserter:
        raise GuardlaneError(f"queue {queue_name} is moved by guest code: it has no inserter")

    def aligner(self, queue_name: str) -> Aligner:
        raise GuardlaneError(f"queue {queue_name} is moved by guest code: it has no aligner")


class PassThrough:
    """Headers inserted and thrown away: what they cost, without what they are for."""

    name = "pass-through"
    makes_headers = True

    def __init__(self, id_width: int = 32) -> None:
        self.id_width = id_width

    def inserter(self, queue_name: str) -> Inserter:
        return HeaderInserter(self.id_width)

    def aligner(self, queue_name: str) -> Aligner:
        return Deliverer()
