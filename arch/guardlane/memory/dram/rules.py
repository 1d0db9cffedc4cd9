# SPDX-License-Identifier: Apache-2.0
"""What a log of commands must keep: the timings of the device as rules between two commands.

This is the judge of the scheduler, and knows nothing of it: rules, commands and their times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from guardlane.memory.dram.geometry import Geometry
from guardlane.memory.dram.timing import Timing

PRE, ACT, RD, PREA, REF = "PRE", "ACT", "RD", "PREA", "REF"
ALL = (PRE, ACT, RD, PREA, REF)
BANK, GROUP, RANK, CHANNEL = "bank", "group", "rank", "channel"
MOST_POSTPONED = 9  # average refresh intervals between two refreshes of a rank, by the standard


@dataclass(frozen=True)
class Rule:
    """From one of `before` to one of `after` in the same `scope`, `cycles` or more must pass.

    `back` is which of the commands before counts: 4 for a window of four activates. With
    `is_other` the two are in different ranks.
    """

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    scope: str
    cycles: int
    back: int = 1
    is_other: bool = False


@dataclass(frozen=True)
class Command:
    """One command on the bus; a command to a rank has the first bank of it."""

    cycle: int
    name: str
    bank: int
    row: int


def rules(timing: Timing) -> list[Rule]:
    """Value of all rules that a device with these timings has for reads."""
    t = timing
    return [
        Rule("tRCD", (ACT,), (RD,), BANK, t.tRCD),
        Rule("tRP", (PRE,), (ACT,), BANK, t.tRP),
        Rule("tRP", (PREA,), (ACT,), RANK, t.tRP),
        Rule("tRP", (PRE, PREA), (REF,), RANK, t.tRP),
        Rule("tRAS", (ACT,), (PRE,), BANK, t.tRAS),
        Rule("tRAS", (ACT,), (PREA,), RANK, t.tRAS),
        Rule("tRC", (ACT,), (ACT,), BANK, t.tRC),
        Rule("tRC", (ACT,), (REF,), RANK, t.tRC),
        Rule("tRTP", (RD,), (PRE,), BANK, t.tRTP),
        Rule("tRTP", (RD,), (PREA,), RANK, t.tRTP),
        Rule("tRRD_S", (ACT,), (ACT,), RANK, t.tRRD_S),
        Rule("tRRD_L", (ACT,), (ACT,), GROUP, t.tRRD_L),
        Rule("tFAW", (ACT,), (ACT,), RANK, t.tFAW, back=4),
        Rule("tCCD_S", (RD,), (RD,), RANK, t.tCCD_S),
        Rule("tCCD_L", (RD,), (RD,), GROUP, t.tCCD_L),
        Rule("BL", (RD,), (RD,), CHANNEL, t.BL),
        Rule("tRTRS", (RD,), (RD,), CHANNEL, t.BL + t.tRTRS, is_other=True),
        Rule("tRFC", (REF,), (ACT, REF), RANK, t.tRFC),
        Rule("command bus", ALL, ALL, CHANNEL, 1),
    ]


class History:
    """Commands given so far, in any order of time, and when the next one may follow."""

    def __init__(self, timing: Timing, geometry: Geometry) -> None:
        self.rules = rules(timing)
        self.geometry = geometry
        self.times: dict[tuple[str, str, int], list[int]] = defaultdict(list)

    def place(self, scope: str, bank: int) -> int:
        """Value of the number of what holds a bank: itself, its group, its rank, the channel."""
        per_group, groups = self.geometry.banks, self.geometry.groups
        sizes = {BANK: 1, GROUP: per_group, RANK: per_group * groups}
        return bank // sizes[scope] if scope in sizes else 0

    def add(self, command: Command) -> None:
        """Note a command, in the order of time within each of its scopes."""
        for scope in (BANK, GROUP, RANK, CHANNEL):
            times = self.times[command.name, scope, self.place(scope, command.bank)]
            times.append(command.cycle)
            times.sort()

    def bound(self, rule: Rule, bank: int) -> int | None:
        """Value of the first cycle that a rule allows a command to `bank` in, None if any."""
        places = [self.place(rule.scope, bank)]
        scope = rule.scope
        if rule.is_other:
            own, scope = self.place(RANK, bank), RANK
            places = [rank for rank in range(self.geometry.ranks) if rank != own]
        times = sorted(
            time
            for name in rule.before
            for place in places
            for time in self.times[name, scope, place][-rule.back :]
        )
        return times[-rule.back] + rule.cycles if len(times) >= rule.back else None

    def earliest(self, name: str, bank: int, at: int = 0) -> int:
        """Value of the first cycle from `at` on in which all rules allow a command to `bank`."""
        bounds = (
            self.bound(rule, bank)
            for rule in self.rules
            if name in rule.after and rule.name != "command bus"
        )
        return max([at, *(bound for bound in bounds if bound is not None)])


def violations(log: Iterable[Any], timing: Timing, geometry: Geometry) -> Iterator[str]:
    """Find what a log (rows of cycle, command, bank, row) breaks, a line for each breach.

    Besides the rules: a read finds its row open, only an open bank is closed and only a closed one
    opened, a rank is refreshed closed, and in time.
    """
    history = History(timing, geometry)
    size = geometry.groups * geometry.banks
    open_rows: dict[int, int] = {}
    refreshed: dict[int, int] = {}
    for cycle, number, bank, row in sorted(tuple(int(word) for word in entry) for entry in log):
        command = Command(cycle, ALL[number], bank, row)
        for rule in history.rules:
            if command.name not in rule.after:
                continue
            bound = history.bound(rule, bank)
            if bound is not None and cycle < bound:
                yield f"{rule.name}: {command} came {bound - cycle} cycles too early"
        rank = bank // size
        banks = range(rank * size, (rank + 1) * size)
        if command.name == RD and open_rows.get(bank) != row:
            yield f"closed: {command} found row {open_rows.get(bank)}"
        if command.name == ACT and bank in open_rows:
            yield f"open: {command} found row {open_rows[bank]}"
        if command.name == PRE and bank not in open_rows:
            yield f"idle: {command} found no row"
        if command.name == REF:
            if any(one in open_rows for one in banks):
                yield f"open: {command} found a row"
            if cycle - refreshed.get(rank, 0) > MOST_POSTPONED * timing.tREFI:
                yield f"tREFI: {command} came {cycle - refreshed.get(rank, 0)} cycles after another"
            refreshed[rank] = cycle
        if command.name == ACT:
            open_rows[bank] = row
        if command.name == PRE:
            open_rows.pop(bank, None)
        if command.name == PREA:
            for one in banks:
                open_rows.pop(one, None)
        history.add(command)
