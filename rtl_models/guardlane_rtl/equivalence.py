# SPDX-License-Identifier: Apache-2.0
"""Proofs that a mutant is no defect: no core and no queue that keep the port rules can tell it.

Block and mutant stand side by side under the same free inputs. A file in miters/ says what the
port rules are, what is always true of the block, and which outputs and registers count when; all
others must be equal in every cycle, and what is read of registers whose bits may flip is free, the
same for both. Yosys' SAT solver proves it by temporal induction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from guardlane_rtl.yosys import run_yosys

MITERS = Path(__file__).resolve().parent / "miters"
RULES = {path.stem: path for path in sorted(MITERS.glob("*.svh"))}
STEPS = 3
LONGER = {"command_timer": 16}  # cycles: longer than its limit, until when two counts look alike
FLIPPED = "w:*code_q w:*words_q?* %u"  # registers whose readers see any value, both the same
PROVED = "Induction step proven: SUCCESS!"


def prove_equal(block: str, mutants: Sequence[str], folder: Path) -> list[str]:
    """Value of those `mutants` that are proved equal to the block of base.il in `folder`.

    A proof counts cycles and knows no clock: of a mutant of a clock it would say nothing.
    """
    mutants = [mutant for mutant in mutants if " -port CLK " not in mutant]
    run_yosys(
        [
            "read_rtlil base.il",
            "opt_clean",
            f"expose w:*_q w:*.rsp_valid_o {FLIPPED} %d",
            f"expose -cut {FLIPPED}",
            "rename -unescape",
            f"rename {block} right",
            "write_rtlil right.il",
            "write_verilog -noattr right.v",
        ],
        folder,
    )
    (folder / "miter.sv").write_text(_miter(block, (folder / "right.v").read_text()))
    script = []
    for number, mutant in enumerate(mutants):
        script += [
            "design -reset",
            "read_rtlil right.il",
            "copy right wrong",
            f"mutate {mutant.replace(f'-module {block} ', '-module wrong ')}",
            "read_verilog -sv -formal miter.sv",
            "hierarchy -top miter",
            "proc",
            "flatten",
            "chformal -lower",
            "opt -keepdc",
            f"tee -q -o proof{number}.txt sat -tempinduct -prove-asserts -set-assumes "
            f"-maxsteps {LONGER.get(block, STEPS)} miter",
        ]
    if script:
        run_yosys(script, folder)
    return [
        mutant
        for number, mutant in enumerate(mutants)
        if PROVED in (folder / f"proof{number}.txt").read_text()
    ]


def _miter(block: str, netlist: str) -> str:
    """Write the module in which block and mutant are compared, out of the ports of the netlist."""
    rules = RULES[block].read_text()
    ports = {
        way: re.findall(rf"^  {way} (?:\[(\d+):0\] )?(\w+) ?;", netlist, re.M)
        for way in ("input", "output")
    }
    inputs = [(f"[{msb or 0}:0]", name) for msb, name in ports["input"] if name != "clk_i"]
    outputs = [(f"[{msb or 0}:0]", name) for msb, name in ports["output"]]
    lines = ["module miter (", "  input clk_i"]
    lines += [f"  , input {width} {name}" for width, name in inputs]
    lines += [");"]
    for side in ("right", "wrong"):
        lines += [f"  wire {width} {side}_{name};" for width, name in outputs]
        both = [f".{name}({name})" for name in ("clk_i", *(name for _, name in inputs))]
        both += [f".{name}({side}_{name})" for _, name in outputs]
        lines += [f"  {side} u_{side} ({', '.join(both)});"]
    lines += ["  reg started = 0;", "  always @(posedge clk_i) started <= 1;"]
    lines += [rules, "  always @* begin", "    if (!started) assume (!rst_ni);"]
    for _, name in outputs:
        guard = f"!counts_{name} || " if f"counts_{name} " in rules else ""
        when = "started" if re.search("_q(_[0-9]+_)?$", name) else "started && rst_ni"
        lines.append(f"    if ({when}) assert ({guard}right_{name} == wrong_{name});")
    return "\n".join([*lines, "  end", "endmodule"]) + "\n"
