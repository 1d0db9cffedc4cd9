# SPDX-License-Identifier: Apache-2.0
"""A timeline is trace-event JSON as Perfetto reads it: fields, nesting, order, and whole cycles."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guardlane.chip.engine import StreamChip
from guardlane.chip.machine import Core, Machine, Queue
from guardlane.chip.result import ChipResult
from guardlane.chip.timeline import Instant, Slice, Timeline, Track
from guardlane.chip.watch import Watch
from guardlane.faults import Fault
from guardlane.report.timeline import CORES, QUEUES, UNIT, timeline_json
from guardlane.window import Wanted
from tests.arch.chip.small_graphs import diamond

REQUIRED = {
    "M": {"args"},
    "X": {"dur", "args"},
    "i": {"s"},
    "C": {"args"},
}
FAULTS = [Fault.parse(f"{core}@{n}:x{r}.{n % 32}")
          for core, n, r in (("left", 300, 2), ("join", 500, 10), ("join", 900, 1))]  # fmt: skip


def drawn(timing: str = "classes") -> tuple[ChipResult, bytes]:
    chip = StreamChip(diamond(), Machine(queue=Queue(depth=16, working_set=2),
                                         core=Core(timing=timing)))  # fmt: skip
    watch = Watch(Wanted(timeline=True))
    result = chip.run("commguard", faults=FAULTS, watch=watch)
    assert watch.timeline is not None
    return result, timeline_json(watch.timeline, title="diamond", clock_hz=10**9)


def nested(slices: list[dict[str, Any]]) -> None:
    """Hold slices to the rule of one thread: each within, or behind, the one before it."""
    open_until: list[int] = []
    before = 0
    for one in slices:
        assert one["ts"] >= before
        before = one["ts"]
        while open_until and open_until[-1] <= one["ts"]:
            open_until.pop()
        end = one["ts"] + one["dur"]
        assert not open_until or end <= open_until[-1], one
        open_until.append(end)


@pytest.mark.parametrize("timing", ["classes", "ibex_maxperf"])
def test_every_event_has_its_fields_and_slices_nest(timing: str) -> None:
    result, written = drawn(timing)
    whole = json.loads(written)
    assert whole["displayTimeUnit"] in ("ms", "ns")
    assert whole["otherData"] == {"title": "diamond", "time": UNIT, "clock_hz": 10**9}
    threads: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for event in whole["traceEvents"]:
        assert {"ph", "ts", "pid", "tid", "name"} | REQUIRED[event["ph"]] <= set(event)
        assert all(isinstance(event[key], int) for key in ("ts", "pid", "tid"))
        assert event["ts"] >= 0
        if event["ph"] == "X":
            assert event["dur"] > 0
            threads.setdefault((event["pid"], event["tid"]), []).append(event)
        if event["ph"] == "C":
            assert all(isinstance(value, int) for value in event["args"].values())
    names = {
        (event["pid"], event["tid"]): event["args"]["name"]
        for event in whole["traceEvents"]
        if event["name"] == "thread_name"
    }
    assert set(threads) == set(names)
    for place, slices in threads.items():
        nested(slices)
        if place[0] == CORES:
            frames = [one["dur"] for one in slices if one["cat"] == "frame"]
            assert sum(frames) == result.statistics[f"core.{names[place]}.cycles"]


def test_faults_frames_and_queues_are_there() -> None:
    result, written = drawn()
    events = json.loads(written)["traceEvents"]
    struck = [(one["name"], one["ts"]) for one in events if one["name"].startswith("fault ")]
    known = [(f"fault {one['fault']}", one["cycle"]) for one in result.fault_events]
    assert sorted(struck) == sorted(known)
    assert len(known) == len(FAULTS)
    pads = sum(one["args"].get("pads", 0) for one in events if one["ph"] == "X")
    items = sum(one["args"].get("discarded_items", 0) for one in events if one["ph"] == "X")
    assert (pads, items) == (result.total("pads"), result.total("discarded_items"))
    assert pads > 0
    queues = {one["name"] for one in events if one["pid"] == QUEUES and one["ph"] == "C"}
    assert "left->join" in queues
    assert len(queues) == 6


def test_the_same_run_gives_the_same_bytes() -> None:
    assert drawn()[1] == drawn()[1]


def test_names_from_strangers_are_made_harmless_and_a_cut_is_said() -> None:
    slices = [Slice("frame 1\x00", 0, 9, {"popped": 1})]
    track = Track('a"\ud800', "sink", slices, [], [Instant("x", 3)])
    whole = json.loads(timeline_json(Timeline([track], {}, 7), title="t", clock_hz=1))
    assert whole["otherData"]["cut"] == "7 waits were too many to show"
    thread = next(one for one in whole["traceEvents"] if one["name"] == "thread_name")
    assert thread["args"]["name"] == 'sink a"\ufffd'
