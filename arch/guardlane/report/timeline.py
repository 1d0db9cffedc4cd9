# SPDX-License-Identifier: Apache-2.0
"""A timeline as Chrome's trace-event JSON, which Perfetto opens.

The format counts microseconds; here one of them is one cycle, so that all times are whole numbers
whatever the clock. `otherData` says so in the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from guardlane.chip.timeline import Slice, Timeline, Track
from guardlane.report.text import plain

CORES, DEVICES, QUEUES = 1, 2, 3  # pids
PROCESSES = {CORES: "cores", DEVICES: "sources and sinks", QUEUES: "queues (words)"}
UNIT = "1 us in this file is 1 cycle"


def timeline_json(timeline: Timeline, *, title: str, clock_hz: int) -> bytes:
    """Write the events, one a line; `title` and the clock of the cores go into `otherData`."""
    events = [*_names(timeline)]
    for number, track in enumerate(timeline.tracks, start=1):
        events.extend(_events(track, _process(track), number))
    for queue, values in timeline.queues.items():
        events.extend(
            {"ph": "C", "pid": QUEUES, "tid": 0, "ts": cycle, "name": plain(queue),
             "args": {"words": words}}
            for cycle, words in values
        )  # fmt: skip
    facts = {"title": plain(title), "time": UNIT, "clock_hz": clock_hz}
    if timeline.left_out:
        facts["cut"] = f"{timeline.left_out} waits were too many to show"
    lines = ",\n".join(json.dumps(event, sort_keys=True) for event in events)
    head = json.dumps({"displayTimeUnit": "ms", "otherData": facts}, sort_keys=True)
    return f'{head[:-1]}, "traceEvents": [\n{lines}\n]}}\n'.encode()


def _process(track: Track) -> int:
    return CORES if track.kind == "core" else DEVICES


def _names(timeline: Timeline) -> Iterator[dict[str, Any]]:
    """Give the names of processes and threads, and their order."""
    for pid, name in PROCESSES.items():
        yield _metadata("process_name", pid, 0, name)
        yield _metadata("process_sort_index", pid, 0, pid)
    for tid, track in enumerate(timeline.tracks, start=1):
        name = track.name if track.kind == "core" else f"{track.kind} {track.name}"
        yield _metadata("thread_name", _process(track), tid, plain(name))
        yield _metadata("thread_sort_index", _process(track), tid, tid)


def _metadata(name: str, pid: int, tid: int, value: str | int) -> dict[str, Any]:
    key = "sort_index" if isinstance(value, int) else "name"
    return {"ph": "M", "pid": pid, "tid": tid, "ts": 0, "name": name, "args": {key: value}}


def _events(track: Track, pid: int, tid: int) -> Iterator[dict[str, Any]]:
    """Give slices and instants in the order of time, a slice ahead of those within it."""
    found: list[tuple[tuple[int, int], dict[str, Any]]] = []
    for category, slices in (("frame", track.frames), ("wait", track.waits)):
        found.extend(
            ((one.start, -_length(one)), {
                "ph": "X", "pid": pid, "tid": tid, "ts": one.start, "dur": _length(one),
                "cat": category, "name": plain(one.name), "args": dict(one.facts),
            })
            for one in slices
        )  # fmt: skip
    found.extend(
        ((one.cycle, 0), {
            "ph": "i", "pid": pid, "tid": tid, "ts": one.cycle, "s": "t",
            "cat": "event", "name": plain(one.name), "args": dict(one.facts),
        })
        for one in track.instants
    )  # fmt: skip
    for _, event in sorted(found, key=lambda one: one[0]):
        yield event


def _length(one: Slice) -> int:
    return one.end - one.start
