# SPDX-License-Identifier: Apache-2.0
"""One core alone with a user's program, without guard or frames; faults strike as on a chip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.core import compute as core
from guardlane.core.frame import enter
from guardlane.core.lanes import MOST_PUSHED, Int32s, Lanes
from guardlane.core.pipeline import Pipeline, timing_counts
from guardlane.core.protection import Protection
from guardlane.core.steps import Recorder, Steps
from guardlane.core.supply import NOMINAL, reach_table
from guardlane.core.upset import result_files
from guardlane.errors import GuardlaneError, UsageError
from guardlane.faults import CYCLE, Fault, as_rows
from guardlane.isa import state
from guardlane.isa.costs import CLASSES
from guardlane.isa.executable import Executable
from guardlane.isa.memory_image import END_ADDRESS
from guardlane.isa.predecode import predecode
from guardlane.isa.stops import finish_load, finish_store
from guardlane.kernel import kernel
from guardlane.units import Voltage
from guardlane.window import Window

CORE_NAME = "core"  # by which faults name the one core
NEVER = 1 << 62
EXIT_CALLS = (93, 94)  # exit and exit_group, as Linux and newlib number them
GP, A0, A7 = 3, 10, 17


@dataclass(frozen=True, eq=False)
class BareResult:
    """How a program ended, and what it left.

    `outcome` is completed (it returned, stopped at ebreak, called exit or stored to END_ADDRESS),
    trapped (it did what no program may, or popped past the end of its input) or limit (of its
    instructions, or of what it pushes). `result` is the int32 that it returned, exited with or
    stored; None unless it completed.
    """

    outcome: str
    detail: str  # one line: why it did not complete, else empty
    result: int | None
    retired_instructions: int
    cycles: int
    popped: int  # items
    outputs: Mapping[int, Int32s]  # items pushed, by port that the program names
    fault_events: tuple[Mapping[str, Any], ...] = ()
    wrong_results: int = 0  # results that a droop or a stuck bit changed
    timing: Mapping[str, int] = field(default_factory=dict)  # see `pipeline.timing_counts`
    steps: Steps | None = None  # of the window that was asked for


class BareCore:
    """A program on a core of its own; decoded once, run as often as wanted.

    `costs` int32[len(CLASSES)] prices its instructions in cycles (see `cost_array`) unless
    a `pipeline` times them; `voltage` is that of the supply, which decides what a droop makes late.
    Of the protection only the write-guard means something here: with it a store to data that were
    linked read-only traps. There is no sequencer or budget, so nothing goes on after a trap.
    """

    def __init__(
        self,
        executable: Executable,
        costs: npt.NDArray[np.int32],
        protection: Protection | None = None,
        voltage: Voltage = NOMINAL,
        pipeline: Pipeline | None = None,
    ) -> None:
        self.executable = executable
        self.protection = protection or Protection()
        words = executable.text()
        self.rows = predecode(words, costs)
        self.results = result_files(words, self.rows)
        self.reach = reach_table(voltage)
        self.pipeline = pipeline
        if pipeline is not None:  # it decides all cycles but those of what `leave_out` completes
            self.rows[:, state.COST] = 1

    def run(
        self,
        inputs: Mapping[int, Any] | None = None,
        faults: Sequence[Fault] = (),
        limit: int = NEVER,
        window: Window | None = None,
    ) -> BareResult:
        """Run from the entry to the end, a trap, or `limit` retired instructions.

        `inputs` are arrays of int32 items by port; the instructions of a `window` are looked at one
        by one, which changes nothing but how long it takes. Raises GuardlaneError for faults of
        another core or in two clocks, and for inputs that are no int32.
        """
        x, f_bits = np.zeros(33, np.int32), np.zeros(32, np.int32)
        mem8 = self.executable.memory()
        s = self._state()
        enter(s, x, f_bits, self.executable.entry, 0, 0, 0, 0)
        x[GP] = np.array(self.executable.global_pointer, np.int64).astype(np.int32)
        lanes = Lanes(self.rows, {port: _items(port, i) for port, i in (inputs or {}).items()})
        plan, schedule, log = _plan(faults, limit)
        left_out = np.zeros(len(CLASSES), np.int64)
        timed: tuple[Any, Any] = (None, None)
        if self.pipeline is not None:
            s[state.CYCLES] = self.pipeline.start
            timed = self.pipeline.issue(self.rows), self.pipeline.new()
        recorder = self._recorder(window, *timed)
        while True:
            if recorder is not None:
                recorder.done(s, int(s[state.CYCLES]))
                recorder.ready(s, x, int(s[state.CYCLES]))
                ahead = recorder.distance(s)
                plan[core.BUDGET_END] = limit if ahead < 0 else min(limit, s[state.RETIRED] + ahead)
            stop = advance(
                self.rows, self.results, x, f_bits, f_bits.view(np.float32), mem8,
                mem8.view(np.int16), mem8.view(np.int32), s, lanes.rings, lanes.words,
                lanes.kinds, lanes.times, plan, schedule, log, self.reach, *timed, left_out,
            )  # fmt: skip
            if stop == core.WATCHDOG and s[state.RETIRED] < limit:
                continue  # only to be looked at
            if stop not in (state.POP, state.PUSH):
                break
            if lanes.missing(stop, s, plan):
                leave_out(self.rows, x, f_bits, s, stop, left_out)
            elif not lanes.serve(stop, s, plan):
                break
        outcome, detail, result = _ending(int(stop), s, x)
        if stop == state.SHARED_STORE and outcome == "completed":
            s[state.CYCLES] -= self.pipeline is not None  # the bus takes it in the cycle it issues
            leave_out(self.rows, x, f_bits, s, stop, left_out)  # it has been seen: it counts
        if recorder is not None:
            recorder.done(s, int(s[state.CYCLES]))
            recorder.steps.retired = int(s[state.RETIRED])
            recorder.steps.cycles = int(s[state.CYCLES])
        return BareResult(
            outcome=outcome,
            detail=detail,
            result=result,
            retired_instructions=int(s[state.RETIRED]),
            cycles=int(s[state.CYCLES]),
            popped=lanes.popped(),
            outputs=lanes.outputs(),
            fault_events=tuple(_struck(schedule, log)),
            wrong_results=int(plan[core.WRONG_RESULTS]),
            timing=_timing(self.rows, timed, left_out),
            steps=None if recorder is None else recorder.steps,
        )

    def _recorder(self, window: Window | None, issue: Any, pipe: Any) -> Recorder | None:
        if window is None:
            return None
        if window.core not in (None, CORE_NAME):
            raise UsageError(f"no core is named {window.core!r}; there is {CORE_NAME}")
        words = self.executable.text()
        steps = Steps(CORE_NAME, window)
        return Recorder(steps, self.rows, words, self.pipeline, issue, pipe)

    def _state(self) -> npt.NDArray[np.int64]:
        """Value of the state before the first instruction: the memory map."""
        program, s = self.executable, np.zeros(state.STATE_WIDTH, np.int64)
        s[state.BASE], s[state.SIZE] = program.base, program.size
        s[state.TEXT_WORDS] = len(self.rows)
        s[state.WRITE_FROM] = program.write_from if self.protection.write_guard else 0
        s[state.SHARED_BASE], s[state.SHARED_SIZE] = END_ADDRESS, 4
        return s


@kernel
def advance(
    rows: Any, results: Any, x: Any, f_bits: Any, f: Any, mem8: Any, mem16: Any, mem32: Any, s: Any,
    rings: Any, words: Any, kinds: Any, times: Any, plan: Any, faults: Any, log: Any,
    reach: Any, issue: Any, pipe: Any, left_out: Any,
) -> Any:  # fmt: skip
    """Compute until somebody has to look; ports that only mean something on a chip do nothing."""
    while True:
        stop = core.compute(
            rows, results, x, f_bits, f, mem8, mem16, mem32, s, rings, words, kinds, times, plan,
            faults, log, 0, reach, NEVER, issue, pipe,
        )  # fmt: skip
        if stop in (state.WAIT_PORT, state.NEW_FRAME_PORT, state.END_PORT):
            leave_out(rows, x, f_bits, s, stop, left_out)
        else:
            return stop


@kernel
def leave_out(rows: Any, x: Any, f_bits: Any, s: Any, stop: Any, left_out: Any) -> None:
    """Retire and charge the instruction that stopped without doing it; what it loads is zero.

    A pipeline has not seen it, so it is counted in `left_out` int64[len(CLASSES)].
    """
    at = (s[state.PC] - s[state.BASE]) >> 2
    s[state.CYCLES] += rows[at, state.COST]
    left_out[rows[at, state.CLASS]] += 1
    if stop == state.POP or stop == state.WAIT_PORT:
        finish_load(s, x, f_bits, 0)
    else:
        finish_store(s)


def _timing(rows: Any, timed: tuple[Any, Any], left_out: Any) -> dict[str, int]:
    """Value of what the pipeline counted, and by class what was left out of it; {} without one."""
    if timed[0] is None:
        return {}
    found = timing_counts(rows, *timed)
    for name, count in zip(CLASSES, left_out.tolist(), strict=True):
        if count:
            found[f"retired_{name}"] += count
    return found


def _items(port: int, items: Any) -> Int32s:
    """Value of `items` as int32[n]."""
    found = np.asarray(items)
    if found.ndim != 1 or found.dtype not in (np.dtype(np.int32), np.dtype(np.uint32)):
        raise GuardlaneError(
            f"input of port {port} must be a row of int32, not {found.ndim} dimensions of "
            f"{found.dtype}"
        )
    return found.view(np.int32)


def _plan(faults: Sequence[Fault], limit: int) -> tuple[Any, Any, Any]:
    """Value of the plan, the schedule it points into, and the log beside that."""
    if limit < 0:
        raise GuardlaneError(f"limit must be 0 instructions or more, not {limit}")
    for fault in faults:
        if fault.core != CORE_NAME:
            raise GuardlaneError(f"no core is named {fault.core!r}; there is {CORE_NAME}")
    rows = as_rows(faults)
    if len(set(rows[:, 1].tolist())) > 1:
        raise GuardlaneError(f"the faults of {CORE_NAME} count in instructions and in cycles")
    plan = np.zeros(core.PLAN_WIDTH, np.int64)
    plan[core.FAULT_END] = len(rows)
    is_cycles = len(rows) > 0 and rows[0, 1] == CYCLE
    plan[core.FAULT_CLOCK] = state.CYCLES if is_cycles else state.RETIRED
    plan[core.BUDGET_END] = min(limit, NEVER)
    schedule = np.concatenate([rows, np.zeros((1, 5), np.int64)])
    return plan, schedule, np.full((len(schedule), 3), -1, np.int64)


def _ending(stop: int, s: Any, x: Any) -> tuple[str, str, int | None]:
    """Value of the outcome, its detail, and the result."""
    at = f"at pc {int(s[state.PC]):#x}"
    if stop in (state.RETURNED, state.EBREAK):
        return "completed", "", int(x[A0])
    if stop == state.ECALL:
        if int(x[A7]) in EXIT_CALLS:
            return "completed", "", int(x[A0])
        return "trapped", f"call {int(x[A7])} {at} is not served; {EXIT_CALLS[0]} ends", None
    if stop == state.SHARED_STORE:
        return "completed", "", int(s[state.VALUE])
    if stop == core.WATCHDOG:
        return "limit", f"{int(s[state.RETIRED])} instructions retired, next {at}", None
    if stop == state.PUSH:
        return "limit", f"{MOST_PUSHED:,} items or more pushed, next {at}", None
    if stop == state.POP:
        return "trapped", f"input exhausted: pop from port {int(s[state.PORT])} {at}", None
    what = "bad load" if stop == state.SHARED_LOAD else state.STOP_NAMES[stop].replace("_", " ")
    return "trapped", f"{what} {at}, address {int(s[state.STOP_ADDRESS]) & 0xFFFFFFFF:#x}", None


def _struck(schedule: Any, log: Any) -> Iterator[dict[str, Any]]:
    """Give the faults that struck, in the order of their counts."""
    for entry, (_, cycle, retired) in zip(schedule.tolist(), log.tolist(), strict=True):
        if cycle >= 0:
            n, clock, kind, target, bit = entry
            fault = Fault(CORE_NAME, clock, n, kind, target, bit)
            yield {"fault": str(fault), "cycle": cycle, "retired": retired}
