# SPDX-License-Identifier: Apache-2.0
"""The run kernel and the readable engine agree on every count, whatever the faults."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from guardlane.chip.collect import collect
from guardlane.chip.columns import AT_LIMIT, CRASH_CODE
from guardlane.chip.elaborate import elaborate
from guardlane.chip.engine import StreamChip
from guardlane.chip.machine import Machine, Queue
from guardlane.chip.network import FixedLatency
from guardlane.chip.reference import ReferenceChip
from guardlane.chip.result import ChipResult
from guardlane.chip.run import run
from guardlane.core.compute import BUDGET_END, WATCHDOG
from guardlane.core.protection import Protection
from guardlane.faults import (
    ALU_RESULT,
    CYCLE,
    INTEGER_REGISTER,
    KINDS,
    MISSING_PUSH,
    RETIRED,
    Fault,
)
from guardlane.guard.checkers import CommGuard, PassThrough, ReliableQueue
from guardlane.guard.contract import Guard
from guardlane.isa import state
from guardlane.shares import UNITS
from guardlane.stream import GraphError, StreamGraph
from tests.arch.chip.small_graphs import accumulate, chain, diamond, fork, join, loop, looped

GUARDS: dict[str, Guard] = {
    "commguard": CommGuard(),
    "reliable-queue": ReliableQueue(),
    "pass-through": PassThrough(),
}


def some_faults(generator: random.Random, cores: list[str], last: int) -> list[Fault]:
    faults = []
    clock = generator.choice([RETIRED, CYCLE])
    for _ in range(generator.randrange(6)):
        kind = generator.choice([INTEGER_REGISTER] * 3 + list(range(1, len(KINDS))))
        port = generator.randrange(2)
        target = port if kind >= MISSING_PUSH else generator.choice([1, 2, 5, 10, 11, 12, 15])
        target = target % (1 + len(UNITS)) if kind == ALU_RESULT else target
        faults.append(
            Fault(
                generator.choice(cores),
                clock,
                generator.randrange(last),
                kind,
                target,
                generator.randrange(32),
            )
        )
    return faults


def observe(result: ChipResult) -> dict[str, object]:
    """Value of everything that must agree."""
    return {
        "outcome": result.outcome,
        "cycles": result.cycles,
        "kept": {name: items.tolist() for name, items in result.kept.items()},
        "frames": result.frames,
        "faults": result.fault_events,
        "statistics": result.statistics,
        "pads": result.pads.tolist(),
        "discards": result.discards.tolist(),
        "detail": result.detail,
    }


@pytest.mark.parametrize("trial", range(24))
@pytest.mark.parametrize("guard", GUARDS)
def test_both_engines_see_the_same_run(trial: int, guard: str) -> None:
    generator = random.Random(trial)
    graph = chain() if generator.random() < 0.5 else diamond()
    queue = Queue(depth=generator.choice([8, 16, 64]), working_set=generator.choice([1, 2, 4]))
    machine = Machine(queue=queue)
    chip = StreamChip(graph, machine, frame_size=generator.choice([1, 2]))
    faults = some_faults(generator, [node.name for node in graph.filters()], 3000)
    setting = chip.setting(guard, Protection(), faults, quantum=generator.choice([1, 7, 1000]))
    program = chip.program(guard)

    fast = elaborate(chip.balanced, machine, program, chip.frame_size, setting)
    ended = run(*fast.arguments())
    slow = elaborate(chip.balanced, machine, program, chip.frame_size, setting)
    network = FixedLatency(machine.network.latency)
    names = [edge.name for edge in graph.edges]
    reference = ReferenceChip(slow, GUARDS[guard], network, names)
    assert reference.run() == ended
    seen = [observe(collect(chip.balanced, s, ended, None)) for s in (fast, slow)]
    assert seen[0] == seen[1]


@pytest.mark.parametrize("guard", ["software-queue", *GUARDS])
@pytest.mark.parametrize("protection", ["ppu", "none", "sequencer,budget", "budget"])
def test_no_quantum_changes_an_outcome(guard: str, protection: str) -> None:
    chip = StreamChip(diamond(), Machine(queue=Queue(depth=16, working_set=2)))
    for seed in range(6):
        faults = some_faults(random.Random(seed), ["fork", "left", "right", "join"], 3000)
        results = [
            chip.run(guard, Protection.parse(protection), faults, quantum=quantum)
            for quantum in (1, 7, 1000, 1 << 20)
        ]
        first = observe(results[0])
        for result in results[1:]:
            assert observe(result) == first


@pytest.mark.parametrize("guard", ["software-queue", *GUARDS])
@pytest.mark.parametrize("protection", ["ppu", "none"])
def test_without_faults_every_guard_delivers_everything(guard: str, protection: str) -> None:
    for graph, golden in ((chain(), np.arange(300) + 3), (diamond(), 3 * np.arange(320) + 2)):
        for depth, working_set in ((8, 1), (16, 4), (512, 64)):
            machine = Machine(queue=Queue(depth=depth, working_set=working_set))
            result = StreamChip(graph, machine).run(guard, Protection.parse(protection))
            assert result.outcome == "completed"
            assert np.array_equal(result.kept["out"], golden)
            assert result.total("timeouts") == result.total("pads") == 0


def test_headers_on_every_queue_are_frames_and_one() -> None:
    for frame_size in (1, 2, 4, 8):
        chip = StreamChip(diamond(), Machine(), frame_size)
        result = chip.run("commguard")
        for edge in chip.balanced.graph.edges:
            assert result.statistics[f"queue.{edge.name}.headers"] == chip.frame_count + 1


@pytest.mark.parametrize("kind", ["missing-push", "extra-push", "missing-pop", "extra-pop"])
@pytest.mark.parametrize("working_set", [1, 4])
@pytest.mark.parametrize("core", ["fork", "left", "join"])
def test_misalignment_never_outlives_its_frame(kind: str, working_set: int, core: str) -> None:
    machine = Machine(queue=Queue(depth=16, working_set=working_set))
    chip = StreamChip(diamond(), machine)
    golden = chip.profile("commguard").result
    start = golden.frames[core][4].retired * 4 + 3  # in frame 4: every frame retires as much
    for port in (
        (0, 1)
        if (core == "fork" and "push" in kind) or (core == "join" and "pop" in kind)
        else (0,)
    ):
        fault = Fault.parse(f"{core}@{start}:{kind}.{port}")
        guarded = chip.run("commguard", faults=[fault])
        assert guarded.outcome == "completed"
        assert [event["frame"] for event in guarded.fault_events] == [4]
        wrong = np.flatnonzero(guarded.kept["out"] != golden.kept["out"]) // 32
        assert set(wrong.tolist()) <= {4}, "only the frame that was hit may differ"
        bare = chip.run("pass-through", faults=[fault])
        after = np.flatnonzero(bare.kept["out"] != golden.kept["out"]) // 32
        assert after.max() == 9, "without alignment the shift stays to the end"


def test_one_fault_replays_alone() -> None:
    chip = StreamChip(chain(), Machine())
    fault = Fault.parse("f1@500:x2.30")
    result = chip.run("commguard", faults=[fault])
    again = chip.run("commguard", faults=[Fault.parse(result.fault_events[0]["fault"])])
    assert observe(result) == observe(again)
    assert replace(fault) == fault


def test_a_crash_is_a_result_with_its_place() -> None:
    chip = StreamChip(chain(), Machine())
    faults = [
        [Fault.parse(f"f1@{n}:x1.31")] for n in range(300, 340)
    ]  # x1: where a call returns to
    results = [chip.run("commguard", Protection.parse("none"), fault) for fault in faults]
    crashes = [i for i, result in enumerate(results) if result.outcome == "trapped"]
    assert crashes
    assert results[crashes[0]].detail.startswith("f1: bad pc at pc 0x8000")
    assert results[crashes[0]].statistics["core.f1.traps"] == 1
    contained = [chip.run("commguard", Protection(), fault) for fault in faults]
    assert {result.outcome for result in contained} == {"completed"}
    assert max(result.total("traps") for result in contained) == 1


@pytest.mark.parametrize("guard", ["software-queue", *GUARDS])
@pytest.mark.parametrize("delay_frames", [1, 3])
def test_a_feedback_edge_is_late_by_whole_frames(guard: str, delay_frames: int) -> None:
    golden = looped(320, 32, delay_frames)
    for depth, working_set in ((256, 1), (512, 64)):
        machine = Machine(queue=Queue(depth=depth, working_set=working_set))
        chip = StreamChip(loop(delay_frames=delay_frames), machine)
        result = chip.run(guard)
        assert result.outcome == "completed"
        assert result.kept["out"].tolist() == golden
        assert result.total("timeouts") == result.total("pads") == 0


@pytest.mark.parametrize("guard", GUARDS)
def test_both_engines_see_the_same_loop(guard: str) -> None:
    machine = Machine(queue=Queue(depth=64, working_set=4))
    chip = StreamChip(loop(), machine)
    for seed in range(5):
        faults = some_faults(random.Random(seed), ["add", "back"], 3000)
        setting = chip.setting(guard, Protection(), faults)
        program = chip.program(guard)
        fast = elaborate(chip.balanced, machine, program, chip.frame_size, setting)
        ended = run(*fast.arguments())
        slow = elaborate(chip.balanced, machine, program, chip.frame_size, setting)
        names = [edge.name for edge in chip.balanced.graph.edges]
        reference = ReferenceChip(slow, GUARDS[guard], FixedLatency(machine.network.latency), names)
        assert reference.run() == ended
        seen = [observe(collect(chip.balanced, s, ended, None)) for s in (fast, slow)]
        assert seen[0] == seen[1]
        assert seen[0]["outcome"] == "completed"


def test_a_filter_may_feed_itself() -> None:
    graph = StreamGraph("self")
    graph.source("in", np.arange(320, dtype=np.int32), [32] * 10)
    graph.filter("add", work=accumulate, pops=[1, 1], pushes=[1, 1])
    graph.sink("out", pops=32)
    graph.connect("in", "add")
    graph.connect("add", "out")
    graph.connect("add", "add", out_port=1, in_port=1, delay_frames=1)
    for guard in ("software-queue", *GUARDS):
        result = StreamChip(graph, Machine(queue=Queue(depth=80, working_set=16))).run(guard)
        assert result.outcome == "completed", result.detail
        assert result.kept["out"][32:].tolist() == [
            i + int(result.kept["out"][i - 32]) for i in range(32, 320)
        ]


def test_a_loop_without_initial_frames_or_room_for_them_is_refused() -> None:
    with pytest.raises(GraphError, match="cycle without initial frames"):
        loop(delay_frames=0).balance()
    with pytest.raises(GraphError, match="queue back->add holds 64 words and starts with 99"):
        StreamChip(loop(delay_frames=3), Machine(queue=Queue(depth=64, working_set=4)))


def test_two_queues_between_the_same_filters_are_counted_apart() -> None:
    graph = StreamGraph("double")
    graph.source("in", np.arange(320, dtype=np.int32), [32] * 10)
    graph.filter("fork", work=fork, pops=[4], pushes=[4, 4])
    graph.filter("join", work=join, pops=[4, 4], pushes=[4])
    graph.sink("out", pops=32)
    graph.connect("in", "fork")
    for port in (0, 1):
        graph.connect("fork", "join", out_port=port, in_port=port)
    graph.connect("join", "out")
    result = StreamChip(graph, Machine()).run("commguard")
    assert np.array_equal(result.kept["out"], 3 * np.arange(320))
    assert result.statistics["queue.fork.0->join.0.headers"] == 11
    assert result.statistics["queue.fork.1->join.1.headers"] == 11


def test_without_a_sequencer_a_runaway_and_a_wild_return_are_fatal() -> None:
    chip = StreamChip(chain(length=1), Machine())
    runaway = [Fault.parse(f"f0@{n}:x{r}.30") for n in range(400, 440) for r in (8, 9, 18, 19)]
    outcomes = []
    for fault in runaway:
        for protection in ("budget", "none", "address-guard,write-guard"):
            result = chip.run("commguard", Protection.parse(protection), [fault])
            outcomes.append((protection, result.outcome, result.detail.partition(" at pc")[0]))
    assert ("budget", "trapped", "f0: watchdog") in outcomes
    assert ("none", "hung", "") in {(p, o, "") for p, o, _ in outcomes}
    home = [Fault.parse(f"f0@{n}:x1.{bit}") for n in range(400, 440) for bit in range(2, 13)]
    for fault in home:  # one of these sends a call to the address where a sequencer would wait
        result = chip.run("commguard", Protection.parse("none"), [fault])
        assert result.outcome in ("completed", "trapped", "hung", "limit")  # that it ends at all


@pytest.mark.parametrize("code", [state.RETURNED, WATCHDOG])
def test_an_unsequenced_core_that_cannot_go_on_ends_the_chip(code: int) -> None:
    """It stands where a sequencer would start the next frame, and there is none."""
    chip = StreamChip(chain(length=1), Machine())
    setting = chip.setting("commguard", Protection.parse("budget"))
    program = chip.program("commguard")
    layout = elaborate(chip.balanced, chip.machine, program, chip.frame_size, setting)
    if code == WATCHDOG:
        layout.plans[0, BUDGET_END] = 0
    else:
        layout.s[0, state.PC] = state.RETURN_ADDRESS
    assert run(*layout.arguments()) == AT_LIMIT
    assert layout.chip[CRASH_CODE] == code
