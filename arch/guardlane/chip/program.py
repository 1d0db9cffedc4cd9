# SPDX-License-Identifier: Apache-2.0
"""The guest side of a graph: each filter compiled, priced and loaded, once for many runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.chip.machine import Machine
from guardlane.chip.shared import HEADER_WORDS
from guardlane.core.pipeline import Pipeline
from guardlane.core.upset import result_files
from guardlane.errors import GuardlaneError
from guardlane.isa import state
from guardlane.isa.compiler import Compiled
from guardlane.isa.costs import cost_array
from guardlane.isa.image import Image
from guardlane.isa.predecode import predecode
from guardlane.isa.softqueue import PORTS
from guardlane.isa.state import MEMORY_BASE
from guardlane.stream import Balanced, Filter

SHARED_ADDRESS = 0x8000_0000

Int32s = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Program:
    """The guest side of a graph, compiled once: an image and its private memory for each filter."""

    images: Mapping[str, Image]
    memories: Mapping[str, npt.NDArray[np.uint8]]
    rows: Mapping[str, Int32s]
    results: Mapping[str, npt.NDArray[np.uint8]]
    issues: Mapping[str, Int32s] | None  # what a pipeline does with each row
    pipeline: Pipeline | None  # that of every core, None where each class has its cost

    def memory(self, cores: Sequence[str]) -> npt.NDArray[np.uint8]:
        """Value of the private memories of `cores` one behind the other, for a run to change."""
        whole = np.zeros(sum(self.memories[name].size for name in cores), np.uint8)
        start = 0
        for name in cores:
            # Behind the state all is zero: memory that is never written need not be there.
            used = self.images[name].end - MEMORY_BASE
            whole[start : start + used] = self.memories[name][:used]
            start += self.memories[name].size
        return whole

    def issue_rows(self, cores: Sequence[str]) -> Int32s | None:
        """Value of the `issues` of `cores` one behind the other, for a run to count in."""
        if self.issues is None:
            return None
        none = np.zeros((0, state.ROW_WIDTH), np.int32)
        return np.concatenate([none, *(self.issues[name] for name in cores)])

    def pipes(self, cores: Sequence[str]) -> npt.NDArray[np.int64] | None:
        """Value of the pipelines of `cores` before their first instruction, int64[core, ...]."""
        return None if self.pipeline is None else np.tile(self.pipeline.new(), (len(cores), 1))


def build_program(
    balanced: Balanced, machine: Machine, frame_size: int, *, software: bool
) -> Program:
    """Compile the filters of a graph; filters that share their source share their code."""
    compiled: dict[Any, Compiled] = {}
    # A port takes the cycle in which the guard looks at a word; guests make no system calls.
    costs = cost_array(machine.core.cycles.model_dump() | {"port": 1, "system": 1})
    images, memories, rows, results = {}, {}, {}, {}
    for node in balanced.graph.filters():
        key = (node.work, node.begin)
        if key not in compiled:
            compiled[key] = Compiled(node.work, node.begin, "software" if software else "hardware")
        opened = compiled[key].open_tables
        image = compiled[key].image({n: len(t) for n, t in node.tables.items() if n in opened})
        words = np.frombuffer(image.text, np.uint32)
        tables = dict(node.tables) | (_directories(balanced, node, machine) if software else {})
        images[node.name] = image
        memories[node.name] = image.load(machine.core.memory, tables)
        if software:
            _count_preloaded(memories[node.name], image, balanced, node, frame_size)
        rows[node.name] = predecode(words, costs)
        results[node.name] = result_files(words, rows[node.name])
    pipeline = machine.core.pipeline_or_none()
    issues = None
    if pipeline is not None:
        issues = {name: pipeline.issue(of_core) for name, of_core in rows.items()}
    return Program(images, memories, rows, results, issues, pipeline)


def queue_capacity(machine: Machine) -> int:
    """Value of the words of a queue in shared memory: the depth, as a power of two."""
    return 1 << (machine.queue.depth - 1).bit_length()


def _count_preloaded(
    memory: npt.NDArray[np.uint8], image: Image, balanced: Balanced, node: Filter, frame_size: int
) -> None:
    """Let a producer know of the items that its queues start with."""
    if "pushed" not in image.arrays:
        return
    first = (image.arrays["pushed"].address - MEMORY_BASE) // 4
    for edge in balanced.graph.edges:
        if edge.producer == node.name:
            items = balanced.preloaded(edge, frame_size).sum()
            memory.view(np.int32)[first + edge.out_port] = items


def _directories(balanced: Balanced, node: Filter, machine: Machine) -> dict[str, Int32s]:
    """Value of the tables by which guest code finds its queues in shared memory."""
    stride = 4 * (HEADER_WORDS + queue_capacity(machine))
    inward, outward = np.zeros(PORTS, np.int64), np.zeros(PORTS, np.int64)
    if max(len(node.pops), len(node.pushes)) > PORTS:
        raise GuardlaneError(f"software queues serve {PORTS} ports a side; {node.name} has more")
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
