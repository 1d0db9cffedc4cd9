# SPDX-License-Identifier: Apache-2.0
"""Machine words made, taken apart and written as assembly, all from the one table."""

from __future__ import annotations

from typing import NamedTuple

from guardlane.isa.instructions import (
    CSRS,
    DYNAMIC,
    INSTRUCTIONS,
    Instruction,
    addresses,
    rounds,
)
from guardlane.isa.registers import FLOAT_NAMES, INTEGER_NAMES

ROUNDING_NAMES = {0: "rne", 1: "rtz", 2: "rdn", 3: "rup", 4: "rmm"}


class Decoded(NamedTuple):
    """The fields of one word; a field its instruction lacks is 0. `imm` is signed, in bytes.

    A control register is `imm`, by its number; the number some instructions write there is `rs1`.
    """

    name: str
    rd: int = 0
    rs1: int = 0
    rs2: int = 0
    rs3: int = 0
    imm: int = 0
    rm: int = 0


def decode(word: int) -> Decoded | None:
    """Decode one uint32 `word`; None when it is no instruction of this core."""
    for instruction in INSTRUCTIONS.values():
        if word & instruction.layout.mask == instruction.match:
            fields = _fields(word, instruction)
            known = rounds(instruction, fields.rm) and addresses(instruction, word)
            return fields if known else None
    return None


def _fields(word: int, instruction: Instruction) -> Decoded:
    operands = instruction.layout.operands.lower()
    rd, funct3, rs1 = word >> 7 & 31, word >> 12 & 7, word >> 15 & 31
    rs2, rs3 = word >> 20 & 31, word >> 27 & 31
    imm = 0
    if "i" in operands or "l" in operands:
        imm = _signed(word >> 20, 12)
    elif "j" in operands:
        imm = rs2
    elif "p" in operands:
        imm = _signed(word >> 25 << 5 | rd, 12)
    elif "u" in operands:
        imm = _signed(word >> 12, 20) << 12
    elif "b" in operands:
        high = (word >> 31) << 12 | (word >> 7 & 1) << 11
        imm = _signed(high | (word >> 25 & 63) << 5 | (word >> 8 & 15) << 1, 13)
    elif "w" in operands:
        high = (word >> 31) << 20 | (word >> 12 & 255) << 12
        imm = _signed(high | (word >> 20 & 1) << 11 | (word >> 21 & 1023) << 1, 21)
    elif "c" in operands:
        imm = word >> 20
    return Decoded(
        instruction.name,
        rd=rd if "d" in operands else 0,
        rs1=rs1 if set("slpz") & set(operands) else 0,
        rs2=rs2 if "t" in operands else 0,
        rs3=rs3 if "r" in operands else 0,
        imm=imm,
        rm=funct3 if "m" in operands else 0,
    )


def encode(
    name: str, *, rd: int = 0, rs1: int = 0, rs2: int = 0, rs3: int = 0, imm: int = 0,
    rm: int = DYNAMIC,
) -> int:  # fmt: skip
    """Encode one instruction as a uint32; registers 0..31, `imm` signed and in bytes.

    An upper immediate is given as its effect: `encode("lui", rd=5, imm=0x12345000)`.
    Raises ValueError naming the instruction and the field that does not fit.
    """
    if name not in INSTRUCTIONS:
        raise ValueError(f"there is no instruction {name!r}")
    instruction = INSTRUCTIONS[name]
    operands = instruction.layout.operands.lower()
    word = instruction.match
    for field, value, letters, shift in (
        ("rd", rd, "d", 7), ("rs1", rs1, "slpz", 15), ("rs2", rs2, "t", 20), ("rs3", rs3, "r", 27),
    ):  # fmt: skip
        if not 0 <= value < (32 if set(letters) & set(operands) else 1):
            raise ValueError(f"{field} of {name} cannot be {value}")
        word |= value << shift
    if "m" in operands:
        if not 0 <= rm < 8:
            raise ValueError(f"rounding mode of {name} must be 0 to 7, not {rm}")
        word |= rm << 12
    return word | _immediate_bits(name, operands, imm)


def _immediate_bits(name: str, operands: str, imm: int) -> int:
    if "i" in operands or "l" in operands:
        _check(name, imm, -2048, 2047, 1)
        return (imm & 0xFFF) << 20
    if "j" in operands:
        _check(name, imm, 0, 31, 1)
        return imm << 20
    if "p" in operands:
        _check(name, imm, -2048, 2047, 1)
        return (imm >> 5 & 127) << 25 | (imm & 31) << 7
    if "u" in operands:
        _check(name, imm, -(1 << 31), (1 << 32) - 1, 1 << 12)
        return imm & 0xFFFFF000
    if "b" in operands:
        _check(name, imm, -4096, 4094, 2)
        middle = (imm >> 5 & 63) << 25 | (imm >> 1 & 15) << 8
        return (imm >> 12 & 1) << 31 | (imm >> 11 & 1) << 7 | middle
    if "w" in operands:
        _check(name, imm, -(1 << 20), (1 << 20) - 2, 2)
        middle = (imm >> 1 & 1023) << 21 | (imm >> 11 & 1) << 20
        return (imm >> 20 & 1) << 31 | (imm >> 12 & 255) << 12 | middle
    if "c" in operands:
        if imm not in CSRS.values():
            raise ValueError(f"{name} cannot write control register {imm:#x}")
        return imm << 20
    _check(name, imm, 0, 0, 1)
    return 0


def _check(name: str, imm: int, low: int, high: int, step: int) -> None:
    if not low <= imm <= high or imm % step:
        steps = f" in steps of {step}" if step > 1 else ""
        raise ValueError(f"immediate of {name} must be {low} to {high}{steps}, not {imm}")


def _signed(value: int, width: int) -> int:
    value &= (1 << width) - 1
    return value - (1 << width) if value >> (width - 1) else value


def disassemble(word: int) -> str:
    """Write one uint32 `word` as assembly; offsets of branches and jumps are relative, in bytes."""
    found = decode(word)
    if found is None:
        return f".word {word:#010x}"
    names = {
        "d": INTEGER_NAMES[found.rd], "s": INTEGER_NAMES[found.rs1], "t": INTEGER_NAMES[found.rs2],
        "D": FLOAT_NAMES[found.rd], "S": FLOAT_NAMES[found.rs1], "T": FLOAT_NAMES[found.rs2],
        "R": FLOAT_NAMES[found.rs3], "i": str(found.imm), "j": str(found.imm),
        "u": f"{found.imm >> 12 & 0xFFFFF:#x}", "b": f".{found.imm:+d}", "w": f".{found.imm:+d}",
        "l": f"{found.imm}({INTEGER_NAMES[found.rs1]})",
        "p": f"{found.imm}({INTEGER_NAMES[found.rs1]})",
        "m": ROUNDING_NAMES.get(found.rm, ""), "z": str(found.rs1),
        "c": next((name for name, number in CSRS.items() if number == found.imm), ""),
    }  # fmt: skip
    written = [names[letter] for letter in INSTRUCTIONS[found.name].layout.operands]
    return f"{found.name} {', '.join(part for part in written if part)}".strip()
