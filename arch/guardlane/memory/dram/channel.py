# SPDX-License-Identifier: Apache-2.0
"""A DRAM channel and what it makes of a stream of reads."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from guardlane.errors import GuardlaneError
from guardlane.memory.dram import schedule
from guardlane.memory.dram.geometry import LINE, Geometry
from guardlane.memory.dram.timing import Timing

Int64s = npt.NDArray[np.int64]

STACK = ("queue", "bank", "bus", "refresh", "on_chip", "translation")
COMMANDS = ("PRE", "ACT", "RD", "PREA", "REF")
MOST_WINDOW = 1 << 10
MOST_OUTSTANDING = 1 << 20
_LAST_CYCLE = 1 << 60


@dataclass(frozen=True)
class Controller:
    """What stands before the devices: reads that are scheduled among, and cycles on the chip.

    `before` and `after` are the cycles from a read's arrival to the scheduler and from the last of
    its data to whoever asked.
    """

    window: int = 32
    before: int = 1
    after: int = 0

    def __post_init__(self) -> None:
        bounds = {"window": (1, MOST_WINDOW), "before": (0, 1 << 20), "after": (0, 1 << 20)}
        for name, (least, most) in bounds.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise GuardlaneError(
                    f"{name} of a DRAM controller must be {least} to {most}, not {value}"
                )


@dataclass(frozen=True, eq=False)
class Reads:
    """What became of n reads of a line each; times in cycles of the DRAM's clock.

    `arrival` and `done` are int64[n]; `stack` is int64[6], the sum of what STACK names over all
    reads, which is the sum of `done - arrival`. `stacks` (int64[n, 6]) and `log` are empty unless
    they were asked for. `log` is int64[m, 4]: cycle, command (COMMANDS), bank, row; the bank of a
    command to a rank is the first of it.
    """

    timing: Timing
    arrival: Int64s
    done: Int64s
    stack: Int64s
    stacks: Int64s = field(default_factory=lambda: np.zeros((0, len(STACK)), np.int64))
    log: Int64s = field(default_factory=lambda: np.zeros((0, 4), np.int64))

    @property
    def picoseconds(self) -> int:
        """Value of the time from cycle 0 to the last of the data."""
        return int(self.done.max()) * self.timing.tCK

    @property
    def bandwidth(self) -> float:
        """Value of the bytes a nanosecond, which is GB/s."""
        return len(self.done) * LINE * 1000 / self.picoseconds

    @property
    def mean_latency(self) -> float:
        """Value of the mean nanoseconds from arrival to data."""
        return int(self.stack.sum()) * self.timing.tCK / (1000 * len(self.done))

    @property
    def mean_stack(self) -> dict[str, float]:
        """Value of the mean latency by part, in nanoseconds."""
        scale = self.timing.tCK / (1000 * len(self.done))
        return {name: int(part) * scale for name, part in zip(STACK, self.stack, strict=True)}


class Channel:
    """One channel in use: `read` starts from where the last one ended."""

    def __init__(
        self, timing: Timing, geometry: Geometry | None = None, controller: Controller | None = None
    ) -> None:
        self.timing = timing
        self.geometry = geometry or Geometry()
        self.controller = controller or Controller()
        shape = self.geometry
        self.banks = np.zeros((shape.all_banks, 4), np.int64)
        self.banks[:, schedule.OPEN] = schedule.CLOSED
        self.groups = np.zeros((shape.ranks * shape.groups, 2), np.int64)
        self.ranks = np.zeros((shape.ranks, schedule.RANK_WORDS), np.int64)
        self.ranks[:, schedule.FOUR : schedule.FOUR + 4] = -timing.tFAW
        for rank in range(shape.ranks):  # staggered
            self.ranks[rank, schedule.DUE] = timing.tREFI * (rank + 1) // shape.ranks
        self.ring = np.full(schedule.SPAN, -1, np.int64)
        self.last = -schedule.AHEAD

    @property
    def activates(self) -> int:
        """Value of the rows opened so far."""
        return int(self.ranks[:, schedule.COUNT].sum())

    @property
    def refreshes(self) -> int:
        """Value of the refreshes so far, of all ranks."""
        count = len(self.ranks)
        first = sum(self.timing.tREFI * (rank + 1) // count for rank in range(count))
        return (int(self.ranks[:, schedule.DUE].sum()) - first) // self.timing.tREFI

    def closed_loop(
        self,
        lines: Int64s,
        outstanding: int,
        think: int = 1,
        *,
        translation: Int64s | None = None,
        detail: bool = False,
    ) -> Reads:
        """Read int64[n] line numbers, `outstanding` of them at a time.

        The next is issued `think` cycles after the data of one have come. `translation` is int64[n]
        cycles that pass before a read goes its way, or None. With `detail` there are stacks and a
        log of commands. Raises GuardlaneError for no lines or numbers out of bounds.
        """
        if not 1 <= outstanding <= MOST_OUTSTANDING:
            raise GuardlaneError(
                f"outstanding reads must be 1 to {MOST_OUTSTANDING}, not {outstanding}"
            )
        start = max(0, self.last)
        return self._read(
            lines, np.full(len(lines), start), outstanding, think, translation, detail
        )

    def open_loop(self, lines: Int64s, arrival: Int64s, *, detail: bool = False) -> Reads:
        """Read int64[n] line numbers that arrive in cycles int64[n], which must not go down."""
        if len(arrival) != len(lines):
            raise GuardlaneError(f"arrivals must be {len(lines)}, not {len(arrival)}")
        if len(lines) and (arrival[0] < 0 or np.any(np.diff(arrival) < 0)):
            raise GuardlaneError("arrivals of reads must be 0 or more and must not go down")
        if len(lines) and arrival[-1] > _LAST_CYCLE:
            raise GuardlaneError(f"arrivals must be {_LAST_CYCLE} or less, not {arrival[-1]}")
        return self._read(lines, arrival.astype(np.int64), max(1, len(lines)), 0, None, detail)

    def _read(
        self, lines: Int64s, arrival: Int64s, outstanding: int, think: int,
        translation: Int64s | None, detail: bool,
    ) -> Reads:  # fmt: skip
        if not len(lines):
            raise GuardlaneError("reads of a DRAM channel must be 1 or more, not 0")
        if not 0 <= think <= 1 << 30:
            raise GuardlaneError(f"cycles between reads must be 0 to {1 << 30}, not {think}")
        delays = np.zeros(len(lines), np.int64) if translation is None else translation
        if len(delays) != len(lines) or not 0 <= delays.min() <= delays.max() <= 1 << 30:
            raise GuardlaneError(
                f"translations must be {len(lines)}, of 0 to {1 << 30} cycles each"
            )
        bank, row = self.geometry.split(lines)
        run = Run(self, bank, row, arrival, delays, outstanding, think, detail)
        run.serve(len(lines))
        return run.reads()


class Run:
    """Reads under way in a channel, which can be served step by step."""

    def __init__(
        self, channel: Channel, bank: Int64s, row: Int64s, arrival: Int64s, translation: Int64s,
        outstanding: int, think: int, detail: bool,
    ) -> None:  # fmt: skip
        self.channel = channel
        shape, controller, count = channel.geometry, channel.controller, len(bank)
        self.bank, self.row, self.arrival = bank, row, arrival
        self.leads = translation + controller.before
        self.settings = np.array([outstanding, think, controller.after], np.int64)
        self.slots = np.full((controller.window, schedule.SLOT_WORDS), -1, np.int64)
        self.slots[:-1, schedule.YOUNGER] = np.arange(1, controller.window)
        self.state = np.array(
            [0, 0, -1, -1, 0, channel.last, 0, shape.groups, shape.banks], np.int64
        )
        self.done = np.zeros(count, np.int64)
        self.stacks = np.zeros((count if detail else 0, 5), np.int64)
        self.sums = np.zeros(5, np.int64)
        self.log = np.zeros((self._most_commands() if detail else 0, 4), np.int64)

    def _most_commands(self) -> int:
        """Value of a bound of the commands: three a read, two a refresh, none idler than that."""
        timing, count = self.channel.timing, len(self.bank)
        longest = timing.tRFC + timing.tRC + timing.tRTP + timing.tRP + timing.CL + timing.BL
        end = int(self.arrival.max()) + count * (
            4 * longest + int(self.settings[1:].sum() + self.leads.max())
        )
        return 3 * count + 2 * self.channel.geometry.ranks * (end // timing.tREFI + 2)

    def serve(self, until: int) -> None:
        """Go on until `until` reads have been served."""
        channel = self.channel
        schedule.serve(
            channel.timing.array(), self.settings, channel.banks, channel.groups, channel.ranks,
            self.slots, channel.ring, self.state, self.bank, self.row, self.leads, self.arrival,
            self.done, self.stacks, self.sums, self.log, until,
        )  # fmt: skip
        channel.last = int(self.state[schedule.LAST])

    def reads(self) -> Reads:
        """Value of what became of the reads, once all are served."""
        log = self.log[: self.state[schedule.LOGGED]]
        controller = self.channel.controller
        on_chip = controller.before + controller.after
        return Reads(
            self.channel.timing, self.arrival, self.done,
            _split(self.sums, on_chip * len(self.bank)), _split(self.stacks, on_chip), log,
        )  # fmt: skip


def _split(stack: Int64s, on_chip: int) -> Int64s:
    """Value of int64[..., 5] stacks with what is beyond `on_chip` of the last part behind it."""
    beyond = stack[..., 4:] - on_chip
    return np.concatenate([stack[..., :4], np.full_like(beyond, on_chip), beyond], axis=-1)
