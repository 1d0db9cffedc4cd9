# SPDX-License-Identifier: Apache-2.0
"""The scoreboard, which knows neither table nor states, judges the C library and wrong ones."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from guardlane.guard.shell_alignment import AlignmentInputs, AlignmentOutputs, Command
from guardlane.guard.words import ITEM
from guardlane_rtl.bench import PATIENT as EVER_PATIENT
from guardlane_rtl.bench import AlignmentBench, random_script
from tests.rtl.c_guard import library
from tests.rtl.c_guard_chain import PATIENT, Chain, Weather


class CAlignment:
    """The library's alignment manager behind the ports of a block, one step a cycle."""

    def __init__(self, id_width: int = 16) -> None:
        self.ffi, self.lib = library()
        self.am = self.ffi.new("guardlane_alignment *")
        assert self.lib.guardlane_alignment_init(self.am, id_width, 0) == self.lib.GUARDLANE_DONE
        self.answer: tuple[int, bool] | None = None
        self.result = 0

    def pop(self, unit: Any, flags: int, answer: Any) -> int:
        return int(self.lib.guardlane_alignment_pop(self.am, unit, flags, answer))

    def cycle(self, i: AlignmentInputs) -> AlignmentOutputs:
        lib, am, last = self.lib, self.am, self.result
        has_ended = am.phase == lib.GUARDLANE_ENDED
        is_open = am.phase == lib.GUARDLANE_IN_POP
        is_idle = not is_open and self.answer is None and not has_ended
        accepts = is_idle and i.cmd_valid
        shown, self.result = self.answer, 0
        state, skew = am.state, am.skew_err
        if self.answer is not None and i.rsp_ready:
            self.answer = None
        if is_open or (accepts and i.cmd == Command.POP):
            self._look(i)
        elif accepts and i.cmd == Command.NEW_FRAME:
            assert lib.guardlane_alignment_new_frame(am, i.active_frame) == lib.GUARDLANE_DONE
        elif accepts:
            assert lib.guardlane_alignment_end(am) == lib.GUARDLANE_DONE
        return AlignmentOutputs(
            is_idle,
            has_ended or bool(self.result & lib.GUARDLANE_TOOK),
            shown is not None,
            *(shown or (0, False)),
            state,
            bool(last & lib.GUARDLANE_DISCARDED_ITEM),
            bool(last & lib.GUARDLANE_DISCARDED_HEADER),
            bool(last & lib.GUARDLANE_PADDED),
            bool(skew),
        )

    def _look(self, i: AlignmentInputs) -> None:
        lib, answer = self.lib, self.ffi.new("guardlane_answer *")
        unit = self.ffi.NULL
        if i.unit_valid:
            fields = {"kind": i.unit_kind, "id": i.unit_id, "data": i.unit_data}
            unit = self.ffi.new("guardlane_unit *", fields)
        flags = lib.GUARDLANE_CLOSED * i.closed | lib.GUARDLANE_TIMEOUT * i.timeout
        self.result = self.pop(unit, flags, answer)
        if self.result & lib.GUARDLANE_DONE:
            self.answer = answer.data, bool(answer.is_pad)


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
    assert not judge(CAlignment(), bad=bad, lost=lost, patience=patience)


def test_a_pass_through_and_one_that_overlooks_bad_headers_do_not() -> None:
    broken = judge(PassThrough())
    assert all(broken[promise] > 0 for promise in "ae"), broken
    assert judge(Overlooking(), bad=0.1)["a"] > 0
    assert not judge(Overlooking())


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


def test_a_million_steps_break_no_promise() -> None:
    steps, answers, seed = 0, 0, 1_000
    broken = Counter[str]()
    while steps < 1_000_000:
        weather = list(WEATHERS.values())[seed % len(WEATHERS)]
        depth = (1, 2, 4, 8, 16)[seed % 5]
        chain = Chain(seed, weather, frames=300, depth=depth, working_set=1 + seed % depth)
        broken += chain.run(100_000)
        steps += chain.steps
        answers += len(chain.board.answers)
        seed += 1
    assert not broken
    assert steps >= 1_000_000
    assert answers > 140_000  # pops that the scoreboard has judged


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
