# SPDX-License-Identifier: Apache-2.0
"""What a checker is: an object at each end of a queue, told what happens and asked what to do.

Write a class with these methods, name it under the entry point group `guardlane.guards`, and a chip
runs with it. Nothing here knows of cycles: the engine does the waiting and calls when it is over.
"""

from __future__ import annotations

from typing import Protocol

from guardlane.guard.alignment import Action
from guardlane.guard.words import Unit


class Inserter(Protocol):
    """The producer's end of one queue: turns what its core does into units."""

    def new_frame(self, active: int) -> Unit | None:
        """Return the unit that opens frame `active`, None for none."""

    def push(self, value: int) -> Unit | None:
        """Return the unit that carries `value` (the item's bits), None to swallow it."""

    def push_timed_out(self, unit: Unit) -> None:
        """Learn that `unit`, a header or an item, could not enter in time and is lost."""

    def end(self) -> Unit | None:
        """Return the unit that ends the computation, or None; the closed flag follows anyway."""


class Aligner(Protocol):
    """The consumer's end of one queue: decides what each pop gets. One answer a pop."""

    pads: int
    discarded_items: int
    discarded_headers: int

    @property
    def is_padding(self) -> bool:
        """Whether a pop gets a pad without a look at the queue; the engine then calls `pad`."""

    def new_frame(self, active: int) -> None:
        """Enter frame `active` (the core's counter has stepped already)."""

    def examine(self, unit: Unit) -> Action:
        """Judge the unit taken for the open pop: deliver it, pad, or drop it and look on."""

    def pad(self) -> Action:
        """Answer a pop while padding; returns PAD."""

    def closed(self) -> Action:
        """Answer a pop on a queue that is closed and empty; all but PAD would wait for ever."""

    def timed_out(self) -> Action:
        """Answer a pop that waited too long on an empty queue; it must be PAD."""


class Guard(Protocol):
    """A kind of checker: makes the two ends of each queue of a chip, which share only the units."""

    name: str
    makes_headers: bool  # whether queues need room for a header a frame

    def inserter(self, queue_name: str) -> Inserter:
        """Return the producer's end of a queue, named as the edge of the graph."""

    def aligner(self, queue_name: str) -> Aligner:
        """Return the consumer's end of a queue."""
