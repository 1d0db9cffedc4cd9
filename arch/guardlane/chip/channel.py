# SPDX-License-Identifier: Apache-2.0
"""One queue of the reference chip: its words, and what each end knows of the other."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from guardlane.chip.columns import NEVER
from guardlane.guard.contract import Aligner, Inserter
from guardlane.guard.words import ITEM, Unit


@dataclass(eq=False)
class Channel:
    """A queue with working sets between the guards of two tiles."""

    number: int
    producer: int
    consumer: int
    depth: int
    working_set: int
    inserter: Inserter
    aligner: Aligner
    delay: int = 0  # frames by which the producer's ids run ahead
    words: deque[Unit] = field(default_factory=deque)
    arrivals: deque[int] = field(default_factory=deque)  # cycle in which each word can be seen
    returns: deque[tuple[int, int]] = field(
        default_factory=deque
    )  # (cycle, slots) on their way back
    closed_from: int = NEVER
    written: int = 0
    published: int = 0
    read: int = 0
    released: int = 0
    freed: int = 0
    drained: int = 0
    headers: int = 0
    ecc_operations: int = 0

    def has_room(self, cycle: int) -> bool:
        """Whether the producer knows of a free slot at `cycle`."""
        while self.returns and self.returns[0][0] <= cycle:
            self.freed += self.returns.popleft()[1]
        return self.written - self.freed < self.depth

    def seen_from(self) -> int:
        """Value of the cycle from which the next word can be seen, NEVER if none is coming."""
        return self.arrivals[0] if self.arrivals else NEVER

    def write(self, unit: Unit) -> bool:
        """Store a word; True when that fills a working set."""
        self.words.append(unit)
        self.written += 1
        if unit.kind != ITEM:
            self.headers += 1
            self.ecc_operations += 1  # the header's encoding
        return self.written % self.working_set == 0

    def take(self) -> Unit:
        """Remove the next word to examine it."""
        self.arrivals.popleft()
        self.read += 1
        self.ecc_operations += self.words[0].kind != ITEM
        return self.words.popleft()

    def drop(self) -> None:
        """Remove the next word without a look at it: the consumer has ended."""
        self.arrivals.popleft()
        self.words.popleft()
        self.read += 1
        self.drained += 1

    def publish(self) -> int:
        """Value of the words that become the network's to announce."""
        words, self.published = self.written - self.published, self.written
        self.ecc_operations += 2 * (
            words > 0
        )  # the writer encodes the pointer, the reader decodes it
        return words

    def release(self) -> int:
        """Value of the slots that become the network's to return."""
        slots, self.released = self.read - self.released, self.read
        self.ecc_operations += 2 * (slots > 0)
        return slots
