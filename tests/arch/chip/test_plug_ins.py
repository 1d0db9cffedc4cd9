# SPDX-License-Identifier: Apache-2.0
"""Guards, networks and fault models that somebody brought along run as the built-in ones do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from guardlane import plugins
from guardlane.chip.engine import Schedule, StreamChip
from guardlane.chip.machine import Machine, Network, Queue
from guardlane.chip.network import Delivery, FixedLatency, Packet
from guardlane.core.protection import Protection
from guardlane.errors import GuardlaneError
from guardlane.faults import ALU_RESULT, CYCLE, Fault, alu_uniform
from guardlane.guard.checkers import CommGuard
from guardlane.guard.contract import Inserter
from guardlane.guard.words import BAD, HEADER, Unit
from tests.arch.chip.small_graphs import chain, diamond


class PadEverything(CommGuard):
    """A useless checker: it answers every pop with a pad."""

    name = "pad-everything"

    def aligner(self, queue_name: str) -> Any:
        aligner: Any = super().aligner(queue_name)
        aligner.examine = lambda unit: aligner.pad()
        return aligner


class Jittery:
    """A network that refuses every third offer and takes longer for data than for space."""

    def __init__(self, latency: int, tiles: object = None) -> None:
        self._coming: list[tuple[int, Packet]] = []
        self._latency, self._offers = latency, 0

    def offer(self, packet: Packet, cycle: int) -> bool:
        self._offers += 1
        if self._offers % 3 == 0:
            return False
        when = cycle + self._latency + (40 if packet.forward else 5)
        self._coming.append((when, packet))
        return True

    def advance(self, cycle: int) -> Iterable[Delivery]:
        due = sorted((pair for pair in self._coming if pair[0] <= cycle), key=lambda pair: pair[0])
        self._coming = [pair for pair in self._coming if pair[0] > cycle]
        return [Delivery(when, packet) for when, packet in due]

    def lookahead(self) -> int:
        return self._latency

    def in_flight(self) -> int:
        return len(self._coming)


@pytest.fixture(autouse=True)
def brought(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the plug-ins of this file beside the built-in ones."""
    own = {
        ("guardlane.guards", "own-commguard"): CommGuard,
        ("guardlane.guards", "pad-everything"): PadEverything,
        ("guardlane.guards", "bad-header"): BadHeader,
        ("guardlane.networks", "own-fixed"): FixedLatency,
        ("guardlane.networks", "jittery"): Jittery,
    }
    load = plugins.load
    monkeypatch.setattr(plugins, "load", lambda g, n: own[g, n] if (g, n) in own else load(g, n))


def test_a_guard_from_outside_gives_what_the_built_in_one_gives() -> None:
    chip = StreamChip(diamond(), Machine(queue=Queue(depth=16, working_set=4)))
    fault = [Fault.parse("fork@300:extra-push.0"), Fault.parse("left@700:x10.12")]
    built_in = chip.run("commguard", faults=fault)
    outside = chip.run("own-commguard", faults=fault)
    assert built_in.statistics == outside.statistics
    assert np.array_equal(built_in.kept["out"], outside.kept["out"])


def test_a_useless_checker_is_seen_to_be_useless() -> None:
    result = StreamChip(chain(), Machine()).run("pad-everything")
    assert result.outcome == "completed"
    assert result.statistics["queue.f0->f1.pads"] == 300
    assert not np.array_equal(result.kept["out"], np.arange(300) + 3)


def test_a_network_from_outside_carries_the_same_items() -> None:
    plain = StreamChip(diamond(), Machine())
    same = StreamChip(diamond(), Machine(network=Network(kind="own-fixed")))
    assert plain.run("commguard").statistics == same.run("commguard").statistics
    for guard in ("reliable-queue", "commguard"):
        machine = Machine(network=Network(kind="jittery"), queue=Queue(depth=16, working_set=4))
        result = StreamChip(diamond(), machine).run(guard)
        assert result.outcome == "completed"
        assert np.array_equal(result.kept["out"], 3 * np.arange(320) + 2)
        fixed = StreamChip(diamond(), Machine(queue=Queue(depth=16, working_set=4)))
        assert result.cycles > fixed.run(guard).cycles


def test_shared_memory_needs_the_built_in_network() -> None:
    chip = StreamChip(chain(), Machine(network=Network(kind="jittery")))
    with pytest.raises(GuardlaneError, match="software queues live in shared memory"):
        chip.run("software-queue")


class BadHeader(CommGuard):
    """CommGuard whose header of frame 3 on one queue is beyond repair when it is read."""

    name = "bad-header"

    def inserter(self, queue_name: str) -> Inserter:
        inserter = super().inserter(queue_name)
        honest = inserter.new_frame

        def spoiled(active: int) -> Unit | None:
            unit = honest(active)
            if unit is not None and queue_name == "fork->left" and active == 3:
                return Unit(BAD if unit.kind == HEADER else unit.kind, unit.ident)
            return unit

        inserter.new_frame = spoiled  # type: ignore[method-assign]
        return inserter


