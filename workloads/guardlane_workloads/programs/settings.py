# SPDX-License-Identifier: Apache-2.0
"""What can be asked of a run of a user's program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from guardlane.chip.machine import known_timing
from guardlane.cite import assumed, chosen
from guardlane.config import NotIdentity, Positional
from guardlane.core.pipeline import Pipeline
from guardlane.core.presets import preset
from guardlane.isa.hex_reader import HEX_MEMORY
from guardlane.isa.memory_image import STACK
from guardlane.units import Bytes, Count, Frequency, Mtbe
from guardlane_workloads.fault_settings import FaultSettings


class ElfConfig(FaultSettings):
    """A program, what it pops, and the core that it runs on."""

    file: Annotated[
        Path,
        Positional,
        NotIdentity,  # its content is identity, wherever it lies
        chosen(
            "program: a static RV32IMF executable, or a $readmemh image",
            unit="file",
            why="it must be given",
        ),
    ]
    input: Annotated[
        Path | None,
        NotIdentity,
        chosen(
            "what port 0 pops: little-endian 32-bit words",
            unit="file",
            why="without one, the first pop ends the run",
        ),
    ] = None
    output: Annotated[
        Path | None,
        NotIdentity,
        chosen(
            "where to write what port 0 was pushed: little-endian 32-bit words",
            unit="file",
            why="without one, it is only counted; --out keeps it as well",
        ),
    ] = None
    core: Annotated[
        str,
        chosen(
            "core: classes has a fixed number of cycles a class, others are public cores",
            unit="name",
            why="the cores of the chip count this way",
        ),
    ] = "classes"
    memory_wait: Annotated[
        Literal[0, 1, 3],
        chosen(
            "cycles that memory takes beyond the first; core classes has none",
            unit="cycles",
            why="memory that answers at once shows the core alone",
        ),
    ] = 0
    memory: Annotated[
        Bytes | None,
        chosen(
            "memory from the first byte of the program on, stack included",
            unit="B",
            why=f"without, what the program takes and {STACK >> 10} KiB of stack; "
            f"{HEX_MEMORY >> 10} KiB for an image",
        ),
    ] = None
    protection: Annotated[
        str,
        chosen(
            "ppu, none, or a list; of its pieces only the write-guard changes a program alone",
            unit="names",
            why="as for the cores of a chip",
        ),
    ] = "ppu"
    mtbe: Annotated[
        Mtbe,
        chosen(
            "mean time between errors, as 512k instructions, 500us, or inf",
            unit="instructions",
            why="a program is first to be seen right",
        ),
    ] = Mtbe()
    limit: Annotated[
        Count,
        Field(ge=1),
        assumed(
            "retired instructions after which the run is stopped",
            unit="instructions",
            why="some seconds of simulation, and far past the examples",
        ),
    ] = Count(1_000_000_000)
    clock: Annotated[
        Frequency,
        assumed(
            "clock of the core, for errors in time",
            unit="Hz",
            why="as for the cores of a chip",
        ),
    ] = Frequency(1_000_000_000)

    @field_validator("core")
    @classmethod
    def _known_core(cls, name: str) -> str:
        return known_timing(name, "classes")

    @property
    def pipeline(self) -> Pipeline | None:
        """Value of the pipeline of the core, None for fixed costs."""
        if self.core == "classes":
            return None
        return preset(self.core).model_copy(update={"memory_wait": self.memory_wait})

    @model_validator(mode="after")
    def _classes_never_wait(self) -> Self:
        if self.core == "classes" and self.memory_wait:
            raise ValueError(
                f"core classes counts no cycles of memory: memory-wait must be 0, "
                f"not {self.memory_wait}"
            )
        return self
