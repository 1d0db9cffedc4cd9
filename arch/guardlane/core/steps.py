# SPDX-License-Identifier: Apache-2.0
"""Some instructions of one core, one by one: when each could issue, waited, issued and was done.

All of it follows from the clock after every instruction and the core's own count of its stalls, so
it is the timing of the run itself and no second model of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from guardlane.core.pipeline import Pipeline, timing_counts
from guardlane.errors import GuardlaneError
from guardlane.isa import state
from guardlane.isa.costs import CLASSES
from guardlane.window import Window

# In the order in which an instruction meets them; the last one is behind its issue.
WAITS = ("stall_operand", "stall_fetch", "stall_data")
REDIRECT = "stall_redirect"


class Step(NamedTuple):
    """One retired instruction; all times are cycles."""

    number: int  # among those that the core retired, from 1
    pc: int  # byte address
    word: int  # uint32
    before: int  # from which it could issue, had it nothing to wait for
    operand: int  # waited for operands or a unit
    fetch: int  # waited for its own word
    data: int  # waited for the data port or cache
    issued: int
    redirect: int  # waited behind it, by a jump, for its target
    queue: int  # waited for a queue, or for shared memory, behind its issue
    after: int  # from which the next one may issue
    result: int  # from which its result can be used, or its store has been taken


@dataclass
class Steps:
    """The steps of a window, and how long the core went on."""

    core: str
    window: Window
    taken: list[Step] = field(default_factory=list)
    retired: int = 0  # instructions of the whole run
    cycles: int = 0  # of the whole run

    @property
    def is_cut(self) -> bool:
        """Whether the core retired instructions that are not among the steps."""
        return self.retired > len(self.taken)


class Recorder:
    """Looks at a core between two instructions, and writes down what the one before took.

    `rows` int32[n, 8] are its text, `words` uint32[n] the same undecoded; `issue` and `pipe` are
    those of its pipeline, None for a core whose classes have fixed costs.
    """

    def __init__(
        self,
        steps: Steps,
        rows: npt.NDArray[np.int32],
        words: npt.NDArray[np.uint32],
        pipeline: Pipeline | None,
        issue: Any,
        pipe: Any,
    ) -> None:
        self.steps = steps
        self._rows, self._words = rows, words
        self._pipeline, self._issue, self._pipe = pipeline, issue, pipe
        self._pending: tuple[int, int, int, bool, dict[str, int]] | None = None

    def distance(self, s: Any) -> int:
        """Value of the instructions that the core may retire before it must be looked at; -1: any.

        A core retires an instruction a cycle at most, so this holds in cycles as well.
        """
        window, retired = self.steps.window, int(s[state.RETIRED])
        if retired >= window.last:
            return -1
        return max(1, window.first - 1 - retired)

    def ready(self, s: Any, x: Any, clock: int) -> None:
        """Note the instruction at s[PC], which may issue from cycle `clock` on."""
        retired, pc = int(s[state.RETIRED]), int(s[state.PC])
        window = self.steps.window
        self._pending = None
        at = pc - int(s[state.BASE]) >> 2
        if window.first - 1 <= retired < window.last and 0 <= at < len(self._rows):
            by_zero = int(x[self._rows[at, state.RS2]]) == 0
            self._pending = (retired, pc, clock, by_zero, self._stalls())

    def done(self, s: Any, clock: int, queue: int = 0) -> None:
        """Write the noted instruction down if it has retired; the next may issue from `clock` on.

        `queue` are the cycles, of those behind its issue, that it waited for somebody else.
        """
        if self._pending is None:
            return
        retired, pc, before, by_zero, earlier = self._pending
        passed = int(s[state.RETIRED]) - retired
        if passed == 0:
            return
        self._pending = None
        if passed > 1:
            raise GuardlaneError(
                f"instructions {retired + 1} and {retired + 2} of {self.steps.core} took no cycle: "
                "a pipeline whose occupancy is 0 cannot be traced"
            )
        later = self._stalls()
        operand, fetch, data = (later[name] - earlier[name] for name in WAITS)
        redirect = later[REDIRECT] - earlier[REDIRECT]
        at = pc - int(s[state.BASE]) >> 2
        issued = min(before + operand + fetch + data, clock)
        kind = CLASSES[self._rows[at, state.CLASS]]
        taken = self._result(kind, clock - issued - redirect - queue, by_zero)
        self.steps.taken.append(
            Step(
                number=retired + 1,
                pc=pc,
                word=int(self._words[at]),
                before=before,
                operand=operand,
                fetch=fetch,
                data=data,
                issued=issued,
                redirect=redirect,
                queue=queue,
                after=clock,
                result=max(clock, issued + queue + taken),
            )
        )

    def _stalls(self) -> dict[str, int]:
        if self._issue is None:
            return dict.fromkeys((*WAITS, REDIRECT), 0)
        return timing_counts(self._rows, self._issue, self._pipe)

    def _result(self, kind: str, busy: int, by_zero: bool) -> int:
        """Cycles from the issue of a `kind` that kept the stage for `busy` to its result."""
        pipeline = self._pipeline
        if pipeline is None:
            return busy
        latency = int(getattr(pipeline.latency, kind, pipeline.latency.alu))
        if kind in ("load", "store"):
            return latency + (0 if pipeline.data_cache.size else pipeline.memory_wait)
        if kind == "shift" and pipeline.shift_step:
            return busy
        if kind == "div":
            is_short = by_zero and pipeline.divide_by_zero
            return busy if is_short else busy + latency - pipeline.occupancy.div
        return latency
