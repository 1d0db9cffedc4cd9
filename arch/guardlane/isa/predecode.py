# SPDX-License-Identifier: Apache-2.0
"""The decoder: turns the words of a text into rows the interpreter reads without shifting."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from guardlane.isa import ops, state
from guardlane.isa.costs import CLASS_NUMBER, CLASSES, LAST_ALU_CLASS
from guardlane.isa.instructions import CSRS, INSTRUCTIONS, LAYOUTS, Instruction, rounds
from guardlane.kernel import kernel

Words = npt.NDArray[np.uint32]
Rows = npt.NDArray[np.int32]

_PORT_LOADS = {"lw": ops.POP, "flw": ops.FPOP}
_PORT_STORES = {"sw": ops.PUSH, "fsw": ops.FPUSH}


def predecode(text_words: Words, costs: npt.NDArray[np.int32]) -> Rows:
    """Decode uint32[n] words to int32[n, 8] rows (columns OP to CLASS of `state`).

    `costs` is int32[len(CLASSES)] cycles (see `cost_array`). A word that is no instruction becomes
    an ILLEGAL row, which traps only if it is executed. Accesses through x0 at -2044..-4 become
    ports.
    """
    words = np.ascontiguousarray(text_words, dtype=np.uint32)
    if costs.shape != (len(CLASSES),):
        raise ValueError(f"costs must price {len(CLASSES)} classes, not {costs.shape}")
    rows = np.zeros((len(words), state.ROW_WIDTH), np.int32)
    rows[:, state.OP] = ops.ILLEGAL
    rows[:, state.CLASS] = CLASS_NUMBER["system"]
    for instruction in INSTRUCTIONS.values():
        found = np.flatnonzero((words & np.uint32(instruction.layout.mask)) == instruction.match)
        if "m" in instruction.layout.operands:
            allowed = np.array([rounds(instruction, rm) for rm in range(8)])
            found = found[allowed[words[found] >> 12 & 7]]
        if "c" in instruction.layout.operands:
            found = found[np.isin(words[found] >> 20, list(CSRS.values()))]
        if len(found):
            rows[found] = _rows(words[found].astype(np.int64), instruction)
    rows[:, state.COST] = costs[rows[:, state.CLASS]]
    branches = rows[:, state.CLASS] == CLASS_NUMBER["branch_not_taken"]
    rows[branches, state.TAKEN_COST] = costs[CLASS_NUMBER["branch_taken"]]
    jumps = rows[:, state.OP] == ops.JAL
    rows[jumps, state.TAKEN_COST] = rows[jumps, state.COST]
    return rows


def _rows(words: npt.NDArray[np.int64], instruction: Instruction) -> Rows:
    """Rows of `words`, all of one instruction, without their costs."""
    operands = instruction.layout.operands
    rd, rs1, rs2 = words >> 7 & 31, words >> 15 & 31, words >> 20 & 31
    rows = np.zeros((len(words), state.ROW_WIDTH), np.int32)
    rows[:, state.OP] = instruction.op
    rows[:, state.CLASS] = CLASS_NUMBER[instruction.cost_class]
    rows[:, state.RS1] = rs1
    rows[:, state.RS2] = rs2
    if "d" in operands:
        rows[:, state.ROW_RD] = np.where(rd == 0, state.BIN, rd)
    elif "D" in operands:
        rows[:, state.ROW_RD] = rd
    if instruction.layout is LAYOUTS["round_to_integer"]:
        rounding = words >> 12 & 7
        rows[:, state.RS2] = np.where(rounding == 7, 0, rounding)
    rows[:, state.IMM] = _immediates(words, operands)
    if instruction.name in _PORT_LOADS or instruction.name in _PORT_STORES:
        _mark_ports(rows, instruction.name)
    elif ("l" in operands and instruction.name != "jalr") or "p" in operands:
        rows[_around_zero(rows), state.OP] = ops.ILLEGAL  # no port is narrower than a word
    return rows


def _immediates(words: npt.NDArray[np.int64], operands: str) -> npt.NDArray[np.int64]:
    signed = words.astype(np.int32).astype(np.int64)
    if "i" in operands or "l" in operands:
        return signed >> 20
    if "j" in operands:
        return words >> 20 & 31
    if "p" in operands:
        return signed >> 25 << 5 | words >> 7 & 31
    if "u" in operands:
        return signed >> 12 << 12
    if "b" in operands:
        low = (words >> 25 & 63) << 5 | (words >> 8 & 15) << 1
        return signed >> 31 << 12 | (words >> 7 & 1) << 11 | low
    if "w" in operands:
        low = (words >> 20 & 1) << 11 | (words >> 21 & 1023) << 1
        return signed >> 31 << 20 | (words >> 12 & 255) << 12 | low
    if "c" in operands:
        return words >> 20
    return words >> 27 & 31 if "R" in operands else np.zeros_like(words)


def _around_zero(rows: Rows) -> npt.NDArray[np.bool_]:
    imm = rows[:, state.IMM]
    window: npt.NDArray[np.bool_] = (imm >= state.NEW_FRAME_OFFSET) & (imm <= -4)
    window &= rows[:, state.RS1] == 0
    return window


def _mark_ports(rows: Rows, name: str) -> None:
    """Turn word accesses around zero into port operations; a place without a port is illegal."""
    imm, port = rows[:, state.IMM].copy(), -rows[:, state.IMM] // 4 - 1
    window, whole = _around_zero(rows), rows[:, state.IMM] % 4 == 0
    rows[window, state.OP] = ops.ILLEGAL
    rows[window, state.CLASS] = CLASS_NUMBER["port"]
    queue = window & whole & (port < state.PORTS)
    rows[queue, state.OP] = (_PORT_LOADS | _PORT_STORES)[name]
    rows[queue, state.IMM] = port[queue]
    if name == "lw":
        rows[window & (imm == state.WAIT_OFFSET), state.OP] = ops.WAIT
    if name == "sw":
        rows[window & (imm == state.NEW_FRAME_OFFSET), state.OP] = ops.NEW_FRAME
        rows[window & (imm == state.END_OFFSET), state.OP] = ops.END


@kernel
def is_alu(row: Any) -> bool:
    """Whether a row's instruction computes: its result register is `row[ROW_RD]`."""
    return bool(row[state.CLASS] <= LAST_ALU_CLASS)


@kernel
def writes_float(row: Any) -> bool:
    """Whether the result register of a row is a floating-point one."""
    return bool(ops.FIRST_FLOAT_RESULT <= row[state.OP] <= ops.LAST_FLOAT_RESULT)
