# SPDX-License-Identifier: Apache-2.0
"""A watched run is the run itself, both engines show the same of it, and its parts add up."""

from __future__ import annotations

import random
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from guardlane.chip import watch as watch_module
from guardlane.chip import watching
from guardlane.chip.elaborate import elaborate
from guardlane.chip.engine import StreamChip
from guardlane.chip.machine import Core, Guarding, Machine, Queue
from guardlane.chip.network import FixedLatency
from guardlane.chip.reference import ReferenceChip
from guardlane.chip.result import ChipResult
from guardlane.chip.run import run
from guardlane.chip.timeline import BETWEEN, Timeline, Track
from guardlane.chip.watch import Watch, Watched
from guardlane.core.protection import Protection
from guardlane.errors import UsageError
from guardlane.faults import Fault
from guardlane.report.konata import konata_text
from guardlane.window import Wanted, Window
from tests.arch.chip.small_graphs import chain, diamond
from tests.arch.chip.test_engines import GUARDS, observe, some_faults
from tests.kanata import read_kanata

WHOLE = Window(1, 1_000_000)
SMALL = Queue(depth=16, working_set=2)
TIMED = Machine(queue=SMALL, core=Core(timing="ibex_maxperf"))
MACHINES = {"classes": Machine(queue=SMALL), "ibex_maxperf": TIMED}


def faults_of(chip: StreamChip, seed: int) -> list[Fault]:
    return some_faults(random.Random(seed), [f.name for f in chip.balanced.graph.filters()], 3000)


def adds_up(timeline: Timeline, result: ChipResult) -> None:
    """Hold a timeline against the statistics of its run."""
    for track in timeline.tracks:
        assert all(a.end == b.start for a, b in pairwise(track.frames)), track.name
        assert track.frames[0].start == 0
        spans = [(one.start, one.end) for one in track.frames]
        for wait in track.waits:
            assert any(a <= wait.start < wait.end <= b for a, b in spans), (track.name, wait)
        assert all(a.end <= b.start for a, b in pairwise(track.waits)), track.name
        if track.kind != "core":
            continue
        counted = {
            name.rpartition(".")[2]: value
            for name, value in result.statistics.items()
            if name.startswith(f"core.{track.name}.")
        }
        assert sum(one.end - one.start for one in track.frames) == counted["cycles"]
        waited = dict.fromkeys(("pop", "push", "new frame", "wait"), 0)
        for wait in track.waits:
            waited[wait.name] += wait.end - wait.start
        assert waited["pop"] == counted["pop_stall"]
        assert waited["push"] + waited["new frame"] == counted["push_stall"]
        frames = [one for one in track.frames if one.name != BETWEEN]
        assert len(frames) == min(counted["frames"], len(result.frames[track.name]))
        names = [one.name.split(" ")[0] for one in track.instants]
        assert names.count("fault") == counted["faults_injected"]
        assert (
            sum(one.facts["commands"] for one in track.instants if one.name == "time-out")
            == (counted["timeouts"])
        )
    cores = [track for track in timeline.tracks if track.kind == "core"]
    assert [track.name for track in cores] == [*result.frames]


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("guard", ["software-queue", *GUARDS])
def test_watching_changes_nothing_and_the_timeline_adds_up(guard: str, machine: str) -> None:
    chip = StreamChip(diamond(), MACHINES[machine])
    outcomes = set()
    for seed in range(8):
        protection = Protection.parse(("ppu", "none", "sequencer,budget", "budget")[seed % 4])
        faults = faults_of(chip, seed) if seed else []
        watch = Watch(Wanted(timeline=True, pipeline=Window(100, 300, "join")))
        plain = chip.run(guard, protection, faults)
        seen = chip.run(guard, protection, faults, quantum=(1, 1000)[seed % 2], watch=watch)
        assert observe(seen) == observe(plain)
        assert watch.timeline is not None
        adds_up(watch.timeline, seen)
        outcomes.add(seen.outcome)
        if seed == 0:  # without faults all of it is there
            for track in watch.timeline.tracks[:4]:
                frames = [one for one in track.frames if one.name != BETWEEN]
                retired = sum(one.facts["retired"] for one in frames)
                assert retired == seen.statistics[f"core.{track.name}.retired_instructions"] or (
                    not protection.sequencer
                )
                if guard != "software-queue":
                    popped = sum(one.facts["popped"] for one in frames)
                    assert popped == seen.statistics[f"core.{track.name}.pops"]
    assert outcomes > {"completed"}


@pytest.mark.parametrize("guard", ["software-queue", "commguard"])
def test_every_time_out_is_marked(guard: str) -> None:
    chip = StreamChip(diamond(), Machine(queue=SMALL, guard=Guarding(timeout=20)))
    watch = Watch(Wanted(timeline=True))
    result = chip.run(guard, faults=faults_of(chip, 12), watch=watch)
    assert result.total("timeouts") > 0
    assert watch.timeline is not None
    adds_up(watch.timeline, result)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("guard", GUARDS)
