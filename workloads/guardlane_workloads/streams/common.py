# SPDX-License-Identifier: Apache-2.0
"""What every stream program shares: the settings of a run, and the way from a graph to a record."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import Field, field_validator

from guardlane.chip.engine import DEFAULT_QUANTUM, StreamChip
from guardlane.chip.machine import Machine
from guardlane.chip.result import CORE_STATISTICS, QUEUE_STATISTICS, ChipResult
from guardlane.chip.watch import Watch
from guardlane.cite import assumed, chosen
from guardlane.config import NotIdentity, config_hash, resolved
from guardlane.core.energy import energy_pj
from guardlane.core.pipeline import TIMING_STATISTICS
from guardlane.core.protection import Protection
from guardlane.isa.state import FIRST_TRAP
from guardlane.record import Outcome, Record, versions
from guardlane.report.konata import konata_text
from guardlane.report.timeline import timeline_json
from guardlane.stats import Metric
from guardlane.stream import StreamGraph
from guardlane.units import Mtbe
from guardlane.window import Wanted
from guardlane.workload import Comparison, Progress
from guardlane_workloads.fault_settings import FaultSettings, faults_of, known
from guardlane_workloads.streams import pages
from guardlane_workloads.streams.published import PUBLISHED

KEPT_CHIPS = 4  # compiled and profiled graphs that a process holds on to

METRICS = (
    Metric("cycles", "cycles", "cycle in which the last core or device ended", "lower"),
    Metric("retired_instructions", "instructions", "guest instructions of all cores"),
    Metric("frame_count", "frames", "frames of the run"),
    Metric("faults_injected", "faults", "faults that struck"),
    Metric("pads", "items", "pads given instead of items", "lower"),
    Metric("discarded_items", "items", "items dropped because they were of another frame", "lower"),
    Metric("discarded_headers", "headers", "headers dropped, stale or beyond repair", "lower"),
    Metric("timeouts", "commands", "pops and pushes that waited too long", "lower"),
    Metric("traps", "traps", "bad addresses, illegal instructions and wild jumps", "lower"),
    Metric("watchdogs", "frames", "frames given up because their budget ran out", "lower"),
    Metric("headers", "headers", "headers written to queues, end of computation included", "lower"),
    Metric("queue_accesses", "words", "words written to and read from queues", "lower"),
    Metric("wrong_results", "results", "results that a droop or a stuck bit changed", "lower"),
    Metric("ecc_operations", "operations", "codings of headers and shared pointers", "lower"),
)  # fmt: skip
ENERGY = Metric(
    "energy_pj", "pJ", "energy of instructions; counted where a pipeline times them", "lower"
)
SUMS = {metric.name: metric.name for metric in METRICS} | {"queue_accesses": "accesses"}

LABELS = {
    "software-queue": "Software queue",
    "reliable-queue": "Reliable queue",
    "commguard": "CommGuard",
}


class StreamConfig(FaultSettings):
    """How a stream program is run: guard, protection, faults, frame, machine."""

    guard: Annotated[
        str,
        chosen(
            "how items travel: software-queue, reliable-queue, commguard or pass-through",
            unit="name",
            why="CommGuard is what this laboratory is about",
        ),
    ] = "commguard"
    frame_size: Annotated[
        Literal[1, 2, 4, 8],
        assumed(
            "steady states in a frame",
            unit="steady states",
            why="the smallest frame loses least to an error",
        ),
    ] = 1
    quantum: Annotated[
        int,
        Field(ge=1),
        NotIdentity,
        chosen(
            "cycles a core computes on its own at a time; changes no result",
            unit="cycles",
            why="longer than any frame of the shipped programs",
        ),
    ] = DEFAULT_QUANTUM
    machine: Annotated[Machine, chosen("the chip", unit="table", why="see its fields")] = Machine()

    @field_validator("guard")
    @classmethod
    def _known_guard(cls, name: str) -> str:
        known("guardlane.guards", name)
        return name


@dataclass(frozen=True, eq=False)
class Prepared:
    """A program with its input: the graph, what identifies the input, and what the judge needs."""

    graph: StreamGraph
    digest: str  # of the input, by content
    input: Any
    facts: Mapping[str, Any] = field(default_factory=dict)  # about the input, for the record
    notes: tuple[str, ...] = ()  # for whoever runs it, and for no record


@dataclass(frozen=True)
class Judgement:
    """What a program makes of its output: metrics, values by frame, files."""

    metrics: Mapping[str, Any]
    series: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


C = TypeVar("C", bound=StreamConfig)


class StreamWorkload(ABC, Generic[C]):
    """A stream program as a workload; a program adds its graph and its judge."""

    name: ClassVar[str]
    sentence: ClassVar[str]
    Config: type[C]
    quality: ClassVar[tuple[Metric, ...]] = ()
    comparison: ClassVar[str] = "compare"
    statistics = (*CORE_STATISTICS, *TIMING_STATISTICS, *QUEUE_STATISTICS)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        return (*self.quality, *METRICS, ENERGY)

    @abstractmethod
    def prepare(self, config: C) -> Prepared:
        """Read the input and build the graph."""

    @abstractmethod
    def judge(self, prepared: Prepared, result: ChipResult, golden: ChipResult) -> Judgement:
        """Compare the output of a run with the input and with the error-free output."""

    def run(self, config: C, progress: Progress | None = None) -> Record:
        """Run once with the schedule of `config.seed`."""
        return self._record(config, self.prepare(config))

    def watch(
        self, config: C, wanted: Wanted, progress: Progress | None = None
    ) -> tuple[Record, Mapping[str, bytes]]:
        """Run once as `run` does, watched."""
        seen = Watch(wanted)
        record = self._record(config, self.prepare(config), seen)
        files = {}
        if seen.timeline is not None:
            clock = int(config.machine.core.clock)
            title = f"{self.name} with {config.guard}: {record.outcome}"
            files["timeline"] = timeline_json(seen.timeline, title=title, clock_hz=clock)
        if seen.steps is not None:
            files["pipeline-trace"] = konata_text(seen.steps).encode()
        return record, files

    def compared(
        self,
        config: C,
        groups: Mapping[str, Sequence[Record]],
        progress: Progress | None = None,
    ) -> Comparison:
        """Put an error-free run before the groups, and whole records where the report looks close.

        Those are of the seed whose run with CommGuard is the median by the first metric.
        """
        first = next(iter(groups.values()))[0].config["seed"]
        clean = {"guard": "reliable-queue", "mtbe": Mtbe.parse("inf"), "replay": None}
        found: list[tuple[str, list[Record]]] = [
            ("Error-free", [self.run(config.model_copy(update={**clean, "seed": first}))]),
            *((LABELS.get(guard, guard), list(runs)) for guard, runs in groups.items()),
        ]
        shown = pages.shown_seed(found, self.quality[0].name)
        for (_, runs), guard in zip(found[1:], groups, strict=True):
            if progress is not None:
                progress(0, 1, f"{guard}, seed {shown}")
            place = next(n for n, run in enumerate(runs) if run.config["seed"] == shown)
            changes = {"guard": guard, "seed": shown}
            runs[place] = self.run(config.model_copy(update=changes))
        return found

    def _record(self, config: C, prepared: Prepared, watch: Watch | None = None) -> Record:
        key = json.dumps(resolved(config.machine), sort_keys=True)
        chip = _chip(_Key(prepared, key), config.machine, config.frame_size)
        faults = faults_of(config, config.machine.core.clock)
        result = chip.run(
            config.guard,
            Protection.parse(config.protection),
            faults,
            config.quantum,
            config.voltage,
            watch,
        )
        judgement = self.judge(prepared, result, chip.profile(config.guard).result)
        sums = {name: result.total(counted) for name, counted in SUMS.items()}
        sums |= {"cycles": result.cycles, "frame_count": chip.frame_count}
        retired = {
            one.name: result.total(one.name)
            for one in TIMING_STATISTICS
            if config.machine.core.timing != "classes"
        }
        spent = energy_pj(retired, config.voltage)
        by_frame = {
            "pads": result.pads.tolist(),
            "discards": result.discards.tolist(),
            "faults": _by_frame([e["frame"] for e in result.fault_events], chip.frame_count),
            "traps": _by_frame(_ends(result, lambda code: code >= FIRST_TRAP), chip.frame_count),
            "watchdogs": _by_frame(_ends(result, lambda code: code < 0), chip.frame_count),
        }
        images = chip.program(config.guard).images.values()
        text = hashlib.sha256("".join(image.text_sha256 for image in images).encode())
        return Record(
            workload=self.name,
            config={**resolved(config), **prepared.facts},
            config_hash=_identity(config, prepared),
            outcome=Outcome(result.outcome),
            metrics={
                **judgement.metrics,
                **sums,
                "energy_pj": spent,
                "detail": result.detail,
            },
            statistics=result.statistics,
            series={**judgement.series, **by_frame},
            fault_events=[dict(event) for event in result.fault_events],
            guest_sha256=text.hexdigest(),
            versions=versions(),
            files=judgement.files,
            notes=(*prepared.notes, *_unpublished(self.name, config.guard, text.hexdigest())),
        )


def _unpublished(name: str, guard: str, guest_sha256: str) -> list[str]:
    """Value of a warning when the guest code is not the one whose results are published."""
    published = PUBLISHED.get((name, "software" if guard == "software-queue" else "hardware"))
    if published in (None, guest_sha256):
        return []
    return [
        f"the guest code of {name} is not the published one: another llvmlite than in "
        "constraints.txt compiles to other instructions, and results differ"
    ]


def _identity(config: StreamConfig, prepared: Prepared) -> str:
    """Value of the identity of a run: its settings and the content of its input."""
    both = f"{config_hash(config)} {prepared.digest}"
    return hashlib.blake2b(both.encode(), digest_size=16).hexdigest()


def _ends(result: ChipResult, is_such: Callable[[int], bool]) -> list[int]:
    """Value of the frames that ended in such a way, one entry for each core."""
    return [
        number
        for frames in result.frames.values()
        for number, frame in enumerate(frames)
        if is_such(frame.code)
    ]


def _by_frame(frames: Sequence[int], count: int) -> list[int]:
    """Value of how many of `frames` fall on each; the first and last get what lies beyond."""
    found = Counter(min(max(frame, 0), count - 1) for frame in frames)
    return [found[frame] for frame in range(count)]


@dataclass(frozen=True)
class _Key:
    """What a compiled chip is kept under: the content of its input and its machine."""

    prepared: Prepared = field(compare=False)
    machine: str

    def __hash__(self) -> int:
        return hash((self.prepared.digest, self.prepared.graph.name, self.machine))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Key)
            and self.prepared.digest == other.prepared.digest
            and self.prepared.graph.name == other.prepared.graph.name
            and self.machine == other.machine
        )


@lru_cache(KEPT_CHIPS)
def _chip(key: _Key, machine: Machine, frame_size: int) -> StreamChip:
    return StreamChip(key.prepared.graph, machine, frame_size)
