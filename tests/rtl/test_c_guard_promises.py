# SPDX-License-Identifier: Apache-2.0
"""The scoreboard, which knows neither table nor states, judges the C library and wrong ones."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from guardlane.guard.words import ITEM
from guardlane_rtl.bench import PATIENT as EVER_PATIENT
from guardlane_rtl.bench import AlignmentBench, random_script
from guardlane_rtl.implementations import CAlignment
from tests.rtl.c_guard import library
from tests.rtl.c_guard_chain import PATIENT, Chain, Weather


class PassThrough(CAlignment):
    """Delivers every item and drops every header."""

    def pop(self, unit: Any, flags: int, answer: Any) -> int:
        result = super().pop(unit, flags, answer)
        lib = self.lib
        if unit and unit.kind == ITEM:
            answer.data, answer.is_pad = unit.data, 0
            self.am.phase = lib.GUARDLANE_IDLE
            return int(lib.GUARDLANE_DONE | lib.GUARDLANE_TOOK)
        return result


class Overlooking(CAlignment):
    """Takes a bad header for nothing."""

    def pop(self, unit: Any, flags: int, answer: Any) -> int:
        before = self.am.state
        result = super().pop(unit, flags, answer)
        if unit and unit.kind == self.lib.GUARDLANE_BAD:
            self.am.state = before
        return result


def judge(
    dut: CAlignment, *, bad: float = 0.0, lost: float = 0.0, patience: int = EVER_PATIENT
) -> Counter[str]:
    """Drive one manager through 400 random frames, and return the promises it broke."""
    script = random_script(random.Random(11), 400, 16, bad=bad, lost=lost, patience=patience)
    bench = AlignmentBench(script, 11, 16)
    assert bench.run(dut), "the bench did not come to its end"
    return bench.scoreboard.finish()


@pytest.mark.parametrize("bad", [0.0, 0.1])
@pytest.mark.parametrize("lost", [0.0, 0.1])
@pytest.mark.parametrize("patience", [EVER_PATIENT, 4])
def test_the_manager_keeps_every_promise(bad: float, lost: float, patience: int) -> None:
    assert not judge(CAlignment(library()), bad=bad, lost=lost, patience=patience)


def test_a_pass_through_and_one_that_overlooks_bad_headers_do_not() -> None:
    broken = judge(PassThrough(library()))
    assert all(broken[promise] > 0 for promise in "ae"), broken
    assert judge(Overlooking(library()), bad=0.1)["a"] > 0
    assert not judge(Overlooking(library()))


WEATHERS = {
    "fair": Weather(),
    "bad headers": Weather(bad=0.1),
    "single flips": Weather(flips=0.2),
    "double flips": Weather(double=0.2),
    "impatient sink": Weather(pop_patience=6),
    "impatient source": Weather(push_patience=4),
    "all": Weather(bad=0.05, flips=0.1, double=0.1, push_patience=5, pop_patience=9),
}
EXPECTED = {
    "fair": {"PADDED", "DISCARDED_ITEM"},
    "bad headers": {"WORD_DETECTED", "DISCARDED_HEADER"},
    "single flips": {"WORD_CORRECTED", "POINTER_CORRECTED"},
    "double flips": {"POINTER_DETECTED"},
    "impatient sink": {"TIMEOUT_TAKEN"},
    "impatient source": {"SKIPPED_FRAME", "DROPPED_TAIL"},
    "all": {"PADDED", "WORD_DETECTED", "WORD_CORRECTED", "POINTER_DETECTED", "SKIPPED_FRAME"},
}


def chains(
    kind: type[Chain], weather: Weather, runs: int = 80
) -> tuple[Counter[str], Counter[str]]:
    """Run many chains; returns promises broken and events seen."""
    broken, events = Counter[str](), Counter[str]()
    for seed in range(runs):
        depth = (1, 2, 4, 8)[seed % 4]
        chain = kind(
            seed, weather, depth=depth, working_set=(1, max(1, depth // 2), depth)[seed % 3]
        )
        broken += chain.run()
        events += chain.events
    return broken, events


@pytest.mark.parametrize("name", WEATHERS)
def test_inserter_queue_and_manager_keep_every_promise_together(name: str) -> None:
    broken, events = chains(Chain, WEATHERS[name])
    assert not broken
    assert EXPECTED[name] <= {event for event, count in events.items() if count > 10}
    if WEATHERS[name].bad == 0:
        assert not events["WORD_DETECTED"]
    if WEATHERS[name].push_patience == PATIENT:
        assert not events["SKIPPED_FRAME"] + events["DROPPED_TAIL"]


class LossyItem(Chain):
    """A push that times out is lost alone: those behind it move up."""

    def push(self, number: int, flags: int) -> int:
        result = super().push(number, flags)
        if result & self.lib.GUARDLANE_DROPPED_TAIL:
            self.hi.is_dropping = 0
        return result


class LossyHeader(Chain):
    """A header that times out is lost alone: its items go to the frame before."""

    def push_header(self, frame: int, flags: int) -> int:
        result = super().push_header(frame, flags)
        if result & self.lib.GUARDLANE_SKIPPED_FRAME:
            self.hi.is_dropping = 0
        return result


class Resigned(Chain):
    """A pop that times out gets one pad, and the manager goes on as if nothing had been."""

    def pop(self, flags: int, answer: Any) -> int:
        before = self.am.state
        result = super().pop(flags, answer)
        if result & self.lib.GUARDLANE_TIMEOUT_TAKEN:
            self.am.state = before
        return result


@pytest.mark.parametrize(
    ("wrong", "name"),
    [(LossyItem, "impatient source"), (LossyHeader, "impatient source"),
     (Resigned, "impatient sink")],
)  # fmt: skip
def test_what_loses_less_than_the_rest_of_its_frame_breaks_promises(
    wrong: type[Chain], name: str
) -> None:
    broken, _ = chains(wrong, WEATHERS[name])
    assert broken["a"] > 10
