# SPDX-License-Identifier: Apache-2.0
"""Small defects planted all over a block, and how many of them its lockstep finds.

python -m guardlane_rtl.mutation [BLOCK...] [--mutants N] [--segments N]

Yosys makes the mutants: a port of a cell of the flat netlist inverted, stuck or tied to another
bit. All of a block stand in one netlist, chosen by the input mutant_i, and each is run against the
answers of the twin until one differs. Of those left, some are proved to be no defect at all.
"""

from __future__ import annotations

import argparse
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from guardlane.errors import GuardlaneError
from guardlane.guard.queue import QueueInputs, QueueOutputs
from guardlane.guard.shell_alignment import AlignmentInputs, AlignmentOutputs
from guardlane.guard.shell_inserter import InserterInputs, InserterOutputs
from guardlane_rtl.block import Block
from guardlane_rtl.build import RTL, Built, build
from guardlane_rtl.equivalence import RULES, prove_equal
from guardlane_rtl.link_bench import link_flips
from guardlane_rtl.link_model import LinkOutputs
from guardlane_rtl.link_segments import link_columns, link_segments
from guardlane_rtl.lockstep import QUEUE_FLIPS, TIMER, in_ports, out_ports
from guardlane_rtl.netlist import flat_names
from guardlane_rtl.segments import (
    Segment,
    alignment_segments,
    decoder_segments,
    encoder_segments,
    inserter_segments,
    timer_segments,
    worn_queue_segments,
)
from guardlane_rtl.yosys import read_block, run_yosys

SEED = 7
ALL = 1_000_000  # more than there are of any block
LEAST_SCORE = 95  # percent
NAMED = Path(__file__).resolve().with_name("mutants.toml")

# Flat, with memories as registers, and no register merged with another.
BASE = ("proc", "flatten", "opt_clean", "memory", "opt -noff -keepdc", "pmuxtree", "opt_clean")


class Case(NamedTuple):
    """A block at the parameters of its mutants: its ports, its flips, and its segments.

    `is_exhaustive` says that the segments hold all inputs there are. `within` names the modules
    below the block that mutants are planted in; without, they are planted everywhere.
    """

    parameters: Mapping[str, int]
    inputs: Sequence[str]
    outputs: Sequence[str]
    segments: Callable[[], Iterator[Segment]]
    flips: Mapping[str, str] = {}
    is_exhaustive: bool = False
    within: Sequence[str] = ()


LINK = {
    "DataWidth": 4, "IdWidth": 4, "PadData": 10, "LenWidth": 3, "Depth": 3, "WorkingSet": 2,
    "PushTimeout": 12, "PopTimeout": 15,
}  # fmt: skip
WORN_FLIPS = QUEUE_FLIPS | {f"flip_{slot}": f"words_q[{slot}]" for slot in range(3)}

CASES = {
    "alignment_manager": Case(
        {"DataWidth": 4, "IdWidth": 4, "PadData": 10},
        in_ports(AlignmentInputs._fields),
        out_ports(AlignmentOutputs._fields),
        lambda: alignment_segments(4, 4, 10),
    ),
    "header_inserter": Case(
        {"DataWidth": 4, "IdWidth": 4, "DelayFrames": 3},
        in_ports(InserterInputs._fields),
        out_ports(InserterOutputs._fields),
        lambda: inserter_segments(4, 4, 3),
    ),
    "queue_manager": Case(
        {"DataWidth": 4, "IdWidth": 2, "Depth": 3, "WorkingSet": 2},
        [*in_ports(QueueInputs._fields), *WORN_FLIPS],
        out_ports(QueueOutputs._fields),
        lambda: worn_queue_segments(4, 2, 3, 2),
        flips=WORN_FLIPS,
    ),
    "secded_enc": Case(
        {"DataWidth": 9}, ["data_i"], ["code_o"], lambda: encoder_segments(9), is_exhaustive=True
    ),
    "secded_dec": Case(
        {"DataWidth": 9},
        ["code_i"],
        ["data_o", "corrected_o", "uncorrectable_o"],
        lambda: decoder_segments(9),
        is_exhaustive=True,
    ),
    "commguard_link": Case(
        LINK,
        link_columns(LINK["Depth"]),
        LinkOutputs._fields,
        lambda: link_segments(LINK),
        flips=link_flips(LINK["Depth"]),
        within=("commguard_source", "commguard_sink"),
    ),
    "command_timer": Case({"Limit": 6}, *TIMER, lambda: timer_segments(6)),
}


class Verdict(NamedTuple):
    """What became of the mutants of a block; the last two name theirs."""

    block: str
    mutants: int
    killed: int
    equal: tuple[str, ...]
    survivors: tuple[str, ...]

    @property
    def score(self) -> float:
        """Value of the share killed of those that are not proved equal, in percent."""
        return 100 * self.killed / max(1, self.mutants - len(self.equal))


