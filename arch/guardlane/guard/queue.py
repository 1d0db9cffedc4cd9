# SPDX-License-Identifier: Apache-2.0
"""The queue manager clock by clock: two ends that share no more than two protected pointers.

Each end moves its own pointer word by word, and the shared copy, which the other end reads, only
when a working set is full or its core stalls. The shared pointers are codewords: one flipped bit is
repaired as it is read, two make the reader keep the last value it trusts until the owner, who has
its own copy, writes the pointer again.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple, Protocol

from guardlane.errors import GuardlaneError
from guardlane.guard.secded import Secded
from guardlane.guard.words import ITEM, Unit


class QueueInputs(NamedTuple):
    """The input ports of one cycle."""

    push_valid: bool = False
    push_kind: int = ITEM
    push_id: int = 0
    push_data: int = 0
    publish: bool = False  # the producer's core is stalled
    close: bool = False
    pop_ready: bool = False
    release: bool = False  # the consumer's core is stalled
    drain: bool = False


class QueueOutputs(NamedTuple):
    """The output ports of one cycle."""

    push_ready: bool
    pop_valid: bool
    pop_kind: int
    pop_id: int
    pop_data: int
    closed: bool
    occupancy: int  # words, as the producer sees them
    corrected: bool
    detected: bool


class SharedPointer:
    """A pointer one end moves and the other reads `latency` cycles later, kept as a codeword.

    It counts words modulo twice the depth, so that a full queue and an empty one differ.
    """

    def __init__(self, code: Secded, latency: int) -> None:
        self.code = code
        self.owned = 0  # the owner's own copy
        self.trusted = 0  # the last value the reader could use
        self.cells = deque([code.encode(0)] * latency, maxlen=latency)  # newest first
        self.moves = 0
        self._clean = code.encode(0)

    def flip(self, mask: int) -> None:
        """Flip the bits of `mask` in the stored codeword."""
        self.cells[0] ^= mask

    def read(self) -> tuple[bool, bool]:
        """Decode what has arrived at the reader into `trusted`; returns (corrected, detected)."""
        found = self.code.decode(self.cells[-1])
        if not found.is_uncorrectable:
            self.trusted = found.data
        return found.is_corrected, found.is_uncorrectable

    def clock(self, value: int) -> None:
        """Take the clock edge: write the owner's value over whatever a flip has made of it."""
        if value != self.owned:
            self.owned = value
            self.moves += 1
            self._clean = self.code.encode(value)
        self.cells.appendleft(self._clean)


class Slots(Protocol):
    """Where a queue keeps its words, by slot."""

    def __getitem__(self, slot: int, /) -> Unit: ...
    def __setitem__(self, slot: int, unit: Unit, /) -> None: ...


class QueueManager:
    """One queue of `depth` words with working sets of `working_set` words.

    `latency` is the cycles a moved pointer takes to be seen, 1 for a bare register.
    """

    def __init__(self, depth: int, working_set: int = 1, latency: int = 1) -> None:
        check_queue(depth, working_set, latency)
        self.depth = depth
        self.working_set = working_set
        self.latency = latency
        self.reset()

    def reset(self) -> None:
        """Return to the state after `rst_ni`."""
        code = Secded((2 * self.depth - 1).bit_length())
        self.slots: Slots = [Unit(ITEM)] * self.depth
        self.written = 0  # words modulo twice the depth
        self.read = 0
        self.in_write_set = 0  # words since the last set boundary
        self.in_read_set = 0
        self.write_pointer = SharedPointer(code, self.latency)
        self.read_pointer = SharedPointer(code, self.latency)
        self.closing = deque([False] * self.latency, maxlen=self.latency)

    def look(self, *, drain: bool = False) -> QueueOutputs:
        """Return the outputs of this cycle, which depend on no other input than `drain`."""
        corrected_data, detected_data = self.write_pointer.read()
        corrected_space, detected_space = self.read_pointer.read()
        occupancy = (self.written - self.read_pointer.trusted) % (2 * self.depth)
        holds = self._holds()
        unit = self.slots[self.read % self.depth] if holds else Unit(ITEM)
        # A pointer beyond repair may hide words that are left: closed, but not known to be empty.
        closed = self.closing[-1] and not holds and not detected_data
        return QueueOutputs(
            occupancy < self.depth, holds and not drain, *unit, closed, occupancy,
            corrected_data or corrected_space, detected_data or detected_space,
        )  # fmt: skip

    def _holds(self) -> bool:
        """Whether the reader, by the pointer that it has last read, has words before it."""
        return self.write_pointer.trusted != self.read

    def cycle(self, i: QueueInputs) -> QueueOutputs:
        """Return the outputs for the inputs `i` of this cycle, and clock the registers."""
        span = 2 * self.depth
        outputs = self.look(drain=i.drain)
        published, released = self.write_pointer.owned, self.read_pointer.owned
        boundary = False
        if i.push_valid and outputs.push_ready:
            self.slots[self.written % self.depth] = Unit(i.push_kind, i.push_id, i.push_data)
            self.written = (self.written + 1) % span
            self.in_write_set = (self.in_write_set + 1) % self.working_set
            boundary = self.in_write_set == 0
        if boundary or i.publish or i.close:
            published = self.written
        boundary = False
        if self._holds() and (i.pop_ready or i.drain):
            self.read = (self.read + 1) % span
            self.in_read_set = (self.in_read_set + 1) % self.working_set
            boundary = self.in_read_set == 0
        if boundary or i.release or i.drain:
            released = self.read
        self.write_pointer.clock(published)
        self.read_pointer.clock(released)
        self.closing.appendleft(i.close or self.closing[0])
        return outputs


def check_queue(depth: int, working_set: int, latency: int) -> None:
    """Raise GuardlaneError unless a queue can have these words, words and cycles."""
    if not 1 <= working_set <= depth:
        raise GuardlaneError(
            f"a working set must be 1 to {depth} words (the depth), not {working_set}"
        )
    if latency < 1:
        raise GuardlaneError(f"the latency of a queue must be 1 cycle or more, not {latency}")
