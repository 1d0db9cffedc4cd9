# SPDX-License-Identifier: Apache-2.0
"""Misalignment never outlives its frame: miscounts, time-outs and a bad header in the JPEG graph.

The kernels keep no state from one row of MCUs to the next, so that every later row is bit-equal.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from guardlane.chip.collect import collect
from guardlane.chip.elaborate import elaborate
from guardlane.chip.engine import Schedule, StreamChip
from guardlane.chip.machine import Guarding, Machine, Queue
from guardlane.chip.network import FixedLatency
from guardlane.chip.reference import ReferenceChip
from guardlane.chip.result import ChipResult
from guardlane.core.protection import Protection
from guardlane.faults import KINDS, RETIRED, Fault, regfile_int
from guardlane.guard.checkers import CommGuard, HeaderInserter
from guardlane.guard.contract import Inserter
from guardlane.guard.words import BAD, HEADER, Unit
from guardlane_workloads.streams.jpeg.graph import SINK, jpeg_graph
from guardlane_workloads.streams.jpeg.picture import prepare
from tests.workloads.jpeg.sample_photos import file_of, photo

HIT = 2  # the frame that the faults strike
TIGHT = Queue(depth=200, working_set=1)  # a firing moves 192 words
WIDE = Queue(depth=512, working_set=64)


@cache
def decoder(queue: Queue, columns: int = 20, rows: int = 6, timeout: int = 0) -> StreamChip:
    picture = photo("coffee.png", (200, 100, 200 + 8 * columns, 100 + 8 * rows))
    graph = jpeg_graph(prepare(file_of(picture), 85, "coffee").encoded)
    return StreamChip(graph, Machine(queue=queue, guard=Guarding(timeout=timeout)))


def golden(chip: StreamChip) -> ChipResult:
    return chip.profile("commguard").result


def miscounts(chip: StreamChip, core: str, kind: str, port: int, count: int) -> list[Fault]:
    """Value of `count` faults spread over nine tenths of frame HIT, so that all act within it."""
    ends = golden(chip).frames[core]
    first, length = sum(end.retired for end in ends[:HIT]) + 20, ends[HIT].retired * 9 // 10
    number = KINDS.index(kind)
    return [
        Fault(core, RETIRED, first + i * length // count, number, port, 0) for i in range(count)
    ]


def wrong_rows(chip: StreamChip, result: ChipResult) -> set[int]:
    clean = golden(chip).kept[SINK]
    row = clean.size // chip.balanced.steady_states
    return set((np.flatnonzero(result.kept[SINK] != clean) // row).tolist())


MISCOUNTS = [
    *((core, kind, 0) for core in ("huff", "dequant_y", "idct_cb", "colour")
      for kind in ("missing-push", "extra-push", "missing-pop", "extra-pop")),
    *(("split", kind, port) for kind in ("missing-push", "extra-push") for port in range(3)),
    *(("join", kind, port) for kind in ("missing-pop", "extra-pop") for port in range(3)),
]  # fmt: skip


@pytest.mark.parametrize("queue", [TIGHT, WIDE], ids=["one", "working-sets"])
@pytest.mark.parametrize(("core", "kind", "port"), MISCOUNTS)
def test_a_miscount_spoils_its_own_row_alone(core: str, kind: str, port: int, queue: Queue) -> None:
    chip = decoder(queue)
    for count in (1, 50):
        faults = miscounts(chip, core, kind, port, count)
        guarded = chip.run("commguard", faults=faults)
        assert guarded.outcome == "completed"
        hit = {event["frame"] for event in guarded.fault_events}
        # A decoder that lost its place may end its frame early and meet the rest in the next one.
        assert hit == {HIT} or (core == "huff" and count > 1 and hit == {HIT, HIT + 1})
        assert wrong_rows(chip, guarded) == hit
    bare = chip.run("pass-through", faults=miscounts(chip, core, kind, port, 1))
    if core != "huff" or "push" in kind:  # Huffman codes fall back into step by themselves
        assert wrong_rows(chip, bare) == {2, 3, 4, 5}, "without alignment the shift stays"


@pytest.mark.parametrize("working_set", [1, 8])
@pytest.mark.parametrize(
    ("core", "kind", "port"), [("split", "missing-push", 1), ("join", "missing-pop", 0)]
)
def test_a_branch_that_starves_costs_its_row_though_time_outs_fire(
    core: str, kind: str, port: int, working_set: int
) -> None:
    chip = decoder(Queue(depth=200, working_set=working_set))
    faults = miscounts(chip, core, kind, port, 2000)
    guarded = chip.run("commguard", faults=faults)
    assert guarded.outcome == "completed"
    assert guarded.total("timeouts") > 0, "the fork-join should have come to a halt"
    assert wrong_rows(chip, guarded) == {HIT}
    assert max(wrong_rows(chip, chip.run("pass-through", faults=faults))) == 5


def test_rows_without_a_fault_a_pad_or_a_discard_are_bit_equal() -> None:
    struck = clean = late = 0
    for queue, patience in ((TIGHT, 0), (WIDE, 0), (WIDE, 1000)):
        chip = decoder(queue, 6, 12, patience)
        for seed in range(40):
            result = chip.run("commguard", Protection(), Schedule(regfile_int, seed, 65_536))
            hit = {event["frame"] for event in result.fault_events}
            hit |= set(np.flatnonzero(result.pads + result.discards).tolist())
            assert wrong_rows(chip, result) <= hit
            late += result.total("timeouts")
            struck += len(hit)
            clean += 12 - len(hit)
    assert min(struck, clean) > 100
    assert late > 100, "patience of a thousand cycles should not have sufficed"


@pytest.mark.parametrize("frame_size", [1, 2, 4, 8])
def test_headers_on_every_queue_are_frames_and_one(frame_size: int) -> None:
    chip = StreamChip(decoder(WIDE).balanced.graph, Machine(), frame_size)
    result = chip.run("commguard")
    assert chip.frame_count == -(-6 // frame_size)
    for edge in chip.balanced.graph.edges:
        assert result.statistics[f"queue.{edge.name}.headers"] == chip.frame_count + 1


class BadHeaders(HeaderInserter):
    """An inserter whose header of one frame arrives beyond repair."""

    def __init__(self, frame: int) -> None:
        super().__init__()
        self.frame = frame
        self.headers = 0

    def new_frame(self, active: int) -> Unit | None:
        unit = super().new_frame(active)
        assert unit is not None
        assert unit.kind == HEADER
        self.headers += 1
        return Unit(BAD) if self.headers == self.frame + 1 else unit


class OneBadHeader(CommGuard):
    """CommGuard on a chip where one header, on one queue, is beyond repair."""

    def __init__(self, queue_name: str) -> None:
        super().__init__()
        self.queue_name = queue_name

    def inserter(self, queue_name: str) -> Inserter:
        return BadHeaders(HIT) if queue_name == self.queue_name else super().inserter(queue_name)


@pytest.mark.parametrize("number", [0, 3, 8])
@pytest.mark.parametrize("queue", [TIGHT, WIDE], ids=["one", "working-sets"])
def test_a_bad_header_costs_its_row_alone(number: int, queue: Queue) -> None:
    chip = decoder(queue, 2, 5)
    names = [edge.name for edge in chip.balanced.graph.edges]
    state = elaborate(
        chip.balanced, chip.machine, chip.program("commguard"), 1,
        chip.setting("commguard", Protection()),
    )  # fmt: skip
    guard = OneBadHeader(names[number])
    ended = ReferenceChip(state, guard, FixedLatency(chip.machine.network.latency), names).run()
    result = collect(chip.balanced, state, ended, None)
    assert result.outcome == "completed"
    assert wrong_rows(chip, result) == {HIT}
    assert result.statistics[f"queue.{names[number]}.discarded_headers"] == 1
    assert np.flatnonzero(result.pads).tolist() == [HIT]
