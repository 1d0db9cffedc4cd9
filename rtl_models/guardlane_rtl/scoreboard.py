# SPDX-License-Identifier: Apache-2.0
"""The promises of the guard, checked on what happened at the two ends of one queue.

The scoreboard is told, in the order of time, what entered the queue and what came of it. Each item
is known by the frame and position it was pushed at, which no checker can see. Neither the table of
the alignment manager nor its states appear here. The promises:

a  the i-th pop of a frame returns the i-th push of that frame, or a pad;
b  a pad comes only if the frame is exhausted (a later header, the end or the closed flag entered),
   a time-out has ended it, or its header was bad;
c  an item is discarded only if its frame is not the active one, its header was bad, a time-out has
   ended its frame, or the consumer has ended;
d  what is delivered never goes back: (frame, position) strictly increases;
e  with intact headers and no time-out, every pop for which an item was pushed returns it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple


class Item(NamedTuple):
    """Where an item stood when it was pushed: the producer's frame, its position from 0."""

    frame: int
    position: int


@dataclass(slots=True)
class Scoreboard:
    """One queue, from the first frame to the last; frames are counted from 1, without wrapping."""

    violations: Counter[str] = field(default_factory=Counter)  # promise -> times broken
    first: dict[str, str] = field(default_factory=dict)  # promise -> the first time, in words
    entered: Counter[int] = field(default_factory=Counter)  # frame -> items that entered
    pushed_frame: int = 0
    has_producer_ended: bool = False
    frame: int = 0
    pops: int = 0
    has_consumer_ended: bool = False
    latest: Item | None = None
    given_up: set[int] = field(default_factory=set)  # frames a time-out of the consumer ended
    bad: set[int] = field(default_factory=set)  # frames whose header was bad
    answers: list[tuple[int, int, Item | None]] = field(default_factory=list)
    is_disturbed: bool = False

    # The producer's end.

    def header_entered(self, frame: int, *, is_bad: bool = False) -> None:
        """Note that the header of `frame` entered the queue, or what a fault has left of it."""
        self.pushed_frame = frame
        if is_bad:
            self.bad.add(frame)
            self.is_disturbed = True

    def header_skipped(self, frame: int) -> None:
        """Note that the header of `frame`, and with it the frame, could not enter in time."""
        self.is_disturbed = True

    def item_entered(self) -> Item:
        """Note that an item of the producer's frame entered the queue; returns its mark."""
        item = Item(self.pushed_frame, self.entered[self.pushed_frame])
        self.entered[self.pushed_frame] += 1
        return item

    def tail_dropped(self) -> None:
        """Note that a push timed out: what is left of the producer's frame does not enter."""
        self.is_disturbed = True

    def producer_ended(self) -> None:
        """Note that the end of the computation, or the closed flag, entered."""
        self.has_producer_ended = True

    # The consumer's end.

    def frame_started(self, frame: int) -> None:
        """Note that the consumer is in `frame` now."""
        self.frame = frame
        self.pops = 0

    def timed_out(self) -> None:
        """Note that the pop that is answered next has waited too long."""
        self.given_up.add(self.frame)
        self.is_disturbed = True

    def delivered(self, item: Item) -> None:
        """Note that a pop got `item`."""
        if item != (self.frame, self.pops):
            self._break("a", f"pop {self.pops} of frame {self.frame} got {tuple(item)}")
        if self.latest is not None and item <= self.latest:
            self._break("d", f"{tuple(item)} came after {tuple(self.latest)}")
        self.latest = item
        self._answer(item)

    def padded(self) -> None:
        """Note that a pop got a pad."""
        is_over = self.has_producer_ended or self.pushed_frame > self.frame
        is_exhausted = is_over and self.entered[self.frame] <= self.pops
        if not is_exhausted and self.frame not in self.given_up | self.bad:
            self._break("b", f"pop {self.pops} of frame {self.frame} got a pad")
        self._answer(None)

    def discarded(self, item: Item) -> None:
        """Note that `item` was taken from the queue and delivered to nobody."""
        is_lost = item.frame in self.given_up | self.bad
        if item.frame == self.frame and not is_lost and not self.has_consumer_ended:
            self._break("c", f"{tuple(item)} was discarded in its own frame")

    def consumer_ended(self) -> None:
        """Note that the consumer pops no more; from now on everything may be discarded."""
        self.has_consumer_ended = True

    def finish(self) -> Counter[str]:
        """Check what can be said only at the end; returns how often each promise was broken."""
        if not self.is_disturbed:
            for frame, pop, item in self.answers:
                expected = Item(frame, pop) if pop < self.entered[frame] else None
                if item != expected:
                    got, due = (mark and tuple(mark) for mark in (item, expected))
                    self._break("e", f"pop {pop} of frame {frame} got {got}, not {due}")
        return self.violations

    def _answer(self, item: Item | None) -> None:
        self.answers.append((self.frame, self.pops, item))
        self.pops += 1

    def _break(self, promise: str, what: str) -> None:
        self.violations[promise] += 1
        self.first.setdefault(promise, what)