def mutate(block: str, case: Case, number: int, folder: Path, rtl: Path = RTL) -> list[str]:
    """Write base.il and the netlist of `number` mutants into `folder`; returns the mutants.

    A mutant is what Yosys' `mutate` is told. Mutant 0 is the block as it is.
    """
    base = [*read_block(block, case.parameters, folder, rtl), *BASE, "write_rtlil base.il"]
    where = "".join(f" {block}/a:src=*{module}.sv*" for module in case.within)
    run_yosys([*base, f"mutate -list {number} -seed {SEED} -o mutants.txt{where}"], folder)
    lines = (folder / "mutants.txt").read_text().splitlines()
    mutants = [line.removeprefix("mutate ") for line in lines if not _hides_flip(case, line)]
    width = len(mutants).bit_length()
    planted = [f"mutate -ctrl mutant_i {width} {n} {m}" for n, m in enumerate(mutants, 1)]
    tidy = ["opt_clean", "splitnets w:*code_q w:*words_q?* %u %n", "rename -unescape"]
    name = f"netlist/{block}.sv"
    (folder / "netlist").mkdir()
    run_yosys(["read_rtlil base.il", *planted, *tidy, f"write_verilog -noattr {name}"], folder)
    return mutants


def _hides_flip(case: Case, line: str) -> bool:
    """Value of whether a mutant comes between a register that is flipped and its readers.

    Such a register would no longer have its name; its input D has mutants too.
    """
    return (
        bool(case.flips)
        and "-port Q " in line
        and ("shared_pointer.sv" in line or "words_q" in line)
    )


def is_killed(built: Built, case: Case, mutant: int, segments: Sequence[Segment]) -> bool:
    """Run one mutant until it differs from its twin; False if it never does."""
    block = Block(built, [*case.inputs, "mutant_i"], case.outputs)
    for stimulus, due, counts in segments:
        rows = np.column_stack([stimulus, np.full(len(stimulus), mutant)])
        block.reset(rows[-1])
        if ((block.run(rows) != due) & counts).any():
            return True
    return False


def measure(block: str, mutants: int = ALL, segments: int = 200, rtl: Path = RTL) -> Verdict:
    """Run `mutants` of `block` for at most so many segments each, and judge those that are left.

    Raises GuardlaneError if the block of the folder `rtl` differs from its twin without any.
    """
    case = CASES[block]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        planted = mutate(block, case, mutants, folder, rtl)
        built = build(block, sources=(folder / "netlist",), flips=flat_names(case.flips))
        drawn = list(case.segments() if case.is_exhaustive else islice(case.segments(), segments))
        if is_killed(built, case, 0, drawn):
            raise GuardlaneError(f"{block} differs from its twin without a mutant")
        left = [m for n, m in enumerate(planted, 1) if not is_killed(built, case, n, drawn)]
        equal: list[str] = []
        if case.is_exhaustive:
            equal = left
        elif block in RULES:
            equal = prove_equal(block, left, folder)
    alive = tuple(m for m in left if m not in equal)
    return Verdict(block, len(planted), len(planted) - len(left), tuple(equal), alive)


def named(block: str) -> dict[str, str]:
    """Value of the mutants of a block that are known to survive, each with its reason."""
    entries = tomllib.loads(NAMED.read_text("utf-8")).get(block, [])
    return {mutant: entry["reason"] for entry in entries for mutant in entry["mutants"]}


def table(verdicts: Sequence[Verdict]) -> str:
    """Value of the verdicts as a table of Markdown."""
    rows = [
        "| block | mutants | killed | proved equal | survive | score |",
        "|---|---|---|---|---|---|",
    ]
    for v in verdicts:
        cells = (v.block, v.mutants, v.killed, len(v.equal), len(v.survivors), f"{v.score:.1f} %")
        rows.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(rows)


def main() -> None:
    """Print the table of the blocks asked for, and the survivors by name."""
    parser = argparse.ArgumentParser(description="Mutants of the hardware's blocks.")
    parser.add_argument("block", nargs="*", choices=[*CASES, []], help="all without one")
    parser.add_argument("--mutants", type=int, default=ALL, help="of each block; default: all")
    parser.add_argument("--segments", type=int, default=200, help="of 1,000 cycles, at most")
    asked = parser.parse_args()
    verdicts = [measure(b, asked.mutants, asked.segments) for b in asked.block or CASES]
    print(table(verdicts))
    for verdict in verdicts:
        for mutant in verdict.survivors:
            print(f"{verdict.block} survives: {mutant}")


if __name__ == "__main__":
    main()
