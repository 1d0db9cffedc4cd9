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
from guardlane.chip.shared import HEADER_WORDS
from guardlane.core import compute
from guardlane.core.frame import enter
from guardlane.core.protection import Protection
from guardlane.core.upset import result_files
from guardlane.errors import GuardlaneError
from guardlane.faults import CYCLE, Fault, as_rows
from guardlane.guard import queue_twin as qt
from guardlane.guard import twin
from guardlane.isa import state
from guardlane.isa.compiler import compile_filter
from guardlane.isa.costs import cost_array
from guardlane.isa.image import Image
from guardlane.isa.predecode import predecode
from guardlane.isa.rings import RING_WIDTH
from guardlane.stream import Balanced, Filter, Sink, Source

SHARED_ADDRESS = 0x8000_0000
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


@dataclass(frozen=True, eq=False)
class Elaborated:
    """The state of a run, all of it: the arguments of `run`, in order. Agents: cores, sources, sinks."""

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

    def arguments(self) -> tuple[Any, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class Program:
    """The guest side of a graph, compiled once: an image and its private memory for each filter."""

    images: Mapping[str, Image]
    memories: Mapping[str, npt.NDArray[np.uint8]]
    rows: Mapping[str, Int32s]
    results: Mapping[str, npt.NDArray[np.uint8]]


def build_program(balanced: Balanced, machine: Machine, *, software: bool) -> Program:
    """Compile the filters of a graph; filters that share their source share their code."""
    compiled: dict[Any, Image] = {}
    # A port takes the cycle in which the guard examines a word; guests have no use for system calls.
    costs = cost_array(machine.core.cycles.model_dump() | {"port": 1, "system": 1})
    images, memories, rows, results = {}, {}, {}, {}
    for node in balanced.graph.filters():
        key = (node.work, node.begin)
        if key not in compiled:
            queues = "software" if software else "hardware"
            compiled[key] = compile_filter(node.work, node.begin, queues=queues)
        image = compiled[key]
        words = np.frombuffer(image.text, np.uint32)
        tables = dict(node.tables) | (_directories(balanced, node, machine) if software else {})
        images[node.name] = image
        memories[node.name] = image.load(machine.core.memory, tables)
        rows[node.name] = predecode(words, costs)
        results[node.name] = result_files(words, rows[node.name])
    return Program(images, memories, rows, results)


def queue_capacity(machine: Machine) -> int:
    """Value of the words of a queue in shared memory: the depth, as a power of two."""
    return 1 << (machine.queue.depth - 1).bit_length()


def _directories(balanced: Balanced, node: Filter, machine: Machine) -> dict[str, Int32s]:
    """Value of the tables by which guest code finds its queues in shared memory."""
    stride = 4 * (HEADER_WORDS + queue_capacity(machine))
    inward, outward = np.zeros(8, np.int64), np.zeros(8, np.int64)
    for number, edge in enumerate(balanced.graph.edges):
        if edge.consumer == node.name:
            inward[edge.in_port] = SHARED_ADDRESS + number * stride
        if edge.producer == node.name:
            outward[edge.out_port] = SHARED_ADDRESS + number * stride
    return {
        "queue_directory_in": inward.astype(np.uint32).view(np.int32),
        "queue_directory_out": outward.astype(np.uint32).view(np.int32),
        "queue_mask": np.array([queue_capacity(machine) - 1], np.int32),
    }


def elaborate(
    balanced: Balanced, machine: Machine, program: Program, frame_size: int, setting: Setting
) -> Elaborated:
    """Lay out one run; raises GuardlaneError for a queue too small or a fault on an unknown core."""
    mode = MODES.get(setting.guard, col.COMMGUARD)  # a guard from outside has its own engine
    graph = balanced.graph
    names = [node.name for node in (*graph.filters(), *graph.sources(), *graph.sinks())]
    index = {name: i for i, name in enumerate(names)}
    cores, queues = len(graph.filters()), len(graph.edges)
    frame_count = balanced.frame_count(frame_size)
    _check_machine(machine, mode, frame_count)

    ports = max(max(e.in_port, e.out_port) for e in graph.edges) + 1
    in_queues, out_queues = (np.full((len(names), ports), -1, np.int64) for _ in range(2))
    ends = np.zeros((queues, 2), np.int64)
    for number, edge in enumerate(graph.edges):
        out_queues[index[edge.producer], edge.out_port] = number
        in_queues[index[edge.consumer], edge.in_port] = number
        ends[number] = index[edge.producer], index[edge.consumer]

    depth = machine.queue.depth
    q = np.zeros((queues, qt.QUEUE_WIDTH), np.int64)
    for number in range(queues):
        q[number] = qt.new_queue(number * depth, depth, machine.queue.working_set, machine.network.latency)
    am = np.zeros((queues, twin.AM_WIDTH), np.int64)
    for number in range(queues):
        am[number] = twin.new_alignment(machine.guard.id_width)

    size = machine.core.memory
    mem8 = np.zeros(max(cores, 1) * size, np.uint8)
    agents = np.zeros((len(names), col.AGENT_WIDTH), np.int64)
    chip = _chip_row(machine, mode, setting)
    if mode == col.SOFTWARE:
        chip[col.LOOKAHEAD] = 0
    schedule, logs, starts = _schedules(names[:cores], setting.faults)
    plans = np.zeros((max(cores, 1), compute.PLAN_WIDTH), np.int64)
    s = np.zeros((max(cores, 1), state.STATE_WIDTH), np.int64)
    x, f_bits = np.zeros((max(cores, 1), 33), np.int32), np.zeros((max(cores, 1), 32), np.int32)
    item_arrays: list[Int32s] = []
    count_arrays: list[Int64s] = []
    kept_size, items_size, counts_size, first_row = 0, 0, 0, 0
    for i, name in enumerate(names):
        node, agent = graph.nodes[name], agents[i]
        agent[col.FRAMES], agent[col.STEADY_STATES] = frame_count, balanced.steady_states
        agent[col.FRAME_SIZE] = frame_size
        agent[col.ROUSE_AT] = col.NEVER
        agent[col.POP_TIMEOUT] = agent[col.PUSH_TIMEOUT] = col.NEVER
        if setting.timeout < col.NEVER:
            agent[col.POP_TIMEOUT] = (balanced.level[name] + 1) * setting.timeout
            if mode == col.SOFTWARE:  # guest code gives up a push as it does a pop; devices do too
                agent[col.PUSH_TIMEOUT] = agent[col.POP_TIMEOUT]
        agent[col.BUDGET] = col.NEVER
        if isinstance(node, Filter):
            image = program.images[name]
            mem8[i * size : (i + 1) * size] = program.memories[name]
            agent[col.KIND], agent[col.FIRINGS] = col.CORE, balanced.firings[name]
            agent[col.MEMORY_FIRST], agent[col.ROWS_FIRST] = i * size, first_row
            first_row += len(program.rows[name])
            agent[col.ADDRESS_GUARD] = setting.protection.address_guard
            agent[col.SEQUENCED] = setting.protection.sequencer
            agent[col.ENTRY] = image.symbols["frame"]
            agent[col.BUDGET] = setting.budgets.get(name, col.NEVER) if setting.protection.budget else col.NEVER
            s[i, state.BASE], s[i, state.SIZE] = state.MEMORY_BASE, size
            s[i, state.TEXT_WORDS] = len(program.rows[name])
            s[i, state.WRITE_FROM] = image.write_from(setting.protection.write_guard)
            if mode == col.SOFTWARE:
                s[i, state.SHARED_BASE] = SHARED_ADDRESS
                s[i, state.SHARED_SIZE] = 4 * queues * (HEADER_WORDS + queue_capacity(machine))
            plans[i, compute.FAULT_FIRST] = plans[i, compute.FAULT_NEXT] = starts[i]
            plans[i, compute.FAULT_END] = starts[i + 1]
            clocked = starts[i + 1] > starts[i] and schedule[starts[i], 1] == CYCLE
            plans[i, compute.FAULT_CLOCK] = state.CYCLES if clocked else state.RETIRED
            plans[i, compute.BUDGET_END] = col.NEVER
            if not setting.protection.sequencer:
                agent[col.IN_FRAME] = 1
                last = balanced.steady_states - (frame_count - 1) * frame_size
                enter(s[i], x[i], f_bits[i], image.symbols["main"], frame_count, frame_size,
                      balanced.firings[name], last)  # fmt: skip
            continue
        edge = next(e for e in graph.edges if name in (e.producer, e.consumer))
        counts = balanced.frame_counts(edge, frame_size)
        agent[col.COUNTS_FIRST] = counts_size
        counts_size += counts.size
        count_arrays.append(counts)
        agent[col.SEQUENCED] = 1
        if isinstance(node, Source):
            agent[col.KIND], agent[col.ITEMS_FIRST] = col.SOURCE, items_size
            items_size += node.items.size
            item_arrays.append(node.items)
        elif isinstance(node, Sink):
            agent[col.KIND], agent[col.ITEMS_FIRST] = col.SINK, kept_size
            kept_size += int(counts.sum())
    shared_memory = np.zeros(queues * (HEADER_WORDS + queue_capacity(machine)), np.int32)
    program_rows = [program.rows[node.name] for node in graph.filters()]
    program_results = [program.results[node.name] for node in graph.filters()]
    return Elaborated(
        chip=chip, agents=agents, wake=np.zeros(len(names), np.int64), in_queues=in_queues,
        out_queues=out_queues, ends=ends, q=q, am=am, kinds=np.zeros(queues * depth, np.uint8),
        payloads=np.zeros(queues * depth, np.int64), visible=np.zeros(queues * depth, np.int64),
        freed=np.zeros(queues * depth, np.int64), tally=np.zeros((queues, frame_count, 3), np.int64),
        frames=np.zeros((len(names), frame_count, col.FRAME_LOG_WIDTH), np.int64),
        rows=np.concatenate(program_rows or [np.zeros((0, state.ROW_WIDTH), np.int32)]),
        results=np.concatenate(program_results or [np.zeros(0, np.uint8)]), x=x, f_bits=f_bits,
        f=f_bits.view(np.float32), mem8=mem8, mem16=mem8.view(np.int16), mem32=mem8.view(np.int32),
        s=s, plans=plans, faults=schedule, log=logs,
        items=np.concatenate(item_arrays or [np.zeros(0, np.int32)]),
        counts=np.concatenate(count_arrays or [np.zeros(0, np.int64)]),
        kept=np.full(kept_size, machine.guard.pad, np.int32), shared_memory=shared_memory,
        rings=np.zeros((2, ports, RING_WIDTH), np.int64),
    )  # fmt: skip


def _chip_row(machine: Machine, mode: int, setting: Setting) -> Int64s:
    chip = np.zeros(col.CHIP_WIDTH, np.int64)
    chip[col.MODE] = mode
    chip[col.LOOKAHEAD] = machine.network.latency
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


def _schedules(
    cores: Sequence[str], faults: Sequence[Fault]
) -> tuple[Int64s, Int64s, Int64s]:
    """Value of the faults of all cores in one table, the log beside it, and where each core starts."""
    unknown = sorted({fault.core for fault in faults} - set(cores))
    if unknown:
        raise GuardlaneError(f"no core is named {unknown[0]!r}; there are {', '.join(cores)}")
    parts = []
    for core in cores:
        rows = as_rows([fault for fault in faults if fault.core == core])
        if len(set(rows[:, 1].tolist())) > 1:
            raise GuardlaneError(f"the faults of {core} count in instructions and in cycles; use one")
        parts.append(rows)
    starts = np.cumsum([0, *(len(part) for part in parts)]).astype(np.int64)
    table = np.concatenate([*parts, np.zeros((1, 5), np.int64)])
    return table, np.full((len(table), 3), -1, np.int64), starts
