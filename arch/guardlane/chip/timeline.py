# SPDX-License-Identifier: Apache-2.0
"""A run over time: what each core and device did when, what struck it, how full its queues were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.chip import columns as col
from guardlane.chip import watching
from guardlane.chip.elaborate import Elaborated, agent_names
from guardlane.faults import Fault
from guardlane.isa import state
from guardlane.stream import Balanced

KINDS = {col.CORE: "core", col.SOURCE: "source", col.SINK: "sink"}
WAITS = {col.POP: "pop", col.PUSH: "push", col.NEW_FRAME: "new frame", col.WAIT: "wait"}
BETWEEN = "between frames"

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Slice:
    """Something that took from cycle `start` to cycle `end`."""

    name: str
    start: int
    end: int
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Instant:
    """Something that happened in one cycle."""

    name: str
    cycle: int
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Track:
    """One core, source or sink.

    `frames` follow each other from cycle 0 to the last, what is between two frames included;
    `waits` lie within them.
    """

    name: str
    kind: str
    frames: Sequence[Slice]
    waits: Sequence[Slice]
    instants: Sequence[Instant]


@dataclass(frozen=True)
class Timeline:
    """All tracks, in the order of cores, sources, sinks, and the queues by name."""

    tracks: Sequence[Track]
    queues: Mapping[str, Sequence[tuple[int, int]]]  # (cycle, words) where the number changed
    left_out: int  # waits that were too many


def timeline_of(
    balanced: Balanced,
    run: Elaborated,
    fault_events: Sequence[Mapping[str, Any]],
    commands: Int64s,
    samples: Sequence[tuple[int, list[int]]],
    left_out: int,
) -> Timeline:
    """Read a timeline out of a finished run and what was written down of it; see `watch.Watch`."""
    graph = balanced.graph
    edges = [graph.edge_name(edge) for edge in graph.edges]
    tracks = []
    for i, name in enumerate(agent_names(graph)):
        own = commands[commands[:, watching.W_AGENT] == i]
        struck = [event for event in fault_events if Fault.parse(event["fault"]).core == name]
        frames = list(_frames(run, i, own))
        tracks.append(
            Track(
                name,
                KINDS[int(run.agents[i, col.KIND])],
                list(_without_gaps(frames, int(run.agents[i, col.CLOCK]))),
                list(_waits(own, edges)),
                sorted(_instants(run, i, own, struck, frames, edges), key=lambda one: one.cycle),
            )
        )
    queues = {edge: _changes(samples, number) for number, edge in enumerate(edges)}
    return Timeline(tracks, queues, left_out)


def _frames(run: Elaborated, i: int, own: Int64s) -> Iterator[Slice]:
    """Give the frames of an agent, with what it did in each."""
    agent = run.agents[i]
    is_core = agent[col.KIND] == col.CORE
    marks = own[np.isin(own[:, watching.W_COMMAND], (col.NEW_FRAME, col.END))].tolist()
    ins = [q for q in run.in_queues[i].tolist() if q >= 0]
    for n, mark in enumerate(marks):
        if mark[watching.W_COMMAND] == col.END or n >= run.frames.shape[1]:
            break
        after = marks[n + 1] if n + 1 < len(marks) else None
        popped = after[watching.W_POPPED] if after else int(agent[col.POPS])
        pushed = after[watching.W_PUSHED] if after else int(agent[col.PUSHES])
        start = mark[watching.W_DONE]
        end = after[watching.W_SINCE] if after else int(agent[col.CLOCK])
        pads, items, headers = run.tally[ins, n].sum(axis=0).tolist()
        facts: dict[str, Any] = {
            "popped": popped - mark[watching.W_POPPED],
            "pushed": pushed - mark[watching.W_PUSHED],
            "pads": pads,
            "discarded_items": items,
            "discarded_headers": headers,
        }
        if is_core:
            entry = run.frames[i, n].tolist()
            start = entry[col.FRAME_START]
            if entry[col.FRAME_END]:
                end = entry[col.FRAME_END]
                facts["retired"] = entry[col.FRAME_RETIRED]
                facts["ended"] = _how(entry[col.FRAME_CODE])
            else:
                facts["retired"] = int(run.s[i, state.RETIRED]) - entry[col.FRAME_RETIRED]
                facts["ended"] = "not"
        yield Slice(f"frame {n + 1}", start, end, facts)


def _how(code: int) -> str:
    return "watchdog" if code == col.WATCHDOG_CODE else state.STOP_NAMES[code].replace("_", " ")


def _without_gaps(frames: Sequence[Slice], cycles: int) -> Iterator[Slice]:
    """Give the frames, and slices for what lies between them, up to the last cycle."""
    now = 0
    for frame in frames:
        if frame.start > now:
            yield Slice(BETWEEN, now, frame.start)
        yield frame
        now = frame.end
    if cycles > now:
        yield Slice(BETWEEN, now, cycles)


def _waits(own: Int64s, edges: Sequence[str]) -> Iterator[Slice]:
    """Give the commands that took longer than their one cycle."""
    for one in own.tolist():
        command, since = one[watching.W_COMMAND], one[watching.W_SINCE]
        end = one[watching.W_DONE] - 1  # the last cycle is the command's own
        if command in WAITS and end > since:
            is_item = command in (col.POP, col.PUSH)
            facts = {"queue": edges[one[watching.W_QUEUE]]} if is_item else {}
            yield Slice(WAITS[command], since, end, facts)


def _instants(
    run: Elaborated,
    i: int,
    own: Int64s,
    struck: Sequence[Mapping[str, Any]],
    frames: Sequence[Slice],
    edges: Sequence[str],
) -> Iterator[Instant]:
    """Give the faults, time-outs and ends by force of an agent, and what it still waits for."""
    for event in struck:
        facts = {"retired": event["retired"]}
        yield Instant(f"fault {event['fault']}", event["cycle"], facts)
    given_up = 0
    for one in own.tolist():
        if one[watching.W_TIMEOUTS] > given_up:
            facts = {"commands": one[watching.W_TIMEOUTS] - given_up}
            yield Instant("time-out", one[watching.W_DONE], facts)
        given_up = one[watching.W_TIMEOUTS]
    for frame in frames:
        if frame.facts.get("ended", "not") not in ("returned", "not", "ebreak"):
            yield Instant(frame.facts["ended"], frame.end, {"frame": frame.name})
    agent = run.agents[i]
    command = int(agent[col.COMMAND])
    if command in WAITS:
        is_item = command in (col.POP, col.PUSH)
        facts = {"since": int(agent[col.SINCE])}
        facts |= {"queue": edges[agent[col.QUEUE]]} if is_item else {}
        yield Instant(f"waits: {WAITS[command]}", int(agent[col.CLOCK]), facts)


def _changes(samples: Sequence[tuple[int, list[int]]], number: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for cycle, words in samples:
        if not found or found[-1][1] != words[number]:
            found.append((cycle, words[number]))
    return found
