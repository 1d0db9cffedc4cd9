# SPDX-License-Identifier: Apache-2.0
"""Small defects planted all over a block, and how many of them its lockstep finds.

python -m guardlane_rtl.mutation [BLOCK...] [--mutants N] [--segments N]

Yosys makes the mutants: a port of a cell of the flat netlist inverted, stuck or tied to another
bit. A batch of them stands in one netlist, chosen by the input mutant_i, and each is run against
the answers of the twin until one differs. Of those left, some are proved to be no defect at all,
and the others are run for longer.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from guardlane.errors import GuardlaneError
from guardlane_rtl.block import Block
from guardlane_rtl.build import RTL, Built, build
from guardlane_rtl.cases import CASES, Case
from guardlane_rtl.equivalence import RULES, prove_equal
from guardlane_rtl.netlist import flat_names
from guardlane_rtl.segments import Segment
from guardlane_rtl.yosys import read_block, run_yosys

SEED = 7
ALL = 1_000_000  # more than there are of any block
BATCH = 400  # mutants of a netlist: with more, every cycle of each takes longer
AT_ONCE = 2  # batches
SOON = 40  # segments, before what is left is tried for a proof, which takes a second or more
QUICKLY = (
    "-O1"  # a netlist of mutants runs for seconds: compiling at -O2 takes longer than it saves
)
LEAST_SCORE = 95  # percent
NAMED = Path(__file__).resolve().with_name("mutants.toml")

# Flat, with memories as registers, and no register merged with another. What is undefined, such as
# where a memory would write if it wrote, is settled as synthesis does, or a mutant of it is none.
BASE = (
    "proc",
    "flatten",
    "opt_expr -mux_undef",
    "opt_clean",
    "memory",
    "opt -noff -keepdc",
    "pmuxtree",
    "opt_clean",
)


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
    """Write the block as base.il into `folder`; returns `number` mutants of it.

    A mutant is what Yosys' `mutate` is told.
    """
    base = [*read_block(block, case.parameters, folder, rtl), *BASE, "write_rtlil base.il"]
    where = "".join(f" {block}/a:src=*{module}.sv*" for module in case.within)
    run_yosys([*base, f"mutate -list {number} -seed {SEED} -o mutants.txt{where}"], folder)
    lines = (folder / "mutants.txt").read_text().splitlines()
    return [line.removeprefix("mutate ") for line in lines if not _hides_flip(case, line)]


def plant(block: str, case: Case, mutants: Sequence[str], folder: Path) -> Built:
    """Build the block of base.il in `folder` with `mutants`, of which the first is number 1."""
    width = len(mutants).bit_length()
    planted = [f"mutate -ctrl mutant_i {width} {n} {m}" for n, m in enumerate(mutants, 1)]
    tidy = ["opt_clean", "splitnets w:*code_q w:*words_q?* %u %n", "rename -unescape"]
    (folder / "netlist").mkdir()
    write = f"write_verilog -noattr netlist/{block}.sv"
    run_yosys(["read_rtlil base.il", *planted, *tidy, write], folder)
    flips = flat_names(case.flips)
    return build(block, sources=(folder / "netlist",), flips=flips, optimised=QUICKLY)


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
    drawn = list(case.segments() if case.is_exhaustive else islice(case.segments(), segments))
    with tempfile.TemporaryDirectory() as place:
        planted = mutate(block, case, mutants, Path(place), rtl)
        batches = [planted[n : n + BATCH] for n in range(0, len(planted), BATCH)]

        def judge(number: int) -> tuple[list[str], list[str]]:
            folder = Path(place) / f"batch{number}"
            folder.mkdir()
            shutil.copy(Path(place) / "base.il", folder)
            return _judge(block, case, batches[number], drawn, folder)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            judged = list(pool.map(judge, range(len(batches))))
    equal = tuple(mutant for part, _ in judged for mutant in part)
    alive = tuple(mutant for _, part in judged for mutant in part)
    killed = len(planted) - len(equal) - len(alive)
    return Verdict(block, len(planted), killed, equal, alive)


def _judge(
    block: str, case: Case, mutants: Sequence[str], drawn: Sequence[Segment], folder: Path
) -> tuple[list[str], list[str]]:
    """Value of those of a batch that are proved equal, and of those that nothing finds."""
    built = plant(block, case, mutants, folder)
    if is_killed(built, case, 0, drawn):
        raise GuardlaneError(f"{block} differs from its twin without a mutant")
    soon = drawn if case.is_exhaustive else drawn[:SOON]
    left = {m: n for n, m in enumerate(mutants, 1) if not is_killed(built, case, n, soon)}
    if case.is_exhaustive:
        return list(left), []
    equal = prove_equal(block, list(left), folder) if block in RULES else []
    rest = [m for m in left if m not in equal]
    return equal, [m for m in rest if not is_killed(built, case, left[m], drawn[len(soon) :])]


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
