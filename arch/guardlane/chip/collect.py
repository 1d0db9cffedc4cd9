# SPDX-License-Identifier: Apache-2.0
"""Reading a finished run out of its arrays: outcome, statistics, frames, faults that struck."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.chip import columns as col
from guardlane.chip.elaborate import Elaborated, agent_names
from guardlane.chip.result import (
    CORE_STATISTICS,
    QUEUE_STATISTICS,
    ChipResult,
    FrameEnd,
)
from guardlane.core import compute
from guardlane.core.pipeline import timing_counts
from guardlane.faults import Fault
from guardlane.guard import queue_twin as qt
from guardlane.isa import state
from guardlane.stream import Balanced, Sink

COMMAND_NAMES = ("compute", "pop", "push", "new frame", "end", "wait", "shared access", "ended")


def collect(
    balanced: Balanced,
    run: Elaborated,
    ended: int,
    crash: npt.NDArray[np.int64] | None,
) -> ChipResult:
    """Value of the result of a run; `crash` is the chip row of a run that met a fatal trap."""
    graph = balanced.graph
    names = agent_names(graph)
    edges = [graph.edge_name(edge) for edge in graph.edges]
    outcome, detail = _outcome(names, edges, run, ended, crash)
    kept, delivered = {}, {}
    for sink in graph.sinks():
        agent = run.agents[names.index(sink.name)]
        first = int(agent[col.ITEMS_FIRST])
        size = _sink_size(balanced, sink)
        kept[sink.name] = run.kept[first : first + size]
        delivered[sink.name] = int(agent[col.ITEMS_DONE])
    cores = [node.name for node in graph.filters()]
    cycles = int(run.agents[:, col.CLOCK].max()) if crash is None else int(crash[col.CRASH_CYCLE])
    return ChipResult(
        outcome=outcome,
        detail=detail,
        cycles=cycles,
        kept=kept,
        delivered=delivered,
        statistics=_statistics(cores, balanced, run) | _crash_counts(cores, run, crash),
        pads=run.tally[:, :, 0].sum(axis=0),
        discards=run.tally[:, :, 1:].sum(axis=(0, 2)),
        frames={
            name: tuple(
                FrameEnd(*(int(v) for v in row[: col.FRAME_CODE + 1])) for row in run.frames[i]
            )
            for i, name in enumerate(cores)
        },
        fault_events=tuple(_fault_events(cores, run)),
    )


def _sink_size(balanced: Balanced, sink: Sink) -> int:
    edge = next(edge for edge in balanced.graph.edges if edge.consumer == sink.name)
    return int(balanced.counts[edge].sum())


def _outcome(
    names: list[str],
    edges: list[str],
    run: Elaborated,
    ended: int,
    crash: npt.NDArray[np.int64] | None,
) -> tuple[str, str]:
    if crash is not None:
        code = int(crash[col.CRASH_CODE])
        what = state.STOP_NAMES[code] if code > 0 else "watchdog"
        return "trapped", (
            f"{names[crash[col.CRASH_AGENT]]}: {what.replace('_', ' ')} "
            f"at pc {int(crash[col.CRASH_PC]):#x}, "
            f"address {int(crash[col.CRASH_ADDRESS]) & 0xFFFFFFFF:#x}, "
            f"cycle {int(crash[col.CRASH_CYCLE])}"
        )
    waiting = [i for i in range(len(names)) if run.agents[i, col.COMMAND] != col.ENDED]
    if not waiting:
        return "completed", ""
    lines = [_line(names[i], edges, run.agents[i]) for i in waiting]
    if ended == col.FINISHED:
        return "deadlocked", "; ".join(lines)
    limit = int(run.chip[col.MAX_CYCLES])
    stuck = []  # in one frame for half the run, with no budget that would end it
    for i in waiting:
        agent = run.agents[i]
        frame = min(int(agent[col.FRAME]), run.frames.shape[1]) - 1
        start = int(run.frames[i, frame, col.FRAME_START])
        is_unbounded = agent[col.KIND] == col.CORE and agent[col.BUDGET] >= col.NEVER
        if is_unbounded and frame >= 0 and limit - start > limit // 2:
            stuck.append((agent[col.COMMAND] != col.COMPUTE, i, frame, start))
    if stuck:
        _, i, frame, start = min(stuck)  # one that computes explains those that wait
        return "hung", f"{names[i]} is in frame {frame + 1} since cycle {start}"
    return "limit", f"cycle {limit} reached: " + "; ".join(lines)


def _line(name: str, edges: list[str], agent: npt.NDArray[np.int64]) -> str:
    command = int(agent[col.COMMAND])
    where = f" on {edges[agent[col.QUEUE]]}" if command in (col.POP, col.PUSH) else ""
    frame, since = int(agent[col.FRAME]), int(agent[col.SINCE])
    return f"{name}: {COMMAND_NAMES[command]}{where} in frame {frame} since cycle {since}"


def _statistics(cores: list[str], balanced: Balanced, run: Elaborated) -> dict[str, int]:
    found: dict[str, int] = {}
    for i, name in enumerate(cores):
        agent, plan = run.agents[i], run.plans[i]
        struck = run.log[plan[compute.FAULT_FIRST] : plan[compute.FAULT_END], 1] >= 0
        values = (
            run.s[i, state.RETIRED], agent[col.CLOCK], agent[col.POP_STALL], agent[col.PUSH_STALL],
            agent[col.POPS], agent[col.PUSHES], agent[col.FRAME], struck.sum(),
            plan[compute.WRONG_RESULTS], agent[col.TRAPS],
            agent[col.WATCHDOGS], agent[col.POP_TIMEOUTS] + agent[col.PUSH_TIMEOUTS],
            agent[col.SHARED_ACCESSES],
        )  # fmt: skip
        for statistic, value in zip(CORE_STATISTICS, values, strict=True):
            found[f"core.{name}.{statistic.name}"] = int(value)
        if run.pipes is not None and run.issues is not None:
            first = int(agent[col.ROWS_FIRST])
            last = first + int(run.s[i, state.TEXT_WORDS])
            text, issues = run.rows[first:last], run.issues[first:last]
            counted = timing_counts(text, issues, run.pipes[i], _waiting(agent, run.s[i]))
            found |= {f"core.{name}.{key}": value for key, value in counted.items()}
    for number, edge in enumerate(balanced.graph.edges):
        q, tally = run.q[number], run.tally[number].sum(axis=0)
        values = (
            *tally, q[qt.Q_DRAINED], q[qt.Q_HEADERS], q[qt.Q_WRITTEN] + q[qt.Q_READ],
            q[qt.Q_ECC],
        )  # fmt: skip
        for statistic, value in zip(QUEUE_STATISTICS, values, strict=True):
            found[f"queue.{balanced.graph.edge_name(edge)}.{statistic.name}"] = int(value)
    return found


def _waiting(agent: Any, s: Any) -> int | None:
    """Number of the row whose command the core still waits to be completed, None without one."""
    if agent[col.COMMAND] in (col.COMPUTE, col.ENDED) or not agent[col.FROM_GUEST]:
        return None
    return int(s[state.PC] - s[state.BASE]) >> 2


def _crash_counts(
    cores: list[str], run: Elaborated, crash: npt.NDArray[np.int64] | None
) -> dict[str, int]:
    """Value of the counts that the crash itself moved: the run ends just before it."""
    if crash is None:
        return {}
    i = int(crash[col.CRASH_AGENT])
    name, column = (
        ("traps", col.TRAPS) if crash[col.CRASH_CODE] > 0 else ("watchdogs", col.WATCHDOGS)
    )
    return {f"core.{cores[i]}.{name}": int(run.agents[i, column]) + 1}


def _fault_events(cores: list[str], run: Elaborated) -> Iterator[dict[str, Any]]:
    """Give the faults that struck, in the order of cores and counts."""
    for i, name in enumerate(cores):
        plan = run.plans[i]
        for j in range(int(plan[compute.FAULT_FIRST]), int(plan[compute.FAULT_END])):
            frame, cycle, retired = (int(value) for value in run.log[j])
            if cycle >= 0:
                n, clock, kind, target, bit = (int(value) for value in run.faults[j])
                fault = Fault(name, clock, n, kind, target, bit)
                yield {"fault": str(fault), "frame": frame, "cycle": cycle, "retired": retired}
