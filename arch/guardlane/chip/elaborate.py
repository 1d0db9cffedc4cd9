# SPDX-License-Identifier: Apache-2.0
"""From a balanced graph, a machine and a guard to the flat arrays that the run kernel works on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.chip import columns as col
from guardlane.chip.machine import Machine
from guardlane.chip.program import SHARED_ADDRESS, Program, queue_capacity
from guardlane.chip.shared import HEADER_WORDS, TAIL
from guardlane.core import compute
from guardlane.core.frame import enter
from guardlane.core.protection import Protection
from guardlane.core.supply import NOMINAL, reach_table
from guardlane.errors import GuardlaneError
from guardlane.faults import CYCLE, Fault, as_rows
from guardlane.guard import queue_twin as qt
from guardlane.guard import twin
from guardlane.guard.words import HEADER, ITEM
from guardlane.isa import state
from guardlane.isa.rings import RING_WIDTH
from guardlane.stream import Balanced, Edge, Sink, Source, StreamGraph
from guardlane.units import Voltage

MODES = {
    "software-queue": col.SOFTWARE,
    "reliable-queue": col.RELIABLE,
    "commguard": col.COMMGUARD,
    "pass-through": col.PASS_THROUGH,
}

Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Setting:
    """How one run of a graph differs from another: guard, protection, faults, limits."""

    guard: str
    protection: Protection
    faults: Sequence[Fault]
    quantum: int
    max_cycles: int
    budgets: Mapping[str, int]  # retired instructions a frame may take, by core; empty for no limit
    timeout: int  # cycles a pop waits per level of the graph; col.NEVER for ever
    voltage: Voltage = NOMINAL  # of the supply of all cores


@dataclass(frozen=True, eq=False)
class Elaborated:
    """The state of a run, all of it: the arguments of `run`, in order."""

    chip: Int64s
    agents: Int64s
    wake: Int64s
    in_queues: Int64s
    out_queues: Int64s
    ends: Int64s
    q: Int64s
    am: Int64s
    kinds: npt.NDArray[np.uint8]
    payloads: Int64s
    visible: Int64s
    freed: Int64s
    tally: Int64s  # [queue, frame, (pads, discarded items, discarded headers)]
    frames: Int64s  # [agent, frame, FRAME_LOG_WIDTH]
    rows: Int32s
    results: npt.NDArray[np.uint8]
    x: Int32s
    f_bits: Int32s
    f: npt.NDArray[np.float32]
    mem8: npt.NDArray[np.uint8]
    mem16: npt.NDArray[np.int16]
    mem32: Int32s
    s: Int64s
    plans: Int64s
    faults: Int64s
    log: Int64s  # [fault, (frame, cycle, retired)] as it struck; -1 if it has not
    items: Int32s
    counts: Int64s
    kept: Int32s
    shared_memory: Int32s
    rings: Int64s  # what is lent to the core that computes; see `isa.rings`
    reach: Int64s  # how far signals get in a droop; see `core.supply`
    issues: Int32s | None  # the timing of cores, or None where each class has its cost
    pipes: Int64s | None  # [core, ...]; see `isa.timing`

    def arguments(self) -> tuple[Any, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))


def elaborate(
    balanced: Balanced, machine: Machine, program: Program, frame_size: int, setting: Setting
) -> Elaborated:
    """Lay out one run; raises GuardlaneError for numbers that do not fit or an unknown core."""
    mode = MODES.get(setting.guard, col.COMMGUARD)  # a guard from outside has its own engine
    graph = balanced.graph
    frame_count = balanced.frame_count(frame_size)
    _check_machine(machine, mode, frame_count)
    names = agent_names(graph)
    cores = [node.name for node in graph.filters()]
    slots = len(graph.edges) * machine.queue.depth
    agents = np.zeros((len(names), col.AGENT_WIDTH), np.int64)
    for name, agent in zip(names, agents, strict=True):
        _lay_agent(agent, balanced, name, frame_size, setting, mode)
    in_queues, out_queues, ends = _wires(graph, names)
    faults, log, starts = _schedules(cores, setting.faults)
    mem8 = program.memory(cores)
    f_bits = np.zeros((len(cores), 32), np.int32)
    items, counts, kept = _lay_devices(balanced, frame_size, agents[len(cores) :])
    run = Elaborated(
        chip=_chip_row(machine, mode, setting),
        agents=agents,
        wake=np.zeros(len(names), np.int64),
        in_queues=in_queues,
        out_queues=out_queues,
        ends=ends,
        q=_queue_rows(len(graph.edges), machine),
        am=np.array([twin.new_alignment(machine.guard.id_width) for _ in graph.edges]),
        kinds=np.zeros(slots, np.uint8),
        payloads=np.zeros(slots, np.int64),
        visible=np.zeros(slots, np.int64),
        freed=np.zeros(slots, np.int64),
        tally=np.zeros((len(graph.edges), frame_count, 3), np.int64),
        frames=np.zeros((len(names), frame_count, col.FRAME_LOG_WIDTH), np.int64),
        rows=_joined([program.rows[name] for name in cores], (0, state.ROW_WIDTH), np.int32),
        results=_joined([program.results[name] for name in cores], (0,), np.uint8),
        x=np.zeros((len(cores), 33), np.int32),
        f_bits=f_bits,
        f=f_bits.view(np.float32),
        mem8=mem8,
        mem16=mem8.view(np.int16),
        mem32=mem8.view(np.int32),
        s=np.zeros((len(cores), state.STATE_WIDTH), np.int64),
        plans=_plans(faults, starts),
        faults=faults,
        log=log,
        items=items,
        counts=counts,
        kept=np.full(kept, machine.guard.pad, np.int32),
        shared_memory=np.zeros(len(graph.edges) * _block_words(machine), np.int32),
        rings=np.zeros((2, in_queues.shape[1], RING_WIDTH), np.int64),
        reach=reach_table(setting.voltage),
        issues=program.issue_rows(cores),
        pipes=program.pipes(cores),
    )
    for number, edge in enumerate(graph.edges):
        if edge.delay_frames:
            _preload(run, number, edge, balanced.preloaded(edge, frame_size))
    first_row = 0
    for i, name in enumerate(cores):
        _lay_core(run, i, balanced, machine, program, name, frame_size, setting, first_row)
        first_row += len(program.rows[name])
    return run


def agent_names(graph: StreamGraph) -> list[str]:
    """Value of the names of the agents in their order: cores, sources, sinks."""
    return [
        *(f.name for f in graph.filters()),
        *(d.name for d in graph.sources()),
        *(d.name for d in graph.sinks()),
    ]


def _joined(parts: Sequence[Any], empty: tuple[int, ...], dtype: Any) -> Any:
    return np.concatenate(parts) if parts else np.zeros(empty, dtype)


def _block_words(machine: Machine) -> int:
    return HEADER_WORDS + queue_capacity(machine)


def _lay_agent(
    agent: Int64s, balanced: Balanced, name: str, frame_size: int, setting: Setting, mode: int
) -> None:
    """Fill in what cores and devices have in common."""
    agent[col.FRAMES] = balanced.frame_count(frame_size)
    agent[col.FRAME_SIZE], agent[col.STEADY_STATES] = frame_size, balanced.steady_states
    agent[col.SEQUENCED] = 1
    agent[col.ROUSE_AT] = agent[col.BUDGET] = col.NEVER
    agent[col.POP_TIMEOUT] = agent[col.PUSH_TIMEOUT] = col.NEVER
    if setting.timeout < col.NEVER:
        agent[col.POP_TIMEOUT] = (balanced.level[name] + 1) * setting.timeout
        # Guest code gives up a push as it does a pop, and so do its devices; a loop of guarded
        # queues can only be freed by a push that gives up.
        if mode == col.SOFTWARE or any(edge.delay_frames for edge in balanced.graph.edges):
            agent[col.PUSH_TIMEOUT] = agent[col.POP_TIMEOUT]


def _lay_core(
    run: Elaborated,
    i: int,
    balanced: Balanced,
    machine: Machine,
    program: Program,
    name: str,
    frame_size: int,
    setting: Setting,
    first_row: int,
) -> None:
    """Fill in core `i`: its memory map, its protection, and the guest function it starts in."""
    agent, own, image = run.agents[i], run.s[i], program.images[name]
    protection, firings = setting.protection, balanced.firings[name]
    agent[col.KIND], agent[col.FIRINGS] = col.CORE, firings
    agent[col.MEMORY_FIRST], agent[col.ROWS_FIRST] = i * machine.core.memory, first_row
    agent[col.ADDRESS_GUARD], agent[col.SEQUENCED] = protection.address_guard, protection.sequencer
    agent[col.ENTRY] = image.symbols["frame"]
    if protection.budget:
        agent[col.BUDGET] = setting.budgets.get(name, col.NEVER)
    own[state.BASE], own[state.SIZE] = state.MEMORY_BASE, machine.core.memory
    own[state.TEXT_WORDS] = len(program.rows[name])
    own[state.WRITE_FROM] = image.write_from(protection.write_guard)
    if run.chip[col.MODE] == col.SOFTWARE:
        own[state.SHARED_BASE], own[state.SHARED_SIZE] = SHARED_ADDRESS, 4 * run.shared_memory.size
    if not protection.sequencer:
        agent[col.IN_FRAME] = 1
        frames = balanced.frame_count(frame_size)
        last = balanced.steady_states - (frames - 1) * frame_size
        enter(
            own, run.x[i], run.f_bits[i], image.symbols["main"], frames, frame_size, firings, last
        )


def _lay_devices(balanced: Balanced, frame_size: int, agents: Int64s) -> tuple[Int32s, Int64s, int]:
    """Fill in sources and sinks; value of all items, all counts by frame, and how many are kept."""
    graph = balanced.graph
    items: list[Int32s] = [np.zeros(0, np.int32)]
    counts: list[Int64s] = [np.zeros(0, np.int64)]
    kept = 0
    devices: list[Source | Sink] = [*graph.sources(), *graph.sinks()]
    for device, agent in zip(devices, agents, strict=True):
        edge = next(e for e in graph.edges if device.name in (e.producer, e.consumer))
        agent[col.COUNTS_FIRST] = sum(part.size for part in counts)
        counts.append(balanced.frame_counts(edge, frame_size))
        if isinstance(device, Source):
            agent[col.KIND], agent[col.ITEMS_FIRST] = col.SOURCE, sum(part.size for part in items)
            items.append(device.items)
        else:
            agent[col.KIND], agent[col.ITEMS_FIRST] = col.SINK, kept
            kept += int(counts[-1].sum())
    return np.concatenate(items), np.concatenate(counts), kept


def _wires(graph: StreamGraph, names: Sequence[str]) -> tuple[Int64s, Int64s, Int64s]:
    """Value of the queue at each port of each agent, and of (producer, consumer, delay) of each."""
    ports = max(max(edge.in_port, edge.out_port) for edge in graph.edges) + 1
    index = {name: i for i, name in enumerate(names)}
    in_queues, out_queues = (np.full((len(names), ports), -1, np.int64) for _ in range(2))
    ends = np.zeros((len(graph.edges), 3), np.int64)
    for number, edge in enumerate(graph.edges):
        out_queues[index[edge.producer], edge.out_port] = number
        in_queues[index[edge.consumer], edge.in_port] = number
        ends[number] = index[edge.producer], index[edge.consumer], edge.delay_frames
    return in_queues, out_queues, ends


def _preload(run: Elaborated, number: int, edge: Edge, counts: Int64s) -> None:
    """Put the frames that an edge starts with into its queue, as if pushed and seen long ago."""
    mode = run.chip[col.MODE]
    if mode == col.SOFTWARE:
        block = run.shared_memory.reshape(len(run.ends), -1)[number]
        block[TAIL] = counts.sum()
        block[HEADER_WORDS : HEADER_WORDS + counts.sum()] = edge.initial
        return
    q = run.q[number]
    slot = int(q[qt.Q_BASE])
    for frame, count in enumerate(counts.tolist(), 1):
        if mode != col.RELIABLE:
            run.kinds[slot], run.payloads[slot] = HEADER, frame & int(run.chip[col.ID_MASK])
            slot += 1
        run.kinds[slot : slot + count], run.payloads[slot : slot + count] = ITEM, edge.initial
        slot += count
    q[qt.Q_WRITTEN] = q[qt.Q_PUBLISHED] = slot - q[qt.Q_BASE]


def _queue_rows(count: int, machine: Machine) -> Int64s:
    depth, working_set = machine.queue.depth, machine.queue.working_set
    latency = machine.network.latency
    return np.array([qt.new_queue(n * depth, depth, working_set, latency) for n in range(count)])


def _plans(faults: Int64s, starts: Int64s) -> Int64s:
    """Value of the plan of each core: where its faults are, and in what they count."""
    plans = np.zeros((len(starts) - 1, compute.PLAN_WIDTH), np.int64)
    plans[:, compute.FAULT_FIRST] = plans[:, compute.FAULT_NEXT] = starts[:-1]
    plans[:, compute.FAULT_END] = starts[1:]
    clocked = (starts[1:] > starts[:-1]) & (faults[starts[:-1], 1] == CYCLE)
    plans[:, compute.FAULT_CLOCK] = np.where(clocked, state.CYCLES, state.RETIRED)
    plans[:, compute.BUDGET_END] = col.NEVER
    return plans


def _chip_row(machine: Machine, mode: int, setting: Setting) -> Int64s:
    chip = np.zeros(col.CHIP_WIDTH, np.int64)
    chip[col.MODE] = mode
    chip[col.LOOKAHEAD] = 0 if mode == col.SOFTWARE else machine.network.latency
    chip[col.QUANTUM] = setting.quantum
    chip[col.MAX_CYCLES] = setting.max_cycles
    chip[col.SHARED_LATENCY] = machine.network.shared_latency
    chip[col.CAPACITY] = queue_capacity(machine)
    chip[col.ID_MASK] = (1 << machine.guard.id_width) - 1
    chip[col.PAD] = machine.guard.pad
    chip[col.LENDS] = mode != col.SOFTWARE
    chip[col.CRASH_CYCLE] = col.NEVER
    return chip


def _check_machine(machine: Machine, mode: int, frame_count: int) -> None:
    headers = 1 if mode in (col.COMMGUARD, col.PASS_THROUGH) else 0
    if machine.queue.working_set > machine.queue.depth:
        raise GuardlaneError(
            f"a working set of {machine.queue.working_set} words is larger than the queue of "
            f"{machine.queue.depth}"
        )
    if headers and frame_count >= 1 << (machine.guard.id_width - 1):
        raise GuardlaneError(
            f"{frame_count} frames do not fit ids of {machine.guard.id_width} bits, which tell "
            f"{(1 << (machine.guard.id_width - 1)) - 1} apart"
        )


def _schedules(cores: Sequence[str], faults: Sequence[Fault]) -> tuple[Int64s, Int64s, Int64s]:
    """Value of the faults of all cores, the log beside them, and where each core starts."""
    unknown = sorted({fault.core for fault in faults} - set(cores))
    if unknown:
        raise GuardlaneError(f"no core is named {unknown[0]!r}; there are {', '.join(cores)}")
    parts = []
    for core in cores:
        rows = as_rows([fault for fault in faults if fault.core == core])
        if len(set(rows[:, 1].tolist())) > 1:
            raise GuardlaneError(
                f"the faults of {core} count in instructions and in cycles; use one"
            )
        parts.append(rows)
    starts = np.cumsum([0, *(len(part) for part in parts)]).astype(np.int64)
    table = np.concatenate([*parts, np.zeros((1, 5), np.int64)])
    return table, np.full((len(table), 3), -1, np.int64), starts
