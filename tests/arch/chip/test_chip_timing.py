# SPDX-License-Identifier: Apache-2.0
"""A chip of cores with pipelines: other cycles, the same results, and no trace of the simulator."""

from __future__ import annotations

import numpy as np
import pytest

from guardlane.chip.engine import Schedule, StreamChip
from guardlane.chip.machine import Core, Machine, Network, Queue
from guardlane.chip.result import ChipResult
from guardlane.core.pipeline import Cache, Pipeline
from guardlane.faults import FaultModel, alu_stuck, alu_timing, alu_uniform, regfile_int
from guardlane.units import Voltage
from guardlane_workloads.streams.complex_fir.graph import fir_graph
from guardlane_workloads.streams.complex_fir.signal import received
from tests.arch.chip.small_graphs import chain, diamond

TIMINGS = ("cv32e40p_fpu_lat1", "vexriscv_full_bypass", "ibex_small")
QUEUE = Queue(depth=64, working_set=8)


def machine(timing: str) -> Machine:
    return Machine(core=Core(timing=timing), queue=QUEUE)


def fir(timing: str) -> StreamChip:
    return StreamChip(fir_graph(received(256), group=64), machine(timing))


def seen(result: ChipResult) -> object:
    """Everything that must not depend on how the simulator works."""
    kept = {name: items.tobytes() for name, items in result.kept.items()}
    return result.outcome, result.cycles, kept, result.statistics, result.fault_events


@pytest.mark.parametrize("timing", TIMINGS)
def test_a_pipeline_changes_cycles_and_no_result(timing: str) -> None:
    plain, timed = fir("classes").run("commguard"), fir(timing).run("commguard")
    assert timed.outcome == "completed"
    assert np.array_equal(timed.kept["output"], plain.kept["output"])
    name = "retired_instructions"
    assert timed.total(name) == plain.total(name)
    assert timed.cycles != plain.cycles
    by_class = [v for k, v in timed.statistics.items() if k.startswith("core.fir.retired_")]
    by_class.remove(timed.statistics[f"core.fir.{name}"])
    assert sum(by_class) == timed.statistics[f"core.fir.{name}"]


@pytest.mark.parametrize("timing", TIMINGS)
@pytest.mark.parametrize("model", [regfile_int, alu_timing, alu_uniform, alu_stuck])
def test_no_quantum_changes_a_timed_run_under_faults(timing: str, model: FaultModel) -> None:
    chip = StreamChip(diamond(), machine(timing))
    faults = Schedule(model, seed=3, mean=150)
    runs = [
        seen(chip.run("commguard", faults=faults, quantum=quantum, voltage=Voltage(780)))
        for quantum in (1, 7, 1000)
    ]
    assert runs[0] == runs[1] == runs[2]
    assert chip.run("commguard", faults=faults).total("faults_injected") > 3


def test_faults_in_cycles_strike_a_timed_core_at_their_cycle() -> None:
    from guardlane.faults import CYCLE

    chip = fir("vexriscv_full_bypass")
    result = chip.run("commguard", faults=Schedule(regfile_int, seed=1, mean=5000, clock=CYCLE))
    assert len(result.fault_events) > 10
    for event in result.fault_events:
        due = int(str(event["fault"]).partition("@")[2].partition("c")[0])
        assert due <= event["cycle"] < due + 200  # a stall or a miss may come between


def test_the_readable_engine_has_the_same_cycles() -> None:
    from guardlane import plugins

    plain = StreamChip(chain(), machine("cv32e40p"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("guardlane.chip.engine.BUILT_IN_NETWORK", "none is built in")
        readable = StreamChip(chain(), machine("cv32e40p")).run("commguard")
    assert plugins.found("guardlane.networks")
    assert seen(readable) == seen(plain.run("commguard"))


def test_smaller_caches_miss_more_and_take_longer() -> None:
    def run(size: int) -> ChipResult:
        pipeline = Pipeline(
            fetch_depth=0,
            memory_wait=9,
            fetch_cache=Cache(size=1024, ways=2, miss=2),
            data_cache=Cache(size=size, ways=2, miss=2),
        )
        core = Core(timing="pipeline", pipeline=pipeline)
        graph = fir_graph(received(256), group=64)
        return StreamChip(graph, Machine(core=core, queue=QUEUE)).run("commguard")

    small, large = run(128), run(2048)
    assert small.total("data_misses") > 10 * large.total("data_misses") > 0
    assert small.cycles > large.cycles


def test_a_second_level_cache_hides_the_memory() -> None:
    def run(second: Cache) -> ChipResult:
        pipeline = Pipeline(
            fetch_depth=0,
            memory_wait=20,
            fetch_cache=Cache(size=256, miss=2),
            data_cache=Cache(size=128, miss=2),
            second_cache=second,
        )
        core = Core(timing="pipeline", pipeline=pipeline)
        graph = fir_graph(received(128), group=64)
        return StreamChip(graph, Machine(core=core, queue=QUEUE)).run("commguard")

    without, with_one = run(Cache()), run(Cache(size=8192, ways=4, miss=6))
    assert without.total("second_lookups") == 0
    assert with_one.total("second_lookups") > 10 * with_one.total("second_misses") > 0
    assert with_one.cycles < without.cycles


def test_a_timing_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(ValueError, match="must be one of classes, pipeline, vexriscv_full_bypass"):
        Core(timing="pentium")


def test_a_network_of_another_latency_moves_a_timed_chip() -> None:
    slow = Machine(core=Core(timing="cv32e40p"), queue=QUEUE, network=Network(latency=64))
    near = StreamChip(chain(), machine("cv32e40p")).run("commguard")
    assert StreamChip(chain(), slow).run("commguard").cycles > near.cycles


@pytest.mark.parametrize("guard", ["software-queue", "reliable-queue", "commguard"])
def test_classes_add_up_however_a_core_ends(guard: str) -> None:
    """Traps, instructions that wait for ever, ends of a frame: none is counted and not retired."""
    chip = fir("cv32e40p")
    traps = 0
    for seed in range(12):
        result = chip.run(guard, faults=Schedule(regfile_int, seed=seed, mean=300))
        traps += result.total("traps")
        by_class: dict[str, int] = {}
        for name, value in result.statistics.items():
            if ".retired_" in name and not name.endswith("retired_instructions"):
                core = name.split(".")[1]
                by_class[core] = by_class.get(core, 0) + value
        for core, total in by_class.items():
            assert total == result.statistics[f"core.{core}.retired_instructions"], (seed, core)
    assert traps > 0
