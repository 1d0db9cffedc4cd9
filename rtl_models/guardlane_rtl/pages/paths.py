# SPDX-License-Identifier: Apache-2.0
"""What an output of a block comes from: registers, inputs in the same cycle, or both.

Yosys turns the block into cells; from each output the wires are followed back to flip-flops and
inputs. A path that is there may never matter: this says what a clock has to wait for.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from guardlane_rtl.yosys import read_block, run_yosys

CLOCKS = ("clk_i", "rst_ni")
SMALL = {"DataWidth": 8, "IdWidth": 4, "Depth": 4, "WorkingSet": 2, "LenWidth": 4,
         "PushTimeout": 9, "PopTimeout": 9}  # fmt: skip


class Origin(NamedTuple):
    """What an output comes from: whether from registers, and from which inputs in its cycle."""

    is_registered: bool
    inputs: tuple[str, ...]


def origins(block: str, names: Iterable[str]) -> dict[str, Origin]:
    """Find what each output of `block` comes from; `names` are its parameters.

    Raises GuardlaneError if Yosys is missing or refuses.
    """
    chosen = {name: SMALL[name] for name in names if name in SMALL}
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        tidy = ["proc", "flatten", "memory", "opt_clean", "write_json netlist.json"]
        run_yosys([*read_block(block, chosen, work), *tidy], work)
        module = json.loads((work / "netlist.json").read_text())["modules"][block]
    return _origins(module)


def _origins(module: Mapping[str, Any]) -> dict[str, Origin]:
    inputs = {
        bit: name
        for name, port in module["ports"].items()
        if port["direction"] == "input"
        for bit in port["bits"]
    }
    before: dict[int, set[int]] = defaultdict(set)  # bit -> the bits that it is worked out from
    held = set()
    for cell in module["cells"].values():
        ends: dict[str, set[int]] = {"input": set(), "output": set()}
        for name, bits in cell["connections"].items():
            ends[cell["port_directions"][name]] |= {bit for bit in bits if isinstance(bit, int)}
        if "ff" in cell["type"]:
            held |= ends["output"]
        else:
            for bit in ends["output"]:
                before[bit] |= ends["input"]
    found = {}
    for name, port in module["ports"].items():
        if port["direction"] == "output":
            seen, left = set(), [bit for bit in port["bits"] if isinstance(bit, int)]
            while left:
                bit = left.pop()
                if bit not in seen:
                    seen.add(bit)
                    left += before[bit]
            names = {inputs[bit] for bit in seen if bit in inputs} - set(CLOCKS)
            found[name] = Origin(bool(seen & held), tuple(sorted(names)))
    return found


def origin_table(found: Mapping[str, Origin]) -> str:
    """Value of the origins as a Markdown table, outputs of one origin in one row."""
    rows: dict[Origin, list[str]] = defaultdict(list)
    for name, origin in found.items():
        rows[origin].append(f"`{name}`")
    lines = ["| output | registers | inputs of the same cycle |", "|---|---|---|"]
    for origin, names in rows.items():
        inputs = " ".join(f"`{name}`" for name in origin.inputs)
        lines.append(f"| {' '.join(names)} | {'yes' if origin.is_registered else ''} | {inputs} |")
    return "\n".join(lines) + "\n"
