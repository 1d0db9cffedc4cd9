# SPDX-License-Identifier: Apache-2.0
"""A bench for alignment managers: a script of frames, driven into any implementation's ports.

The bench keeps the port rules (an offer stands until it is taken, a time-out until its answer is
taken, the next command waits for the last answer) and decides from its own random numbers and from
past handshakes only, so that an implementation may answer as late as it likes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Protocol

from guardlane.guard.shell_alignment import AlignmentInputs, AlignmentOutputs, Command
from guardlane.guard.words import BAD, EOC, HEADER, ITEM
from guardlane_rtl.scoreboard import Item, Scoreboard

PATIENT = 1 << 30  # cycles; a pop that never times out


class Alignment(Protocol):
    """An alignment manager seen through its ports."""

    def cycle(self, i: AlignmentInputs) -> AlignmentOutputs:
        """Return the outputs of this cycle and take the clock edge."""


@dataclass(frozen=True, slots=True)
class Script:
    """What happens at the two ends of a queue, without time.

    `units` are (kind, id, data, frame, index) in queue order, frame and index being the mark of an
    item; `commands` are (command, frame) in the consumer's order. `busy` is the share of cycles in
    which a new offer is made, `patience` the cycles a pop waits.
    """

    units: tuple[tuple[int, int, int, int, int], ...]
    commands: tuple[tuple[int, int], ...]
    busy: tuple[float, float, float]  # commands, units, readiness for answers
    patience: int
    has_strays: bool = False  # whether units stand among them that no scoreboard can judge


def random_script(
    rng: random.Random,
    frames: int,
    id_width: int,
    *,
    bad: float = 0.0,
    lost: float = 0.0,
    wild: float = 0.0,
    patience: int = PATIENT,
    first_frame: int = 1,
) -> Script:
    """Draw a script: 0 to 4 pushes and pops a frame, most often equal.

    `bad` is the chance of a header to be uncorrectable, `lost` of a whole frame to be missing,
    `wild` of a unit that no producer would send (any kind, any id).
    """
    mask = (1 << id_width) - 1
    units: list[tuple[int, int, int, int, int]] = []
    commands: list[tuple[int, int]] = []
    for frame in range(first_frame, first_frame + frames):
        rate = rng.randrange(5)
        pushes, pops = (max(0, min(4, rate + rng.choice((-1, 0, 0, 0, 1)))) for _ in range(2))
        commands += [(Command.NEW_FRAME, frame)] + [(Command.POP, frame)] * pops
        if rng.random() < lost:
            continue
        kind = BAD if rng.random() < bad else HEADER
        units.append((kind, frame & mask, 0, frame, 0))
        for index in range(pushes):
            units.append((ITEM, 0, len(units), frame, index))
            if rng.random() < wild:
                units.append((rng.randrange(4), rng.randrange(mask + 1), len(units), 0, 0))
    units.append((BAD if rng.random() < bad else EOC, 0, 0, 0, 0))
    commands.append((Command.END, 0))
    busy = rng.choice((0.3, 0.7, 1.0)), rng.choice((0.3, 0.7, 1.0)), rng.choice((0.3, 0.7, 1.0))
    return Script(tuple(units), tuple(commands), busy, patience, wild > 0)


class AlignmentBench:
    """Drives a script into an implementation and tells a scoreboard what came of it."""

    def __init__(self, script: Script, seed: int, id_width: int) -> None:
        self.script = script
        self.mask = (1 << id_width) - 1
        self.scoreboard = Scoreboard()
        self.toss = random.Random(seed).random
        self.inputs: list[AlignmentInputs] = []
        self.outputs: list[AlignmentOutputs] = []

    def run(self, dut: Alignment, limit: int = 100_000) -> bool:
        """Run `dut` from reset until some cycles past its END; False if `limit` cycles pass
        first."""
        board, units, commands = self.scoreboard, self.script.units, self.script.commands
        toss = self.toss
        offer_command, offer_unit, is_open = False, False, False
        next_command, next_unit, age, active, ended_for = 0, 0, 0, 0, 0
        answered = True
        taken: list[Item] = []
        busy_command, busy_unit, busy_answer = self.script.busy
        for _ in range(limit):
            if not offer_command and not is_open and next_command < len(commands):
                offer_command = toss() < busy_command
                if offer_command and commands[next_command][0] == Command.NEW_FRAME:
                    active = commands[next_command][1]
            if not offer_unit and next_unit < len(units) and toss() < busy_unit:
                offer_unit = True
                self._enter(units[next_unit])
            kind, ident, data, frame, index = units[next_unit] if offer_unit else (ITEM, 0, 0, 0, 0)
            is_closed = not offer_unit and next_unit == len(units)
            if is_closed:
                board.has_producer_ended = True
            i = AlignmentInputs(
                offer_command,
                commands[next_command][0] if offer_command else 0,
                active & self.mask,
                offer_unit, kind, ident, data, is_closed,
                is_open and age >= self.script.patience,
                toss() < busy_answer,
            )  # fmt: skip
            if i.timeout and not (answered or offer_unit or is_closed):
                board.timed_out()
            o = dut.cycle(i)
            self.inputs.append(i)
            self.outputs.append(o)
            age += 1
            if offer_command and o.cmd_ready:
                offer_command = False
                command, frame_of_command = commands[next_command]
                next_command += 1
                if command == Command.POP:
                    is_open, answered, age = True, False, 0
                elif command == Command.NEW_FRAME:
                    board.frame_started(frame_of_command)
                else:
                    board.consumer_ended()
            if offer_unit and o.unit_ready:
                offer_unit = False
                next_unit += 1
                if kind == ITEM:
                    taken.append(Item(frame, index))
                    if board.has_consumer_ended:
                        board.discarded(taken.pop())
            if o.rsp_valid and not answered:
                answered = True
                self._answer(o, taken)
            if o.rsp_valid and i.rsp_ready:
                is_open = False
            if board.has_consumer_ended:
                ended_for += 1
                if ended_for > 8:
                    return True
        return False

    def _enter(self, unit: tuple[int, int, int, int, int]) -> None:
        kind, _, _, frame, _ = unit
        if kind == ITEM:
            self.scoreboard.item_entered()
        elif frame:
            self.scoreboard.header_entered(frame, is_bad=kind == BAD)
        else:
            self.scoreboard.producer_ended()

    def _answer(self, o: AlignmentOutputs, taken: list[Item]) -> None:
        item = None
        if not o.rsp_pad:
            unit = self.script.units[o.rsp_data]
            item = Item(unit[3], unit[4])
            if item in taken:
                taken.remove(item)
        for dropped in taken:
            self.scoreboard.discarded(dropped)
        taken.clear()
        if item is None:
            self.scoreboard.padded()
        else:
            self.scoreboard.delivered(item)
