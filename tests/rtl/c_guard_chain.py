# SPDX-License-Identifier: Apache-2.0
"""A core, the C library's inserter, queue and alignment manager, and a core, judged as they run.

The cores miscount, stall and lose patience at random; headers, tags and pointers are flipped. An
item is known by its frame and its place among the pushes of that frame, entered or not, which no
part of the library sees: what travels is a number for it.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

from guardlane_rtl.scoreboard import Item, Scoreboard
from tests.rtl.c_guard import library

PATIENT = 1 << 30  # cycles


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to a chain: chances of a cycle or a header, patience in cycles."""

    bad: float = 0.0  # a header beyond repair
    flips: float = 0.0  # one upset: of a header as it enters, of a shared pointer in a cycle
    double: float = 0.0  # two upsets of a shared pointer, a cycle
    push_patience: int = PATIENT
    pop_patience: int = PATIENT


class Chain:
    """One run: `depth` words, `frames` frames of 0 to 4 pushes and pops, most often equal."""

    def __init__(
        self, seed: int, weather: Weather, *, frames: int = 60, depth: int = 4, working_set: int = 2
    ) -> None:
        self.ffi, self.lib = library()
        self.rng, self.weather, self.frames = random.Random(seed), weather, frames
        self.board = Scoreboard()
        self.events: Counter[str] = Counter()
        self.steps = 0  # calls of the library by a core, each judged
        lib, ffi = self.lib, self.ffi
        self.words = ffi.new("guardlane_word[]", depth)
        self.q, self.hi, self.am = (
            ffi.new(f"guardlane_{part} *") for part in ("queue", "inserter", "alignment")
        )
        lib.guardlane_queue_init(self.q, self.words, depth, working_set, 32, 32)
        lib.guardlane_inserter_init(self.hi, 32, 0)
        lib.guardlane_alignment_init(self.am, 32, 0xDEAD)
        self.marks: list[Item] = []  # by the number that travels
        self.script = self._draw()
        self.busy = self.rng.choice((0.2, 0.6, 1.0)), self.rng.choice((0.2, 0.6, 1.0))
        self.source, self.sink = self._commands(0), self._commands(1)
        self.waited = [0, 0]

    def run(self, limit: int = 20_000) -> Counter[str]:
        """Run until both ends have ended; returns the promises broken."""
        for _ in range(limit):
            if self.rng.random() < self.busy[0] and self.source:
                self._produce()
            if self.rng.random() < self.busy[1] and self.sink:
                self._consume()
            self.lib.guardlane_queue_clock(self.q)
            self._flip_pointers()
            if not self.source and not self.sink:
                return self.board.finish()
        raise AssertionError(f"stuck before {self.source[:1]} and {self.sink[:1]}")

    # What the cores do, which a wrong design does in another way.

    def push(self, number: int, flags: int) -> int:
        return int(self.lib.guardlane_push(self.hi, self.q, self.words, number, flags))

    def push_header(self, frame: int, flags: int) -> int:
        return int(self.lib.guardlane_push_header(self.hi, self.q, self.words, frame, flags))

    def pop(self, flags: int, answer: Any) -> int:
        return int(self.lib.guardlane_pop(self.am, self.q, self.words, flags, answer))

    def _draw(self) -> list[tuple[int, int]]:
        """Draw pushes and pops for each frame."""
        counts = []
        for _ in range(self.frames):
            rate = self.rng.randrange(5)
            wrong = (self.rng.choice((-1, 0, 0, 0, 1)) for _ in range(2))
            pushes, pops = (max(0, min(4, rate + error)) for error in wrong)
            counts.append((pushes, pops))
        return counts

    def _commands(self, end: int) -> list[tuple[str, int]]:
        """List what one core does: (command, frame)."""
        commands = []
        for frame, counts in enumerate(self.script, 1):
            commands += [("frame", frame)] + [("item", frame)] * counts[end]
        return [*commands, ("end", 0)]

    def _produce(self) -> None:
        lib, (command, frame) = self.lib, self.source[0]
        flags = lib.GUARDLANE_TIMEOUT * (self.waited[0] >= self.weather.push_patience)
        at = self.q.written % self.q.depth
        if command == "frame":
            result = self.push_header(frame, flags)
        elif command == "item":
            result = self.push(len(self.marks), flags)
        else:
            result = lib.guardlane_push_end(self.hi, self.q, self.words, flags)
        self._note(result)
        self.waited[0] += 1
        if not result & lib.GUARDLANE_DONE:
            lib.guardlane_queue_publish(self.q)
            return
        self.waited[0] = 0
        self.source.pop(0)
        has_entered = bool(result & lib.GUARDLANE_ENTERED)
        if command == "frame":
            self._header_is_out(frame, has_entered, at)
        elif command == "end":
            self.board.producer_ended()
        else:
            self._item_is_out(frame, has_entered, result)
            if has_entered and self.rng.random() < self.weather.flips:
                self.words[at].tag ^= 1 << self.rng.randrange(3)

    def _header_is_out(self, frame: int, has_entered: bool, at: int) -> None:
        if not has_entered:
            self.board.header_skipped(frame)
            return
        is_bad = self.rng.random() < self.weather.bad
        if is_bad or self.rng.random() < self.weather.flips:
            for bit in self.rng.sample(range(40), 2 if is_bad else 1):
                self.words[at].payload ^= 1 << bit
        self.board.header_entered(frame, is_bad=is_bad)

    def _item_is_out(self, frame: int, has_entered: bool, result: int) -> None:
        place = self.marks[-1].position + 1 if self.marks and self.marks[-1].frame == frame else 0
        self.marks.append(Item(frame, place))
        if has_entered:
            self.board.pushed_frame = frame  # where a wrong design lets items in without a header
            self.board.item_entered()
        elif result & self.lib.GUARDLANE_DROPPED_TAIL:
            self.board.tail_dropped()

    def _consume(self) -> None:
        lib, (command, frame) = self.lib, self.sink[0]
        if command == "frame":
            result = lib.guardlane_alignment_new_frame(self.am, frame)
            assert result == lib.GUARDLANE_DONE
            self._note(result)
            self.board.frame_started(frame)
        elif command == "end":
            result = lib.guardlane_pop_end(self.am, self.q)
            assert result == lib.GUARDLANE_DONE
            self._note(result)
            self.board.consumer_ended()
        elif not self._pop():
            return
        self.sink.pop(0)

    def _pop(self) -> bool:
        """Look once; whether the pop was answered."""
        lib = self.lib
        flags = lib.GUARDLANE_TIMEOUT * (self.waited[1] >= self.weather.pop_patience)
        head = self.words[self.q.read % self.q.depth].payload
        answer = self.ffi.new("guardlane_answer *")
        result = self.pop(flags, answer)
        self._note(result)
        self.waited[1] += 1
        if result & lib.GUARDLANE_DISCARDED_ITEM:
            self.board.discarded(self.marks[head])
        if not result & lib.GUARDLANE_DONE:
            if not result & lib.GUARDLANE_TOOK:
                lib.guardlane_queue_release(self.q)
            return False
        self.waited[1] = 0
        if result & lib.GUARDLANE_TIMEOUT_TAKEN:
            self.board.timed_out()
        if answer.is_pad:
            assert answer.data == 0xDEAD
            self.board.padded()
        else:
            self.board.delivered(self.marks[answer.data])
        return True

    def _flip_pointers(self) -> None:
        chance, weather = self.rng.random(), self.weather
        if chance >= weather.flips + weather.double:
            return
        bits = self.rng.sample(range(4), 2 if chance < weather.double else 1)
        name = self.rng.choice(("write_word", "read_word"))
        setattr(self.q, name, getattr(self.q, name) ^ sum(1 << bit for bit in bits))

    def _note(self, result: int) -> None:
        self.steps += 1
        assert not result & self.lib.GUARDLANE_INVALID
        for name in ("PADDED", "DISCARDED_ITEM", "DISCARDED_HEADER", "TIMEOUT_TAKEN",
                     "SKIPPED_FRAME", "DROPPED_TAIL", "WORD_CORRECTED", "WORD_DETECTED",
                     "POINTER_CORRECTED", "POINTER_DETECTED"):  # fmt: skip
            self.events[name] += bool(result & getattr(self.lib, f"GUARDLANE_{name}"))