@pytest.mark.parametrize("working_set", [1, 4])
def test_a_bad_header_costs_the_frames_it_touches_and_no_more(working_set: int) -> None:
    machine = Machine(queue=Queue(depth=16, working_set=working_set))
    chip = StreamChip(diamond(), machine)
    golden = chip.profile("commguard").result.kept["out"]
    result = chip.run("bad-header")
    assert result.outcome == "completed"
    assert result.statistics["queue.fork->left.discarded_headers"] == 1
    wrong = set((np.flatnonzero(result.kept["out"] != golden) // 32).tolist())
    assert wrong == {2}, "frame 3 is the third"


def test_a_timed_out_branch_loses_one_frame() -> None:
    """Items pushed to one branch only starve the other: a join must time out, and then recover."""
    chip = StreamChip(diamond(), Machine(queue=Queue(depth=8, working_set=2)))
    golden = chip.profile("commguard").result
    start = golden.frames["fork"][3].retired * 3
    faults = [Fault.parse(f"fork@{start + k}:missing-push.1") for k in range(0, 160, 8)]
    faults += [Fault.parse(f"fork@{start + k}:extra-push.0") for k in range(4, 160, 8)]
    result = chip.run("commguard", faults=faults)
    assert result.outcome == "completed"
    assert result.total("timeouts") > 0
    hit = {event["frame"] for event in result.fault_events}
    wrong = set((np.flatnonzero(result.kept["out"] != golden.kept["out"]) // 32).tolist())
    assert wrong <= hit
    assert wrong


def test_time_outs_off_leave_a_starved_join_deadlocked() -> None:
    machine = Machine.model_validate(
        {"queue": Queue(depth=8, working_set=2), "guard": {"timeouts": "off"}}
    )
    chip = StreamChip(diamond(), machine)
    start = chip.profile("commguard").retired["fork"] * 3
    faults = [Fault.parse(f"fork@{start + k}:missing-push.1") for k in range(0, 160, 8)]
    faults += [Fault.parse(f"fork@{start + k}:extra-push.0") for k in range(4, 160, 8)]
    result = chip.run("commguard", faults=faults)
    assert result.outcome == "deadlocked"
    assert "join: pop on right->join in frame" in result.detail
    assert "fork: push on fork->left in frame" in result.detail


class OneBit:
    """A fault model of somebody: always the lowest bit of an arithmetic result."""

    name = "one-bit"

    def targets(
        self, generator: np.random.Generator, count: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        zeros = np.zeros(count, np.int64)
        return zeros + ALU_RESULT, zeros, zeros


def test_an_own_fault_model_hits_results_in_its_bit() -> None:
    chip = StreamChip(chain(length=1), Machine())
    result = chip.run("commguard", faults=Schedule(OneBit(), 1, 100))
    assert {event["fault"].partition(":")[2] for event in result.fault_events} == {"alu.0"}
    assert len(result.fault_events) > 5


@pytest.mark.parametrize("model", [alu_uniform, OneBit()])
def test_faults_in_time_strike_at_their_cycle(model: Any) -> None:
    chip = StreamChip(chain(), Machine())
    result = chip.run("commguard", Protection(), Schedule(model, 3, 500, CYCLE))
    assert len(result.fault_events) > 10
    for event in result.fault_events:
        count = int(event["fault"].partition("@")[2].partition("c")[0])
        assert 0 <= event["cycle"] - count < 20_000, "late only as long as the core stood still"


def test_a_queue_that_is_too_small_is_named() -> None:
    with pytest.raises(GuardlaneError, match="queue in->fork holds 4 words and needs 5"):
        StreamChip(diamond(), Machine(queue=Queue(depth=4, working_set=1)))


def test_a_fault_on_nobody_is_refused() -> None:
    chip = StreamChip(chain(), Machine())
    with pytest.raises(GuardlaneError, match="no core is named 'f9'; there are f0, f1, f2"):
        chip.run("commguard", faults=[Fault.parse("f9@3:x1.1")])
    with pytest.raises(GuardlaneError, match="faults of f0 count in instructions and in cycles"):
        chip.run("commguard", faults=[Fault.parse("f0@3:x1.1"), Fault.parse("f0@3c:x1.1")])


def test_more_frames_than_ids_can_tell_apart_are_refused() -> None:
    machine = Machine.model_validate({"guard": {"id_width": 4}})
    with pytest.raises(GuardlaneError, match="10 frames do not fit ids of 4 bits"):
        StreamChip(chain(), machine).run("commguard")
