# SPDX-License-Identifier: Apache-2.0
"""The steps of a core are those of the readable pipeline, and looking at them changes nothing."""

from __future__ import annotations

import random

import numpy as np
import pytest

from guardlane.core.bare import CORE_NAME, BareCore
from guardlane.core.pipeline import Pipeline
from guardlane.core.pipeline_twin import PipelineTwin, _destination
from guardlane.core.presets import preset
from guardlane.core.steps import Recorder, Steps
from guardlane.errors import GuardlaneError, UsageError
from guardlane.faults import Fault
from guardlane.isa import state
from guardlane.isa.costs import one_cycle_each
from guardlane.isa.encoding import decode, encode
from guardlane.isa.executable import read_executable
from guardlane.isa.execute import execute
from guardlane.isa.step import BRANCH
from guardlane.window import Window
from tests.arch.core.test_pipeline_twin import PIPELINES, dense_program, random_pipeline, start
from tests.arch.isa.machine import FOREVER, Core
from tests.core_golden import golden_images

WHOLE = Window(1, 1_000_000)


def recorded(core: Core, pipeline: Pipeline, twin: PipelineTwin | None) -> Steps:
    """Step a core to its ebreak; with a twin, hold every step against it."""
    issue, pipe = pipeline.issue(core.rows), pipeline.new()
    core.s[state.CYCLES] = pipeline.start
    words = core.mem32[: len(core.rows)].view(np.uint32)
    steps = Steps("core", WHOLE)
    recorder = Recorder(steps, core.rows, words, pipeline, issue, pipe)
    while True:
        pc, retired = int(core.s[state.PC]), int(core.s[state.RETIRED])
        found = decode(int(words[pc - state.MEMORY_BASE >> 2]))
        assert found is not None
        a, b = (int(core.x[r].view(np.uint32)) for r in (found.rs1, found.rs2))
        recorder.ready(core.s, core.x, int(core.s[state.CYCLES]))
        stop = execute(
            core.rows, core.x, core.f_bits, core.f_bits.view(np.float32), core.mem8,
            core.mem8.view(np.int16), core.mem32, core.s, retired + 1, FOREVER, issue, pipe,
        )  # fmt: skip
        recorder.done(core.s, int(core.s[state.CYCLES]))
        if stop == state.EBREAK:
            steps.retired, steps.cycles = retired, int(core.s[state.CYCLES])
            return steps
        if twin is not None:
            twin.issue(found, pc, a, b, is_taken=found.name in BRANCH and BRANCH[found.name](a, b))
            step = steps.taken[-1]
            seen = (step.number, step.pc, step.issued, step.after)
            assert seen == (retired + 1, pc, twin.issued_at[-1], twin.clock), found
            target = _destination(found)
            if target is not None:
                assert step.result == max(step.after, twin.ready[target]), found


@pytest.mark.parametrize("wait", [0, 3])
@pytest.mark.parametrize("name", PIPELINES)
def test_steps_are_those_of_the_twin(name: str, wait: int) -> None:
    pipeline = PIPELINES[name].model_copy(update={"memory_wait": wait})
    for seed in range(4):
        draw = random.Random(seed)
        recorded(start(dense_program(draw), draw), pipeline, PipelineTwin(pipeline))


@pytest.mark.parametrize("seed", range(12))
def test_steps_are_those_of_the_twin_on_pipelines_that_nobody_built(seed: int) -> None:
    draw = random.Random(seed)
    pipeline = random_pipeline(draw)
    steps = recorded(start(dense_program(draw), draw), pipeline, PipelineTwin(pipeline))
    assert not steps.is_cut
    waited = sum(step.operand + step.fetch + step.data + step.redirect for step in steps.taken)
    assert waited > 0


def bare(image: str, core: str, wait: int = 0) -> BareCore:
    program = read_executable(golden_images()[image], image)
    pipeline = preset(core).model_copy(update={"memory_wait": wait})
    return BareCore(program, one_cycle_each(), pipeline=pipeline)


