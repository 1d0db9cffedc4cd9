# SPDX-License-Identifier: Apache-2.0
"""The chip as a user sees it: a graph on a machine, run with one guard, protection and schedule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from guardlane import plugins
from guardlane.chip import columns as col
from guardlane.chip.collect import collect
from guardlane.chip.depths import check_depths
from guardlane.chip.elaborate import MODES, Elaborated, Setting, elaborate
from guardlane.chip.machine import Machine
from guardlane.chip.program import Program, build_program
from guardlane.chip.result import ChipResult
from guardlane.chip.timeline import timeline_of
from guardlane.chip.watch import Watch, Watched
from guardlane.core.protection import Protection
from guardlane.core.supply import NOMINAL
from guardlane.errors import GuardlaneError
from guardlane.faults import CYCLE, RETIRED, Fault, FaultModel, draw
from guardlane.stream import Balanced, StreamGraph
from guardlane.units import Voltage

DEFAULT_QUANTUM = 1 << 20  # cycles
BUILT_IN_NETWORK = "fixed"
FAULTY_CYCLES = 1000  # error-free runs; faults in time go on while nothing moves, and end here


@dataclass(frozen=True)
class Profile:
    """What an error-free run shows: the golden output, and how long frames may take."""

    result: ChipResult
    longest_frame: int  # cycles, stalls included, over all cores and frames
    retired: dict[str, int]  # most instructions of any frame, by core


@dataclass(frozen=True)
class Schedule:
    """Faults to be drawn for every core: geometric gaps with a mean, in instructions or cycles."""

    model: FaultModel
    seed: int
    mean: int
    clock: int = RETIRED

    def draw(self, cores: Sequence[str], bound: int) -> list[Fault]:
        """Draw the faults of all cores up to count `bound`."""
        return [
            fault
            for core in cores
            for fault in draw(
                self.model, self.seed, core, mean=self.mean, clock=self.clock, bound=bound
            )
        ]


class StreamChip:
    """One graph on one machine with one frame size; compiled and profiled once, run often."""

    def __init__(self, graph: StreamGraph, machine: Machine, frame_size: int = 1) -> None:
        self.machine = machine
        self.frame_size = frame_size
        self.balanced: Balanced = graph.balance()
        depths = dict.fromkeys(graph.edges, machine.queue.depth)
        check_depths(self.balanced, depths, frame_size, header_words=1)
        self._programs: dict[bool, Program] = {}
        self._profiles: dict[bool, Profile] = {}

    @cached_property
    def frame_count(self) -> int:
        return self.balanced.frame_count(self.frame_size)

    def program(self, guard: str) -> Program:
        """Value of the guest code, which differs for queues in software."""
        software = guard == "software-queue"
        if software not in self._programs:
            self._programs[software] = build_program(
                self.balanced, self.machine, self.frame_size, software=software
            )
        return self._programs[software]

    def profile(self, guard: str) -> Profile:
        """Run once without faults, guard, budgets or time-outs."""
        software = guard == "software-queue"
        if software not in self._profiles:
            plain = "software-queue" if software else "reliable-queue"
            setting = Setting(plain, Protection(), (), DEFAULT_QUANTUM, col.NEVER, {}, col.NEVER)
            result = self._run(setting)
            ends = [end for name in result.frames for end in result.frames[name]]
            self._profiles[software] = Profile(
                result,
                max((end.end - end.start for end in ends), default=1),
                {name: max(e.retired for e in ends) for name, ends in result.frames.items()},
            )
        return self._profiles[software]

    def setting(
        self,
        guard: str,
        protection: Protection,
        faults: Sequence[Fault] = (),
        quantum: int = DEFAULT_QUANTUM,
        voltage: Voltage = NOMINAL,
    ) -> Setting:
        """Work out budgets, time-outs and the limit of a run from the error-free profile."""
        profile, rules = self.profile(guard), self.machine.guard
        budgets = {}
        if protection.budget:
            budgets = {name: rules.budget_factor * most for name, most in profile.retired.items()}
        timeout = rules.timeout or rules.timeout_factor * profile.longest_frame
        patience = 0
        if rules.timeouts == "off":
            timeout = col.NEVER
        elif protection.budget and protection.sequencer:
            # One time-out at every turn: a frame where frames are guarded, else an item.
            turns = self.frame_count
            if guard != "commguard":
                turns = sum(int(counts.sum()) for counts in self.balanced.counts.values())
            patience = turns * timeout * (max(self.balanced.level.values()) + 1)
        limit = rules.limit_factor * (profile.result.cycles + patience)
        if any(fault.clock == CYCLE for fault in faults):
            limit = min(limit, FAULTY_CYCLES * profile.result.cycles)
        return Setting(guard, protection, tuple(faults), quantum, limit, budgets, timeout, voltage)

    def run(
        self,
        guard: str,
        protection: Protection | None = None,
        faults: Sequence[Fault] | Schedule = (),
        quantum: int = DEFAULT_QUANTUM,
        voltage: Voltage = NOMINAL,
        watch: Watch | None = None,
    ) -> ChipResult:
        """Run to the end, a crash, a deadlock or the limit; none of them is an error of the tool.

        A schedule that is drawn is drawn as far as the run got: a longer one only appends. A
        `watch` is given what there is to see; the result is the same, and later there.
        """
        protection = protection or Protection()
        cores = [node.name for node in self.balanced.graph.filters()]
        if watch is not None:
            watch.check(cores)
        if not isinstance(faults, Schedule):
            return self._run(self.setting(guard, protection, faults, quantum, voltage), watch)
        bound = 4 * self.profile(guard).result.cycles
        while True:
            drawn = faults.draw(cores, bound)
            setting = self.setting(guard, protection, drawn, quantum, voltage)
            result = self._run(setting, watch)
            counter = "cycles" if faults.clock == CYCLE else "retired_instructions"
            reached = max(result.statistics[f"core.{core}.{counter}"] for core in cores)
            if reached < bound or bound >= setting.max_cycles:
                return result
            bound *= 8

    def _run(self, setting: Setting, watch: Watch | None = None) -> ChipResult:
        state, ended = self._once(setting, watch)
        crash = None
        if state.chip[col.CRASH_CYCLE] < col.NEVER:
            # Other cores may have computed past the crash: run again, with its cycle as the limit.
            crash = state.chip.copy()
            state, _ = self._once(replace(setting, max_cycles=int(crash[col.CRASH_CYCLE])), watch)
        result = collect(self.balanced, state, ended, crash)
        if watch is not None and watch.wanted.timeline:
            watch.timeline = timeline_of(
                self.balanced, state, result.fault_events, watch.commands, watch.samples,
                watch.left_out,
            )  # fmt: skip
        return result

    def _once(self, setting: Setting, watch: Watch | None) -> tuple[Elaborated, int]:
        """Run once; guards and networks that are not built in run on the readable engine."""
        program = self.program(setting.guard)
        state = elaborate(self.balanced, self.machine, program, self.frame_size, setting)
        watched = None if watch is None else self._watched(watch, setting, state, program)
        engine = self._engine(setting, state, None if watched is None else watched.rows)
        return state, engine() if watched is None else watched.follow(engine)

    def _watched(
        self, watch: Watch, setting: Setting, state: Elaborated, program: Program
    ) -> Watched:
        expected = self.profile(setting.guard).result.cycles
        cores = [node.name for node in self.balanced.graph.filters()]
        pipeline = self.machine.core.pipeline_or_none()
        return Watched(watch, state, program, cores, pipeline, expected)

    def _engine(
        self, setting: Setting, state: Elaborated, rows: npt.NDArray[np.int64] | None
    ) -> Callable[[], int]:
        """Value of what runs `state`, and goes on where it was each time it is called."""
        network = self.machine.network
        if setting.guard in MODES and network.kind == BUILT_IN_NETWORK:
            from guardlane.chip.run import run  # compiled kernels are imported when they are needed

            arguments = state.arguments() if rows is None else (*state.arguments(), rows)
            return lambda: int(run(*arguments))
        if setting.guard == "software-queue":
            raise GuardlaneError(
                f"software queues live in shared memory, not on network {network.kind}"
            )
        from guardlane.chip.reference import ReferenceChip

        tiles = {i: (e.producer, e.consumer) for i, e in enumerate(self.balanced.graph.edges)}
        graph = self.balanced.graph
        edges = [graph.edge_name(edge) for edge in graph.edges]
        guard = plugins.load("guardlane.guards", setting.guard)()
        factory = plugins.load("guardlane.networks", network.kind)
        has_settings = hasattr(factory, "of")
        carrier = factory.of(network, tiles) if has_settings else factory(network.latency, tiles)
        return ReferenceChip(state, guard, carrier, edges, rows).run
