# SPDX-License-Identifier: Apache-2.0
"""The command `guardlane verify`: do the blocks do what the contract says?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

if TYPE_CHECKING:  # help must not wait for numpy
    from guardlane_rtl.findings import Finding

Flag = Annotated[bool, Parameter(negative="")]

verify = App(
    name="guardlane verify",
    help="Hold the checkers in hardware against their models, the C library and their contract.",
    help_format="plaintext",
    version_flags=[],
)


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
    record: Annotated[
        Path | None, Parameter(help="Keep what is done in this file, and go on from it.")
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
    from guardlane_rtl.verify_record import Record
    from guardlane_rtl.verify_steps import CYCLES, FULL_CYCLES, Asked, plan

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
    done, steps = Record(record, asked), list(plan(asked))
    findings: list[Finding] = []
    with shown_progress() as show:
        for number, step in enumerate(steps):
            show(number, len(steps), f"{step.block}: {step.what}")
            found = done.take(step)
            if found is None:
                found = step.look()
                done.keep(step, found)
            if not step.part:
                findings.append(found)
            else:
                setattr(next(one for one in findings if one.block == step.block), step.part, found)
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
