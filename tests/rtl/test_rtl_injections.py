# SPDX-License-Identifier: Apache-2.0
"""What goes wrong in one frame costs at most that frame; without the protection it does not stop.

Each kind of injection strikes a link with all protections and one without the protection that is
there for it. Both run as model and as hardware, which must agree in every port and cycle.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest

from guardlane_rtl.block import Block
from guardlane_rtl.build import RTL, Built, build
from guardlane_rtl.injections import FRAMES, TIMEOUT, Kind, Plan, Rows, Run, draw, due, run
from guardlane_rtl.link_bench import link_flips
from guardlane_rtl.link_judge import Judge, frames_of
from guardlane_rtl.link_model import Link, LinkInputs, LinkOutputs
from tests.rtl.link_controls import (
    NO_CHECKER,
    NO_DECODER,
    NO_DRAIN,
    NO_MAJORITY,
    NO_POINTER_CODE,
    WHOLE,
    Control,
    without_checker,
)

SEEDS = 40
DATA_WIDTH, ID_WIDTH, DEPTH, WORKING_SET = 32, 8, 8, 4

# Injections of a kind in the 40 runs, where it is not one a run.
STRIKES = {Kind.TAG_BITS: 206, Kind.POINTER_BIT: 568, Kind.POINTER_BITS: 587}

# What each kind is held against.
CONTROLS = {
    Kind.OVER_PUSH: NO_CHECKER,
    Kind.UNDER_PUSH: NO_CHECKER,
    Kind.OVER_POP: NO_CHECKER,
    Kind.UNDER_POP: NO_CHECKER,
    Kind.PRODUCER_STALLS: NO_CHECKER,
    Kind.CONSUMER_STALLS: NO_CHECKER,
    Kind.CONSUMER_EXITS: NO_DRAIN,
    Kind.HEADER_BIT: NO_DECODER,  # without a checker nobody reads headers
    Kind.HEADER_BITS: NO_DECODER,
    Kind.TAG_BITS: without_checker(NO_MAJORITY),
    Kind.ITEM_BITS: NO_CHECKER,
    Kind.POINTER_BIT: without_checker(NO_POINTER_CODE),
    Kind.POINTER_BITS: without_checker(NO_POINTER_CODE),
}

# In how many of the 40 runs the harm outlives its frame without the protection, where it is not in
# all: which bits are struck, and when, decides what becomes of it. The upset of an item costs its
# value only, checker or none; the run that a consumer leaves does not come to its end.
OUTLIVES = {
    Kind.CONSUMER_EXITS: 0,
    Kind.HEADER_BIT: 20,
    Kind.HEADER_BITS: 26,
    Kind.TAG_BITS: 29,
    Kind.ITEM_BITS: 0,
    Kind.POINTER_BIT: 8,
    Kind.POINTER_BITS: 13,
}
BREAKS_NOTHING = {Kind.CONSUMER_EXITS, Kind.ITEM_BITS}


def timeout(kind: Kind) -> int:
    """Value of the time-out of both ends: none where the question is who waits for ever."""
    return 0 if kind is Kind.CONSUMER_EXITS else TIMEOUT


def hardware(cycles: int, folder: Path | None = None) -> Built:
    parameters = {
        "DataWidth": DATA_WIDTH, "IdWidth": ID_WIDTH, "Depth": DEPTH, "WorkingSet": WORKING_SET,
        "PushTimeout": cycles, "PopTimeout": cycles,
    }  # fmt: skip
    sources = (folder, RTL) if folder else (RTL,)
    return build("commguard_link", parameters, sources=sources, flips=link_flips(DEPTH))


def model(kind: Kind, parts: Control = WHOLE) -> Link:
    link = Link(
        DEPTH, WORKING_SET, parts.layout(DATA_WIDTH, ID_WIDTH), alignment=parts.alignment,
        push_timeout=timeout(kind), pop_timeout=timeout(kind),
    )  # fmt: skip
    for name in ("write_pointer", "read_pointer"):
        pointer = getattr(link.queue, name)
        setattr(link.queue, name, parts.pointer(pointer.code, link.queue.latency))
    return link


def replay(built: Built, done: Run) -> Rows:
    """Drive the rows of a run into the hardware; value of its outputs."""
    block = Block(built, (*LinkInputs._fields, *built.flips), LinkOutputs._fields)
    return block.run(done.inputs)


def compare(plan: Plan, done: Run, outputs: Rows) -> int:
    """Hold the hardware against the model, by frames and by cycles; value of the frames."""
    frames = frames_of(done.inputs, outputs)
    assert frames == frames_of(done.inputs, done.outputs), plan
    assert np.array_equal(outputs, done.outputs), plan
    return len(frames)


def misaligned(plan: Plan, done: Run, outputs: Rows) -> list[int]:
    """Value of the frames whose beats are not what they must be, missing and surplus ones too."""
    wanted, got = due(plan, done.mask), frames_of(done.inputs, outputs)
    nothing: list[int | None] = []
    beats = zip_longest(wanted, got, fillvalue=nothing)
    return [frame for frame, (a, b) in enumerate(beats, start=1) if a != b]


def hear(plan: Plan, done: Run, outputs: Rows) -> Judge:
    judge = Judge({plan.frame} if plan.kind is Kind.HEADER_BITS else set())
    judge.hear(done.inputs, outputs)
    return judge


def costs(plan: Plan, judge: Judge) -> list[int]:
    """Value of the frames that are lost: of a time-out or of a header beyond repair, its own."""
    if plan.kind is Kind.PRODUCER_STALLS:
        assert (judge.timed_out, judge.cut) == ([plan.frame], [])
        return judge.timed_out
    if plan.kind is Kind.CONSUMER_STALLS:
        assert (judge.timed_out, len(judge.cut)) == ([], 1)
        return judge.cut
    assert (judge.timed_out, judge.cut) == ([], [])
    return [plan.frame] if plan.kind is Kind.HEADER_BITS else []


@pytest.mark.parametrize("kind", Kind)
def test_an_injection_costs_at_most_its_frame(kind: Kind) -> None:
    built = hardware(timeout(kind))
    frames = strikes = struck = 0
    for seed in range(SEEDS):
        plan = draw(kind, seed)
        done = run(plan, model(kind))
        assert done.has_ended
        outputs = replay(built, done)
        frames += compare(plan, done, outputs)
        judge = hear(plan, done, outputs)
        assert not judge.board.violations, (plan, judge.board.first)
        assert misaligned(plan, done, outputs) == costs(plan, judge), plan
        struck += done.strikes > 0
        strikes += done.strikes
    assert (struck, strikes) == (SEEDS, STRIKES.get(kind, SEEDS))
    plans = [draw(kind, seed) for seed in range(SEEDS)]
    assert frames == sum(len(due(plan, 0)) for plan in plans)
    if kind is not Kind.CONSUMER_EXITS:
        assert frames == SEEDS * FRAMES


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Kind], Built]:
    """Value of the hardware without the protection that is there for a kind."""
    folder = tmp_path_factory.mktemp("controls")

    @cache
    def built(control: Control, cycles: int) -> Built:
        return hardware(cycles, control.plant(folder / f"{id(control)}"))

    return lambda kind: built(CONTROLS[kind], timeout(kind))


@pytest.mark.parametrize("kind", Kind)
def test_without_its_protection_the_harm_outlives_the_frame(
    kind: Kind, planted: Callable[[Kind], Built]
) -> None:
    struck = outlives = broken = hung = 0
    for seed in range(SEEDS):
        plan = draw(kind, seed)
        done = run(plan, model(kind, CONTROLS[kind]))
        outputs = replay(planted(kind), done)
        compare(plan, done, outputs)
        judge = hear(plan, done, outputs)
        broken += judge.board.violations["a"] > 0
        last = max([plan.frame, *judge.cut[:1]])
        struck += done.strikes > 0
        outlives += any(frame > last for frame in misaligned(plan, done, outputs))
        hung += not done.has_ended
    assert struck == SEEDS
    assert outlives == OUTLIVES.get(kind, SEEDS)
    assert (broken > 0) == (kind not in BREAKS_NOTHING)
    assert hung == (SEEDS if kind is Kind.CONSUMER_EXITS else 0)


def test_the_comparison_sees_hardware_that_is_not_as_the_model(
    planted: Callable[[Kind], Built],
) -> None:
    plan = draw(Kind.OVER_PUSH, 0)
    done = run(plan, model(plan.kind))
    with pytest.raises(AssertionError):
        compare(plan, done, replay(planted(plan.kind), done))
