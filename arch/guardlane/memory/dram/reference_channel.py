# SPDX-License-Identifier: Apache-2.0
"""The readable channel: it asks the rules of the device for every command, over all that went out.

It is the oracle of the compiled scheduler, and shares nothing with it but the meaning of its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from guardlane.memory.dram.channel import Controller
from guardlane.memory.dram.geometry import Geometry
from guardlane.memory.dram.rules import ACT, ALL, PRE, PREA, RD, REF, Command, History
from guardlane.memory.dram.schedule import AHEAD
from guardlane.memory.dram.timing import Timing


@dataclass
class Read:
    """A read: which it is, where it goes, when it arrived and is seen; later what became of it."""

    number: int
    bank: int
    row: int
    arrival: int
    lead: int
    seen: int
    done: int = 0
    stack: dict[str, int] = field(default_factory=dict)


class ReferenceChannel:
    """A channel that keeps every command it ever gave."""

    def __init__(self, timing: Timing, geometry: Geometry, controller: Controller) -> None:
        self.timing, self.geometry, self.controller = timing, geometry, controller
        self.history = History(timing, geometry)
        self.commands: list[Command] = []
        self.taken: set[int] = set()  # cycles of the command bus
        self.open_rows: dict[int, int] = {}
        self.due = [timing.tREFI * (r + 1) // geometry.ranks for r in range(geometry.ranks)]
        self.blocked = [(0, 0)] * geometry.ranks
        self.last = -AHEAD

    def run(
        self, bank: Sequence[int], row: Sequence[int], arrivals: Sequence[int],
        translation: Sequence[int], outstanding: int, think: int,
    ) -> list[Read]:  # fmt: skip
        """Serve all reads, in the order in which their data come."""
        arrival = list(arrivals)
        window: list[Read] = []
        served: list[Read] = []
        issued = 0
        while len(served) < len(bank):
            for rank in range(self.geometry.ranks):
                while self.due[rank] + AHEAD <= self.last:
                    self.refresh(rank)
            known = min(len(bank), len(served) + outstanding)
            while issued < known and len(window) < self.controller.window:
                came, lead = arrival[issued], self.controller.before + translation[issued]
                seen = max(came + lead, self.last)
                window.append(Read(issued, bank[issued], row[issued], came, lead, seen))
                issued += 1
            chosen = min(window, key=lambda read: (self.plan(read)[1], read.number))
            first, _ = self.plan(chosen)
            rank = self.history.place("rank", chosen.bank)
            if first >= self.due[rank]:
                self.refresh(rank)
                continue
            self.serve(chosen, rank)
            window.remove(chosen)
            if len(served) + outstanding < len(bank):
                arrival[len(served) + outstanding] = chosen.done + think
            served.append(chosen)
        return served

    def plan(self, read: Read) -> tuple[int, int]:
        """Value of the cycles of a read's activate (of its CAS, if the row is open) and CAS."""
        rules = self.history
        if self.open_rows.get(read.bank) == read.row:
            at = rules.earliest(RD, read.bank, read.seen)
            return at, at
        ready = read.seen
        if read.bank in self.open_rows:
            ready = rules.earliest(PRE, read.bank, read.seen) + self.timing.tRP
        activate = rules.earliest(ACT, read.bank, ready)
        cas = rules.earliest(RD, read.bank, activate + self.timing.tRCD)
        return activate, cas

    def give(self, name: str, bank: int, row: int, at: int) -> int:
        """Give a command in the first free cycle from `at` on, and say which it was."""
        while at in self.taken:
            at += 1
        self.taken.add(at)
        command = Command(at, name, bank, row)
        self.commands.append(command)
        self.history.add(command)
        return at

    def refresh(self, rank: int) -> None:
        """Close the open rows of a rank with one command, and refresh it."""
        size = self.geometry.groups * self.geometry.banks
        first, due = rank * size, self.due[rank]
        opened = [bank for bank in range(first, first + size) if bank in self.open_rows]
        if opened:
            self.give(PREA, first, -1, self.history.earliest(PREA, first, due))
            for bank in opened:
                del self.open_rows[bank]
        start = self.give(REF, first, -1, self.history.earliest(REF, first, due))
        self.blocked[rank] = (due, start + self.timing.tRFC)
        self.due[rank] += self.timing.tREFI

    def serve(self, read: Read, rank: int) -> None:
        """Give the commands of a read, and take its latency apart."""
        bank, given, alone = read.bank, [], self.timing.CL
        ready = read.seen
        if self.open_rows.get(bank) != read.row:
            ready = max(read.seen, self.last - AHEAD)
            if bank in self.open_rows:
                at = self.history.earliest(PRE, bank, ready)
                given.append(self.give(PRE, bank, self.open_rows[bank], at))
                alone += self.timing.tRP
            at = self.history.earliest(ACT, bank, ready)
            given.append(self.give(ACT, bank, read.row, at))
            alone += self.timing.tRCD
            self.open_rows[bank] = read.row
        self.last = self.give(RD, bank, read.row, self.history.earliest(RD, bank, ready))
        first = min([*given, self.last])
        data = self.last + self.timing.CL + self.timing.BL
        read.done = data + self.controller.after
        start, end = self.blocked[rank]
        refresh = max(0, min(first, end) - max(read.seen, start))
        read.stack = {
            "queue": first - read.arrival - read.lead - refresh,
            "bank": alone,
            "bus": data - first - alone,
            "refresh": refresh,
            "on_chip": self.controller.before + self.controller.after,
            "translation": read.lead - self.controller.before,
        }

    def log(self) -> list[list[int]]:
        """Value of the commands as rows of cycle, number, bank, row, in the order of giving."""
        return [[one.cycle, ALL.index(one.name), one.bank, one.row] for one in self.commands]