def test_both_engines_show_the_same(guard: str, machine: str) -> None:
    chip = StreamChip(diamond(), MACHINES[machine])
    names = [edge.name for edge in chip.balanced.graph.edges]
    cores = [node.name for node in chip.balanced.graph.filters()]
    for seed in range(4):
        setting = chip.setting(guard, Protection(), faults_of(chip, seed))
        program = chip.program(guard)
        pipeline = chip.machine.core.pipeline_or_none()
        watches = []
        for is_fast in (True, False):
            state = elaborate(chip.balanced, chip.machine, program, 1, setting)
            watch = Watch(Wanted(timeline=True, pipeline=Window(50, 400, "left")))
            watched = Watched(watch, state, program, cores, pipeline, 4000)
            if is_fast:
                arguments = (*state.arguments(), watched.rows)
                ended = watched.follow(partial(run, *arguments))
            else:
                network = FixedLatency(chip.machine.network.latency)
                slow = ReferenceChip(state, GUARDS[guard], network, names, watched.rows)
                assert watched.follow(slow.run) == ended
            watches.append(watch)
        fast, slow_watch = watches
        rows = [one.commands[np.lexsort(one.commands.T[:2])] for one in watches]
        for i in range(len(cores) + 2):
            own = [one[one[:, watching.W_AGENT] == i] for one in rows]
            own = [one[np.argsort(one[:, watching.W_SINCE], kind="stable")] for one in own]
            boundary = [one[:, watching.W_COMMAND] > 2 for one in own]
            for one, is_boundary in zip(own, boundary, strict=True):
                one[is_boundary, watching.W_QUEUE] = 0  # of an earlier command
            assert own[0].tolist() == own[1].tolist(), (seed, i)
        assert fast.steps == slow_watch.steps
        assert fast.steps is not None
        assert len(fast.steps.taken) == 351


@pytest.mark.parametrize("machine", MACHINES)
def test_the_whole_trace_of_a_core_is_its_run(machine: str) -> None:
    chip = StreamChip(chain(), MACHINES[machine])
    watch = Watch(Wanted(pipeline=Window(1, 1_000_000, "f1")))
    result = chip.run("commguard", watch=watch)
    assert watch.steps is not None
    assert watch.timeline is None
    log = read_kanata(konata_text(watch.steps))
    counted = {name.removeprefix("core.f1."): value for name, value in result.statistics.items()}
    assert len(log.ops) == counted["retired_instructions"]
    assert log.last <= counted["cycles"]
    waited = sum(op.length(1, "que") for op in log.ops.values())
    assert waited == counted["pop_stall"] + counted["push_stall"] - sum(
        wait.end - wait.start for wait in timeline_of(chip, "f1").waits if wait.name == "new frame"
    )
    if machine == "ibex_maxperf":
        for lane, name in (("opr", "stall_operand"), ("ftc", "stall_fetch")):
            assert sum(op.length(1, lane) for op in log.ops.values()) == counted[name]


def timeline_of(chip: StreamChip, core: str) -> Track:
    watch = Watch(Wanted(timeline=True))
    chip.run("commguard", watch=watch)
    assert watch.timeline is not None
    return next(track for track in watch.timeline.tracks if track.name == core)


def test_the_first_core_is_shown_unless_another_is_named() -> None:
    chip = StreamChip(chain(), Machine())
    watch = Watch(Wanted(pipeline=Window(1, 10)))
    chip.run("commguard", watch=watch)
    assert watch.steps is not None
    assert watch.steps.core == "f0"
    with pytest.raises(UsageError, match="no core is named 'in'; there are f0, f1, f2"):
        chip.run("commguard", watch=Watch(Wanted(pipeline=Window(core="in"))))


def test_queues_hold_what_was_written_and_not_yet_read() -> None:
    chip = StreamChip(chain(), Machine(queue=SMALL))
    for guard in ("commguard", "software-queue"):
        watch = Watch(Wanted(timeline=True))
        chip.run(guard, watch=watch)
        assert watch.timeline is not None
        for values in watch.timeline.queues.values():
            cycles, words = zip(*values, strict=True)
            assert list(cycles) == sorted(set(cycles))
            assert max(words) <= SMALL.depth
        last = watch.timeline.queues["f0->f1"]
        assert max(words for _, words in last) > 0
        assert watch.samples[0] == (0, [0] * 4)


def test_a_full_buffer_holds_the_run_up_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    chip = StreamChip(diamond(), Machine(queue=SMALL))
    watches = []
    for rows in (4096, 3):
        monkeypatch.setattr(watch_module, "ROWS", rows)
        watches.append(Watch(Wanted(timeline=True)))
        chip.run("commguard", watch=watches[-1])
    assert len(watches[0].commands) > 50
    assert watches[0].timeline == watches[1].timeline


def test_waits_beyond_the_most_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    chip = StreamChip(diamond(), Machine(queue=SMALL))
    whole, part = Watch(Wanted(timeline=True)), Watch(Wanted(timeline=True))
    chip.run("commguard", watch=whole)
    monkeypatch.setattr(watch_module, "MOST_COMMANDS", 5)
    chip.run("commguard", watch=part)
    assert whole.timeline is not None
    assert part.timeline is not None
    shown = [sum(len(t.waits) for t in one.tracks) for one in (whole.timeline, part.timeline)]
    assert part.timeline.left_out > 0
    assert shown[1] < shown[0]
    assert [t.frames for t in part.timeline.tracks] == [t.frames for t in whole.timeline.tracks]