@pytest.mark.parametrize("core", ["ibex_small", "vexriscv_full_bypass", "cv32e40p"])
@pytest.mark.parametrize("image", ["fir16_4", "gcd_10", "call_ret_100", "div_neg_100"])
def test_a_program_runs_as_it_does_when_nobody_looks(image: str, core: str) -> None:
    alone = bare(image, core, 1)
    plain, seen = alone.run(), alone.run(window=WHOLE)
    assert (plain.cycles, plain.timing, plain.result) == (seen.cycles, seen.timing, seen.result)
    steps = seen.steps
    assert steps is not None
    assert [step.number for step in steps.taken] == [*range(1, plain.retired_instructions + 1)]
    assert (steps.retired, steps.cycles) == (plain.retired_instructions, plain.cycles)
    assert steps.taken[-1].after == plain.cycles
    for name, total in (("operand", "stall_operand"), ("fetch", "stall_fetch"),
                        ("data", "stall_data"), ("redirect", "stall_redirect")):  # fmt: skip
        assert sum(getattr(step, name) for step in steps.taken) == plain.timing[total]
    for before, step in zip(steps.taken, steps.taken[1:], strict=False):
        assert step.before == before.after
        assert step.before <= step.issued <= step.after <= step.result


def test_a_window_is_a_part_of_the_whole() -> None:
    alone = bare("fir16_8", "cv32e40p")
    whole, part = (alone.run(window=one).steps for one in (WHOLE, Window(200, 299)))
    assert whole is not None
    assert part is not None
    assert part.taken == whole.taken[199:299]
    assert part.is_cut
    assert not whole.is_cut
    assert (part.retired, part.cycles) == (whole.retired, whole.cycles)


def test_a_window_behind_the_end_is_empty_and_a_limit_still_holds() -> None:
    alone = bare("fir16_8", "cv32e40p")
    late = alone.run(window=Window(900_000, 900_010)).steps
    assert late is not None
    assert late.taken == []
    short = alone.run(limit=50, window=Window(41, 60))
    assert (short.outcome, short.retired_instructions) == ("limit", 50)
    assert short.steps is not None
    assert [step.number for step in short.steps.taken] == [*range(41, 51)]


def test_faults_strike_as_they_do_when_nobody_looks() -> None:
    alone = bare("fir16_8", "ibex_maxperf", 3)
    faults = [Fault.parse(f"core@{n}:x{5 + n % 10}.{n % 32}") for n in range(10, 400, 13)]
    plain, seen = alone.run(faults=faults), alone.run(faults=faults, window=Window(20, 200))
    assert plain.fault_events == seen.fault_events
    assert (plain.outcome, plain.cycles, plain.result) == (seen.outcome, seen.cycles, seen.result)


def test_classes_take_their_cost_and_never_wait() -> None:
    program = read_executable(golden_images()["fir16_4"], "fir16_4")
    costs = one_cycle_each() * 3
    seen = BareCore(program, costs).run(window=WHOLE)
    assert seen.steps is not None
    assert {step.after - step.issued for step in seen.steps.taken} == {3}
    assert all(step.issued == step.before == 3 * (step.number - 1) for step in seen.steps.taken)


def test_another_core_and_a_pipeline_without_time_are_refused() -> None:
    alone = bare("fir16_4", "cv32e40p")
    with pytest.raises(UsageError, match=f"no core is named 'cpu'; there is {CORE_NAME}"):
        alone.run(window=Window(core="cpu"))
    core = Core([encode("mul", rd=5), encode("mul", rd=6), encode("ebreak")])
    nothing = Pipeline().occupancy.model_copy(update={"mul": 0})
    timeless = Pipeline().model_copy(update={"occupancy": nothing})
    issue, pipe = timeless.issue(core.rows), timeless.new()
    steps = Steps("core", WHOLE)
    recorder = Recorder(steps, core.rows, core.mem32.view(np.uint32), timeless, issue, pipe)
    recorder.ready(core.s, core.x, 0)
    core.s[state.RETIRED] += 2
    with pytest.raises(GuardlaneError, match="instructions 1 and 2 of core took no cycle"):
        recorder.done(core.s, 0)
