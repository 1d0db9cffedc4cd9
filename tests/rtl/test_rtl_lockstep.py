# SPDX-License-Identifier: Apache-2.0
"""The hardware keeps step with the compiled twins, output by output, for a million cycles each."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest

from guardlane.errors import GuardlaneError
from guardlane.guard.alignment import Event, State
from guardlane.guard.queue import QueueInputs, QueueManager
from guardlane.guard.replay_queue import replay_queue
from guardlane.guard.shell_alignment import AlignmentInputs, AlignmentOutputs
from guardlane.guard.words import BAD, EOC, HEADER, ITEM
from guardlane.seeds import stream
from guardlane_rtl.bench import PATIENT, AlignmentBench, random_script
from guardlane_rtl.block import Block, Cycled
from guardlane_rtl.build import build
from guardlane_rtl.link_bench import LinkBench
from guardlane_rtl.lockstep import (
    QUEUE_FLIPS,
    alignment_lockstep,
    in_ports,
    inserter_lockstep,
    out_ports,
    queue_lockstep,
)
from guardlane_rtl.stimulus import draw_queue

CYCLES = 1_000_000
PAD = 0x5A
SETS = [(8, 2), (32, 8), (32, 32)]  # data and id widths

LIVE_STATES = (State.RCV_CMP, State.EXP_HDR, State.DISC, State.DISC_FR)


@pytest.mark.parametrize(("data_width", "id_width"), SETS)
def test_the_alignment_manager_keeps_step_with_its_twin(data_width: int, id_width: int) -> None:
    built = build(
        "alignment_manager", {"DataWidth": data_width, "IdWidth": id_width, "PadData": PAD}
    )
    done = alignment_lockstep(built, data_width, id_width, PAD, CYCLES)
    assert done.mismatches == 0, done.first
    assert done.cycles == CYCLES
    # every cell of the table, an empty queue (-1) included, and every way into a frame
    looked = {key[1:] for key in done.seen if key[0] == "look"}
    assert looked == {(state, event) for state in LIVE_STATES for event in (-1, *Event)}
    # a pop leaves Disc and DiscFr before its answer, so that no frame begins in them
    frames = {key[1:] for key in done.seen if key[0] == "frame"}
    from_padding = {(State.PDG, state) for state in (State.RCV_CMP, State.EXP_HDR, State.PDG)}
    assert frames == from_padding | {(state, State.EXP_HDR) for state in LIVE_STATES[:2]}
    assert done.seen["pad", State.PDG] > 10_000
    assert {key[1] for key in done.seen if key[0] == "after the end"} == {ITEM, HEADER, BAD, EOC}
    assert done.seen["skew", 1] > 1_000


@pytest.mark.parametrize(("data_width", "id_width", "delay"), [(8, 2, 0), (32, 8, 3), (32, 32, 0)])
def test_the_header_inserter_keeps_step_with_its_twin(
    data_width: int, id_width: int, delay: int
) -> None:
    parameters = {"DataWidth": data_width, "IdWidth": id_width, "DelayFrames": delay}
    built = build("header_inserter", parameters)
    done = inserter_lockstep(built, data_width, id_width, delay, CYCLES)
    assert done.mismatches == 0, done.first
    assert done.cycles == CYCLES
    # command, room, time-out, whether a unit was offered: only a push is ever swallowed
    seen = {key[1:] for key in done.seen if key[0] == "command"}
    possible = {c for c in product(range(3), range(2), range(2), range(2)) if c[0] == 0 or c[3]}
    assert seen >= {c for c in possible if c[0] < 2}
    assert {c[:3] for c in seen if c[0] == 2} >= {(2, 0, 1), (2, 1, 0)}


@pytest.mark.parametrize(
    ("data_width", "id_width", "depth", "working_set"),
    [(8, 2, 1, 1), (32, 8, 5, 2), (32, 32, 8, 4)],
)
def test_the_queue_manager_keeps_step_with_its_twin_under_upsets(
    data_width: int, id_width: int, depth: int, working_set: int
) -> None:
    parameters = {
        "DataWidth": data_width, "IdWidth": id_width, "Depth": depth, "WorkingSet": working_set,
    }  # fmt: skip
    built = build("queue_manager", parameters, flips=QUEUE_FLIPS)
    done = queue_lockstep(built, data_width, id_width, depth, working_set, CYCLES)
    assert done.mismatches == 0, done.first
    assert done.cycles == CYCLES
    assert {key[1] for key in done.seen if key[0] == "occupancy"} == set(range(depth + 1))
    assert {key[1] for key in done.seen if key[0] == "popped"} == {ITEM, HEADER, BAD, EOC}
    assert sum(key[0] == "hands" for key in done.seen) >= 15 - 4 * (depth == 1)
    assert done.seen["upset", 1, 0] > 10_000
    assert done.seen["upset", 0, 1] > 1_000
    assert done.seen["closed", 1, 0] > 1_000


@pytest.mark.parametrize(("depth", "working_set"), [(1, 1), (3, 2), (8, 4)])
def test_the_queue_twin_keeps_step_with_the_queue_of_the_library(
    depth: int, working_set: int
) -> None:
    queue = QueueManager(depth, working_set)
    code_width = queue.write_pointer.code.code_width
    detected = 0
    for segment in range(20):
        stimulus = draw_queue(stream(7, "twin", segment), 1_000, 8, 16, code_width)
        queue.reset()
        for row, got in zip(stimulus.tolist(), replay_queue(depth, working_set, stimulus).tolist(),
                            strict=True):  # fmt: skip
            queue.write_pointer.flip(row[9])
            queue.read_pointer.flip(row[10])
            assert list(queue.cycle(QueueInputs(*row[:9]))) == got
            detected += got[8]
    assert detected > 100


def test_the_scoreboard_finds_nothing_in_the_hardware() -> None:
    """The bench that judges models drives the ports of the hardware, which answers as it does."""
    built = build("alignment_manager", {"DataWidth": 32, "IdWidth": 32, "PadData": PAD})
    ports = in_ports(AlignmentInputs._fields), out_ports(AlignmentOutputs._fields)
    cycles = answers = 0
    for seed, (bad, lost, patience) in enumerate(product((0.0, 0.1), (0.0, 0.1), (PATIENT, 4))):
        script = random_script(
            random.Random(seed), 2_000, 32, bad=bad, lost=lost, patience=patience
        )
        bench = AlignmentBench(script, seed, 32)
        assert bench.run(Cycled(Block(built, *ports), AlignmentOutputs))
        assert not bench.scoreboard.finish(), bench.scoreboard.first
        cycles += len(bench.inputs)
        answers += len(bench.scoreboard.answers)
    assert cycles > 100_000
    assert answers > 30_000


@pytest.mark.parametrize(("id_width", "depth", "working_set"), [(32, 8, 4), (4, 5, 2), (3, 2, 1)])
def test_the_scoreboard_finds_nothing_in_a_whole_link(
    id_width: int, depth: int, working_set: int
) -> None:
    parameters = {"DataWidth": 32, "IdWidth": id_width, "Depth": depth, "WorkingSet": working_set}
    built = build("commguard_link", parameters)
    for seed in range(4):
        bench = LinkBench(seed, frames=1_000)
        assert bench.run(built), "the link did not come to its end"
        assert not bench.board.finish(), bench.board.first
        seen = bench.seen
        assert seen["frames"] == 1_000
        assert seen["delivered"] + seen["discarded"] == seen["items"] > 2_000
        assert seen["delivered"] + seen["pads"] == sum(bench.lengths)
        assert seen["pads"] > 200
        assert seen["discarded"] > 50
        assert seen["skew"] == 0
        # no header is lost or bad here, so that no frame is ever stale
        assert {state for state in State if seen[f"state {state}"]} == set(State) - {State.DISC_FR}


def test_a_port_that_is_not_there_is_an_error() -> None:
    built = build("header_inserter", {"DataWidth": 8, "IdWidth": 2, "DelayFrames": 0})
    with pytest.raises(GuardlaneError, match="header_inserter-.* has no port cmd_vaild_i"):
        Block(built, ["cmd_vaild_i"], [])
    with pytest.raises(ValueError, match="a row of the stimulus has 1 columns, not 2"):
        Block(built, ["cmd_valid_i"], []).run(np.zeros((3, 2), np.int64))
