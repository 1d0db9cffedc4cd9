# SPDX-License-Identifier: Apache-2.0
"""Measured cycles of public cores, and the programs they were measured with, as data for tests."""

from __future__ import annotations

import csv
import zipfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "data" / "core_golden"


class GoldenRow(NamedTuple):
    """One program of one length on one core: what it retired, in how many cycles."""

    core: str
    memory_wait: int  # cycles
    program: str
    iterations: int
    retired_instructions: int
    cycles: int
    steady_cycles_per_iteration: float
    steady_instructions_per_iteration: float
    steady_cpi: float

    @property
    def image(self) -> str:
        return f"{self.program}_{self.iterations}"


class MixRow(NamedTuple):
    """One program of one length: what it retires on any core, by class, and what it stores."""

    program: str
    iterations: int
    retired_instructions: int
    result: int  # uint32
    counts: dict[str, int]  # dynamic instructions by class

    @property
    def image(self) -> str:
        return f"{self.program}_{self.iterations}"


@cache
def golden_images() -> dict[str, bytes]:
    """Value of the `$readmemh` images by name, PROGRAM_ITERATIONS."""
    with zipfile.ZipFile(FOLDER / "images.zip") as images:
        return {name.removesuffix(".hex"): images.read(name) for name in images.namelist()}


@cache
def golden_rows() -> tuple[GoldenRow, ...]:
    """Value of all rows of core_golden.csv."""
    with (FOLDER / "core_golden.csv").open(newline="") as table:
        return tuple(
            GoldenRow(
                row["core"],
                int(row["memory_wait"]),
                row["program"],
                *(int(row[name]) for name in GoldenRow._fields[3:6]),
                *(float(row[name]) for name in GoldenRow._fields[6:]),
            )
            for row in csv.DictReader(table)
        )


@cache
def mix_rows() -> tuple[MixRow, ...]:
    """Value of all rows of instruction_mix.csv."""
    found = []
    with (FOLDER / "instruction_mix.csv").open(newline="") as table:
        for row in csv.DictReader(table):
            fixed = ("program", "iterations", "retired_instructions", "result")
            counts = {name: int(value) for name, value in row.items() if name not in fixed}
            found.append(
                MixRow(
                    row["program"],
                    int(row["iterations"]),
                    int(row["retired_instructions"]),
                    int(row["result"], 16),
                    counts,
                )
            )
    return tuple(found)
