# SPDX-License-Identifier: Apache-2.0
"""A user's own program as a workload: any static RV32IMF executable, alone on one core."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from guardlane.chip.engine import Schedule
from guardlane.chip.machine import Core
from guardlane.cli.keep import Folder
from guardlane.config import config_hash, resolved
from guardlane.core.bare import CORE_NAME, BareCore, BareResult
from guardlane.core.energy import energy_pj
from guardlane.core.pipeline import TIMING_STATISTICS
from guardlane.core.protection import Protection
from guardlane.core.steps import Steps
from guardlane.errors import GuardlaneError, UsageError
from guardlane.faults import CYCLE, Fault
from guardlane.isa.costs import cost_array
from guardlane.isa.executable import MOST_BYTES, read_executable
from guardlane.reading import read_bounded
from guardlane.record import Outcome, Record, versions
from guardlane.report.konata import konata_text
from guardlane.stats import Metric, Statistic
from guardlane.window import Wanted, Window
from guardlane.workload import Progress
from guardlane_workloads.fault_settings import faults_of
from guardlane_workloads.programs.settings import ElfConfig

MOST_INPUT = 256 << 20  # bytes
FIRST_BOUND = 1 << 20  # up to which faults are drawn before it is known how long a run is
WORD = np.dtype("<i4")


class Elf:
    """A program of the user's own, alone on one core."""

    name = "elf"
    sentence = "Run your own RV32IMF program on one core that makes mistakes."
    Config = ElfConfig
    metrics: Sequence[Metric] = (
        Metric("cycles", "cycles", "cycles to the end", "lower"),
        Metric("retired_instructions", "instructions", "instructions completed"),
        Metric("result", "1", "what it returned, exited with or stored at the end"),
        Metric("faults_injected", "faults", "faults that struck"),
        Metric("wrong_results", "results", "results that a droop or a stuck bit changed"),
        Metric("energy_pj", "pJ", "energy of the instructions; counted by cores with a pipeline"),
        Metric("input_items", "items", "items popped"),
        Metric("output_items", "items", "items pushed to port 0"),
        Metric("detail", "text", "why it did not complete"),
    )
    statistics: Sequence[Statistic] = (
        *TIMING_STATISTICS,
        Statistic("pushes", "items", "items pushed, by port that the program names"),
    )

    def run(self, config: ElfConfig, progress: Progress | None = None) -> Record:
        """Run once; raises GuardlaneError for files that cannot be read or, before, written."""
        return self._run(config, None)[0]

    def watch(
        self, config: ElfConfig, wanted: Wanted, progress: Progress | None = None
    ) -> tuple[Record, Mapping[str, bytes]]:
        """Run once, with the instructions of a window seen one by one."""
        if wanted.timeline:
            raise UsageError(
                "--timeline: a program alone has no frames and no queues; see --pipeline-trace"
            )
        record, steps = self._run(config, wanted.pipeline)
        return record, {} if steps is None else {"pipeline-trace": konata_text(steps).encode()}

    def _run(self, config: ElfConfig, window: Window | None) -> tuple[Record, Steps | None]:
        program = read_bounded(config.file, MOST_BYTES)
        memory = None if config.memory is None else int(config.memory)
        executable = read_executable(program, str(config.file), memory)
        items, digest = _input(config.input)
        output = None if config.output is None else _output(config.output, config.file)
        # Neither pops, pushes nor calls are priced otherwise: one cycle each.
        costs = cost_array(Core().cycles.model_dump() | {"port": 1, "system": 1})
        protection = Protection.parse(config.protection)
        core = BareCore(executable, costs, protection, config.voltage, config.pipeline)
        result = run_with(core, items, faults_of(config, config.clock), int(config.limit), window)
        pushed = result.outputs.get(0, np.zeros(0, np.int32)).astype(WORD).tobytes()
        if output is not None:
            output.keep({_target(config.output).name: pushed})
        digests = (hashlib.sha256(program).hexdigest(), digest)
        record = Record(
            workload=self.name,
            config={**resolved(config), "file_sha256": digests[0], "input_sha256": digest},
            config_hash=config_hash(config, *digests),
            outcome=Outcome(result.outcome),
            metrics={
                "cycles": result.cycles,
                "retired_instructions": result.retired_instructions,
                "result": result.result,
                "faults_injected": len(result.fault_events),
                "wrong_results": result.wrong_results,
                "energy_pj": energy_pj(result.timing, config.voltage),
                "input_items": result.popped,
                "output_items": len(pushed) // WORD.itemsize,
                "detail": result.detail,
            },
            statistics={f"core.{name}": value for name, value in result.timing.items()}
            | {f"port.{port}.pushes": len(taken) for port, taken in result.outputs.items()},
            fault_events=[dict(event) for event in result.fault_events],
            guest_sha256=executable.text_sha256,
            versions=versions(),
            files={"output.bin": pushed},
        )
        return record, result.steps


def run_with(
    core: BareCore,
    items: Mapping[int, Any],
    faults: Schedule | Sequence[Fault],
    limit: int,
    window: Window | None = None,
) -> BareResult:
    """Run with given faults, or with a schedule that is drawn as far as the run gets."""
    if not isinstance(faults, Schedule):
        return core.run(items, faults, limit, window)
    bound = FIRST_BOUND
    while True:
        result = core.run(items, faults.draw([CORE_NAME], bound), limit, window)
        is_cycles = faults.clock == CYCLE
        reached = result.cycles if is_cycles else result.retired_instructions
        if reached < bound:
            return result
        bound *= 8


def _input(path: Path | None) -> tuple[dict[int, Any], str]:
    """Value of the items by port, and the digest of what they were read from."""
    content = b"" if path is None else read_bounded(path, MOST_INPUT)
    if len(content) % WORD.itemsize:
        raise GuardlaneError(
            f"{path}: must be whole words of {WORD.itemsize} bytes, not {len(content):,} bytes"
        )
    items = np.frombuffer(content, WORD).astype(np.int32)
    return {0: items}, hashlib.sha256(content).hexdigest()


def _output(path: Path, program: Path) -> Folder:
    """Value of the folder to write to, once it is known that the file may be written there."""
    target = _target(path)
    if target.exists() and not target.is_file():
        raise GuardlaneError(f"{path}: is not a regular file")
    if target == program.resolve():
        raise GuardlaneError(f"{path}: is the program itself")
    return Folder(target.parent)


def _target(path: Path | None) -> Path:
    """Value of where a file really lies, so that what replaces it does not replace a link to it."""
    assert path is not None
    return path.resolve()
