# SPDX-License-Identifier: Apache-2.0
"""The header inserter: marks where frames begin on a queue, and never leaves half a promise there.

A push that waited too long costs the tail of its frame, a header that did costs its whole frame; an
item lost alone would shift those behind it, a header lost alone would pass them off as another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from guardlane.errors import GuardlaneError
from guardlane.guard.words import EOC, HEADER, ITEM, Unit


class Command(IntEnum):
    """What a core asks of an out-queue, as the ports carry it."""

    PUSH = 0
    NEW_FRAME = 1
    END = 2


class Fate(NamedTuple):
    """What one cycle did to the command on offer."""

    is_done: bool = False
    is_dropping: bool = False  # whether pushes are swallowed from now on
    skips_frame: bool = False
    drops_tail: bool = False


def unit_of(command: Command, active: int, data: int, id_width: int, delay_frames: int = 0) -> Unit:
    """Return the unit that `command` puts on its queue; on a feedback edge headers run ahead."""
    if command == Command.PUSH:
        return Unit(ITEM, data=data)
    if command == Command.END:
        return Unit(EOC)
    return Unit(HEADER, (active + delay_frames) & ((1 << id_width) - 1))


def offers(is_dropping: bool, command: Command) -> bool:
    """Whether `command` puts a unit on the queue: all do, but a push into a frame that was cut."""
    return not (is_dropping and command == Command.PUSH)


def fate(is_dropping: bool, command: Command, has_room: bool, has_timed_out: bool) -> Fate:
    """Return what becomes of `command` in a cycle; room in the cycle of the time-out wins."""
    if not offers(is_dropping, command):
        return Fate(is_done=True, is_dropping=True)
    if has_room:
        return Fate(is_done=True)
    if not has_timed_out:
        return Fate(is_dropping=is_dropping)
    if command == Command.PUSH:
        return Fate(is_done=True, is_dropping=True, drops_tail=True)
    # an end that cannot enter is given up: the closed flag says the same
    return Fate(is_done=True, is_dropping=True, skips_frame=command == Command.NEW_FRAME)


def preload(initial: Sequence[int], items_per_frame: int) -> list[Unit]:
    """Return what a feedback queue holds before the first frame: its delay, under headers 1 to d.

    Raises GuardlaneError unless `initial` is a whole number of frames: a consumer would drop the
    rest as surplus, and a loop that runs without errors would come to a halt.
    """
    delay, rest = divmod(len(initial), items_per_frame)
    if rest:
        raise GuardlaneError(
            f"a feedback queue's delay must be whole frames of {items_per_frame} items, "
            f"not {len(initial)} items"
        )
    units: list[Unit] = []
    for frame in range(delay):
        units.append(Unit(HEADER, frame + 1))
        items = initial[frame * items_per_frame : (frame + 1) * items_per_frame]
        units.extend(Unit(ITEM, data=item) for item in items)
    return units
