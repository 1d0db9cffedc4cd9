# SPDX-License-Identifier: Apache-2.0
"""A block as gates: what synthesis makes of it, in Verilog that runs in the block's own benches."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from guardlane_rtl.build import RTL
from guardlane_rtl.yosys import FLATTEN, read_block, run_yosys

GATES = "AND,NAND,OR,NOR,XOR,MUX"

# The three bits of a tag hold one thing: synthesis takes them for equal and makes one of them, and
# the protection is gone. An array has no flip-flops to keep before it is mapped to some, so that no
# attribute in the source says it, as one does of shared pointers.
TWICE = "w:*words_q?*"


def flat_names(flips: Mapping[str, str]) -> dict[str, str]:
    """Value of the registers to flip by their names in a netlist."""
    return {column: re.sub(r"\W", "_", path) for column, path in flips.items()}


def synthesise(
    block: str,
    parameters: Mapping[str, int],
    folder: Path,
    *,
    sources: Path = RTL,
    keeps: bool = True,
) -> Path:
    """Write `block` at `parameters` as gates and flip-flops into `folder`, for `build`.

    `keeps` keeps the bits of tags from being merged; without, all is left to Yosys.
    Returns `folder`, which is made if need be. Raises GuardlaneError if Yosys is missing or
    refuses the sources.
    """
    folder.mkdir(parents=True, exist_ok=True)
    twice = f"select -set twice {TWICE} %ci1 t:$*ff* %i"
    keep = [*FLATTEN, twice, "setattr -set keep 1 @twice"]
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        run_yosys(
            [
                *read_block(block, parameters, work, sources),
                *(keep if keeps else []),
                f"synth -flatten -top {block}",
                f"abc -g {GATES}",
                "opt_clean",
                "splitnets w:*code_q %n",  # a vector of gates looks like a loop to Verilator
                "rename -unescape",
                "write_verilog -noattr netlist.sv",
            ],
            work,
        )
        (folder / f"{block}.sv").write_text((work / "netlist.sv").read_text())
    return folder
