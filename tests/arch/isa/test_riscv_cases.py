# SPDX-License-Identifier: Apache-2.0
"""The published operand and result pairs of riscv-tests rv32ui, rv32um and rv32uf hold.

The table has the facts of the tests, once each, in words of our own making: sequences that only
stress a pipeline's bypasses repeat them. Left out are the accrued exception flags and fcsr, which
the core does not have, and fence_i, which needs text that writes itself.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from guardlane.isa import state
from guardlane.isa.encoding import encode
from guardlane.isa.instructions import INSTRUCTIONS
from guardlane.isa.step import signed, step
from tests.arch.isa.machine import Core, twin
from tests.arch.isa.random_programs import CONTROL

TABLE = Path(__file__).parents[2] / "data" / "riscv_cases.csv"
PLACE = 0x800  # of the word that loads and stores use, from the base of memory
AROUND = 0xBEEFEFEF  # what lies there before a store
ROUNDING = {"rtz": 1, "dyn": 7}


def cases() -> dict[str, list[list[str]]]:
    """Columns result, first, second, third of every case, by instruction."""
    found: dict[str, list[list[str]]] = {}
    with TABLE.open(newline="") as table:
        for row in csv.DictReader(table):
            columns = [row["result"], row["first"], row["second"], row["third"]]
            found.setdefault(row["instruction"], []).append(columns)
    return found


CASES = cases()


def core_for(name: str, case: list[str]) -> Core:
    """A core with the operands in registers 11 to 13 and the instruction in its text."""
    operands = INSTRUCTIONS[name].layout.operands
    numbers = [int(column, 16) if column.startswith("0x") else 0 for column in case]
    fields: dict[str, int] = {"rd": 10, "rs1": 11, "rs2": 12, "rs3": 13}
    extra = []
    place = 0
    if "i" in operands:
        fields["imm"] = (numbers[2] & 0xFFF ^ 0x800) - 0x800
    elif "j" in operands:
        fields["imm"] = numbers[2]
    elif "b" in operands:
        fields["imm"] = 12
        extra = [encode("addi", rd=10), encode("ebreak"), encode("addi", rd=10, imm=1)]
    elif "l" in operands:
        place = numbers[1]
    elif "p" in operands:
        place = AROUND
        extra = [encode(case[1], rd=10, rs1=11)]
    if case[2] in ROUNDING:
        fields["rm"] = ROUNDING[case[2]]
    letters = {"rd": "d", "rs1": "slp", "rs2": "t", "rs3": "r", "imm": "ijb", "rm": "m"}
    used = {k: v for k, v in fields.items() if set(letters[k]) & set(operands.lower())}
    core = Core([encode(name, **used), *extra, encode("ebreak")])
    in_memory = bool({"l", "p"} & set(operands))
    if in_memory:
        numbers[1:3] = [state.MEMORY_BASE + PLACE, numbers[0]]
        core.mem32[PLACE // 4] = signed(place)
    for register, number in zip((11, 12, 13), numbers[1:], strict=True):
        core.x[register] = core.f_bits[register] = signed(number)
    return core


@pytest.mark.parametrize("name", CASES)
def test_the_published_cases_hold_in_both_interpreters(name: str) -> None:
    for case in CASES[name]:
        core = core_for(name, case)
        machine = twin(core)
        assert core.run() == state.EBREAK
        while step(machine) == state.LIMIT:
            pass
        is_float = INSTRUCTIONS[name].layout.operands.startswith("D")
        registers = core.f_bits if is_float else core.x
        assert int(registers[10].view(np.uint32)) == int(case[0], 16), (name, case)
        assert (machine.f if is_float else machine.x)[10] == int(case[0], 16), (name, case)


def test_the_table_holds_what_was_published() -> None:
    assert sum(map(len, CASES.values())) == 639
    # jumps, upper immediates, single-bit moves and words of float memory have no operand table
    untabled = {"lui", "auipc", "jal", "jalr", "fence", "ecall", "ebreak", *CONTROL}
    moves = {"flw", "fsw", "fmv.x.w", "fmv.w.x"}
    assert set(INSTRUCTIONS) - set(CASES) == untabled | moves
