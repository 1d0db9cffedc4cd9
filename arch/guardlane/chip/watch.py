# SPDX-License-Identifier: Apache-2.0
"""A run that is watched: the engine is held up now and then, looked at, and sent on unchanged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.chip import columns as col
from guardlane.chip import watching
from guardlane.chip.elaborate import Elaborated
from guardlane.chip.program import Program
from guardlane.chip.shared import HEAD, TAIL
from guardlane.chip.timeline import Timeline
from guardlane.core.pipeline import Pipeline
from guardlane.core.steps import Recorder, Steps
from guardlane.errors import UsageError
from guardlane.guard import queue_twin as qt
from guardlane.isa import state
from guardlane.window import Wanted, Window

ROWS = 4096  # commands that are written down between two looks
SAMPLES = 512  # looks at the queues in a run without faults; a longer one has up to twice as many
MOST_COMMANDS = 200_000  # that waited; what comes later is only counted

Int64s = npt.NDArray[np.int64]


@dataclass
class Watch:
    """What is wanted of a run, and what has been seen of the latest one that had this watch.

    `commands` are rows of `watching`, int64[n, WATCH_WIDTH], in the order of each agent's cycles;
    `left_out` were too many. `samples` are (cycle, words in each queue).
    """

    wanted: Wanted
    commands: Int64s = field(default_factory=lambda: np.zeros((0, watching.WATCH_WIDTH), np.int64))
    left_out: int = 0
    samples: list[tuple[int, list[int]]] = field(default_factory=list)
    timeline: Timeline | None = None
    steps: Steps | None = None

    def check(self, cores: list[str]) -> None:
        """Raise UsageError when the window is on a core that is not among `cores`."""
        window = self.wanted.pipeline
        if window is not None and window.core is not None and window.core not in cores:
            raise UsageError(f"no core is named {window.core!r}; there are {', '.join(cores)}")


class Watched:
    """One run under a watch: the buffer that its engine writes to, and who reads it."""

    def __init__(
        self,
        watch: Watch,
        run: Elaborated,
        program: Program,
        cores: list[str],
        pipeline: Pipeline | None,
        expected: int,
    ) -> None:
        """Prepare for a run of some `expected` cycles; what `watch` had seen is forgotten."""
        self.watch, self._run = watch, run
        self.rows = np.zeros((1 + ROWS, watching.WATCH_WIDTH), np.int64)
        self.rows[0, watching.USED], self.rows[0, watching.STEPPED] = 1, -1
        self._quantum = int(run.chip[col.QUANTUM])
        self._every = max(1, expected // SAMPLES)
        self._next = 0 if watch.wanted.timeline else col.NEVER
        self._kept: list[Int64s] = []
        self._waits = 0
        watch.samples, watch.steps, watch.left_out = [], None, 0
        self._recorder: Recorder | None = None
        self._core, self._command = -1, col.COMPUTE
        if watch.wanted.pipeline is not None:
            self._record(watch.wanted.pipeline, program, cores, pipeline)

    def _record(
        self, window: Window, program: Program, cores: list[str], pipeline: Pipeline | None
    ) -> None:
        run, name = self._run, window.core or cores[0]
        i = self._core = cores.index(name)
        first = int(run.agents[i, col.ROWS_FIRST])
        last = first + int(run.s[i, state.TEXT_WORDS])
        issue = None if run.issues is None else run.issues[first:last]
        pipe = None if run.pipes is None else run.pipes[i]
        words = np.frombuffer(program.images[name].text, np.uint32)
        self.watch.steps = Steps(name, window)
        rows = run.rows[first:last]
        self._recorder = Recorder(self.watch.steps, rows, words, pipeline, issue, pipe)

    def follow(self, engine: Callable[[], int]) -> int:
        """Run to the end or the limit, as `engine` would by itself; value of how it ended."""
        chip = self._run.chip
        limit = int(chip[col.MAX_CYCLES])
        self._aim()
        while True:
            until = chip[col.MAX_CYCLES] = min(limit, self._next, int(chip[col.CRASH_CYCLE]))
            ended = engine()
            was_held_up = chip[col.MAX_CYCLES] == 0 < until
            chip[col.MAX_CYCLES] = limit
            self._look()
            if ended == col.FINISHED:
                break
            if not was_held_up:
                if until >= min(limit, int(chip[col.CRASH_CYCLE])):
                    break
                if until == self._next:
                    self._sample()
        chip[col.QUANTUM] = self._quantum
        self._finish()
        return ended

    def _look(self) -> None:
        """Take what has been written down, and see what the core that is stepped has done."""
        used = int(self.rows[0, watching.USED])
        if self.watch.wanted.timeline:
            self._keep(self.rows[1:used])
        self.rows[0, watching.USED] = 1
        if self._recorder is not None and self.rows[0, watching.STEPPED] >= 0:
            agent, own = self._run.agents[self._core], self._run.s[self._core]
            waited = 0
            if self._command != col.COMPUTE:  # that has completed the instruction, if it has
                waited = int(agent[col.CLOCK] - agent[col.SINCE]) - 1
            self._command = int(agent[col.COMMAND])
            self._recorder.done(own, int(agent[col.CLOCK]), waited)
            self._aim()

    def _keep(self, rows: Int64s) -> None:
        """Keep a copy of what starts or ends a frame, and of waits as long as they are few."""
        waits = ~np.isin(rows[:, watching.W_COMMAND], (col.NEW_FRAME, col.END))
        keep = ~waits | (self._waits + np.cumsum(waits) <= MOST_COMMANDS)
        self._waits += int(waits.sum())
        self._kept.append(rows[keep])
        self.watch.left_out += int((~keep).sum())

    def _aim(self) -> None:
        """Let the core that is stepped go as far as it need not be looked at."""
        if self._recorder is None:
            return
        chip, agent, own = self._run.chip, self._run.agents[self._core], self._run.s[self._core]
        ahead = self._recorder.distance(own)
        if ahead < 0 or agent[col.COMMAND] == col.ENDED:
            self.rows[0, watching.STEPPED], chip[col.QUANTUM] = -1, self._quantum
            return
        self.rows[0, watching.STEPPED] = self._core
        chip[col.QUANTUM] = min(self._quantum, ahead)
        if agent[col.COMMAND] == col.COMPUTE and agent[col.IN_FRAME]:
            self._recorder.ready(own, self._run.x[self._core], int(agent[col.CLOCK]))

    def _sample(self) -> None:
        """See how full the queues are; a run of many samples keeps every other one."""
        samples = self.watch.samples
        samples.append((self._next, self._occupancy().tolist()))
        if len(samples) >= 2 * SAMPLES:
            del samples[1::2]
            self._every *= 2
        self._next = samples[-1][0] + self._every

    def _occupancy(self) -> Any:
        """Value of the words in each queue, int64[queue]."""
        run = self._run
        if run.chip[col.MODE] != col.SOFTWARE:
            return np.maximum(run.q[:, qt.Q_WRITTEN] - run.q[:, qt.Q_READ], 0)
        blocks = run.shared_memory.reshape(len(run.ends), -1).view(np.uint32)
        return (blocks[:, TAIL] - blocks[:, HEAD]).astype(np.int64)  # mod 2**32, as guests have it

    def _finish(self) -> None:
        watch = self.watch
        if watch.wanted.timeline:
            watch.commands = np.concatenate(self._kept)
        if watch.steps is not None:
            own = self._run.s[self._core]
            watch.steps.retired = int(own[state.RETIRED])
            watch.steps.cycles = int(self._run.agents[self._core, col.CLOCK])
