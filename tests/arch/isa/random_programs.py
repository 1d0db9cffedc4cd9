# SPDX-License-Identifier: Apache-2.0
"""Random programs that touch every instruction with operands from the corners.

A program owns AREA bytes of data: its first registers, a scratch region it loads and stores, and
its last registers. Register 31 points there, register 30 counts a loop, register 29 holds the
address of the loop for indirect jumps; the rest is free.
"""

from __future__ import annotations

import random

from guardlane.isa.encoding import encode
from guardlane.isa.instructions import INSTRUCTIONS, LAYOUTS

AREA = 1024
REGISTERS, SCRATCH, RESULTS = 0, 256, 512
POINTER, COUNTER, ANCHOR = 31, 30, 29
FREE = range(29)  # x0 included: writes to it must vanish

INTEGERS = (
    0, 1, 2, 3, 5, 31, 32, 33, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000,
    0x80000001, 0xFFFFFFFF, 0xFFFFFFFE, 0x55555555, 0xAAAAAAAA, 0x12345678,
)  # fmt: skip
FLOATS = (
    0x00000000, 0x80000000, 0x3F800000, 0xBF800000, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000,
    0x7F800001, 0xFFBFFFFF, 0x7FC12345, 0x00000001, 0x80000001, 0x007FFFFF, 0x00800000, 0x80800000,
    0x7F7FFFFF, 0xFF7FFFFF, 0x3F000000, 0xBF000000, 0x3FC00000, 0x40200000, 0xC0200000, 0x3EFFFFFF,
    0x3F000001, 0x4EFFFFFF, 0x4F000000, 0xCF000000, 0xCF000001, 0x4F7FFFFF, 0x4F800000, 0x4B000001,
    0x34000000, 0x33800000, 0x5F3759DF, 0x1F800000, 0x5F800000, 0x40490FDB,
)  # fmt: skip
# Writes of control registers: other simulators do more than retire them.
CONTROL = tuple(name for name, one in INSTRUCTIONS.items() if "c" in one.layout.operands)
BODY = tuple(name for name in INSTRUCTIONS if name not in ("ecall", "ebreak", *CONTROL))


def corner(draw: random.Random, table: tuple[int, ...]) -> int:
    """A corner of `table`, or one time in three any 32 bits."""
    return draw.choice(table) if draw.random() < 0.67 else draw.getrandbits(32)


def area(draw: random.Random) -> list[int]:
    """The AREA // 4 words a program starts with."""
    registers = [corner(draw, INTEGERS) for _ in range(32)] + [
        corner(draw, FLOATS) for _ in range(32)
    ]
    scratch = [corner(draw, draw.choice((INTEGERS, FLOATS))) for _ in range(64)]
    return registers + scratch + [0] * (AREA // 4 - 128)


def instruction(draw: random.Random, name: str, place: int, ahead: int) -> int:
    """Instruction `place` of a loop, operands random; it jumps at most `ahead` places forward."""
    layout = INSTRUCTIONS[name].layout
    letters = layout.operands.lower()
    skip = 4 * draw.randint(1, max(1, min(ahead, 3)))
    fields = {
        "rd": draw.choice(FREE), "rs1": draw.randrange(32), "rs2": draw.randrange(32),
        "rs3": draw.randrange(32), "rm": draw.choice((0, 7)),
    }  # fmt: skip
    if layout is LAYOUTS["round_to_integer"]:
        fields["rm"] = draw.choice((0, 1, 2, 3, 4, 7))
    if name == "jalr":
        fields |= {"rs1": ANCHOR, "imm": 4 * place + skip + draw.randint(0, 1)}
    elif "l" in letters or "p" in letters:
        width = {"b": 1, "h": 2, "w": 4}[name.rstrip("u")[-1]]
        fields["rs1"] = POINTER
        first = SCRATCH if "p" in letters else REGISTERS
        fields["imm"] = draw.randrange(first, RESULTS, width)
    elif "i" in letters:
        fields["imm"] = draw.choice((0, 1, -1, 2047, -2048, draw.randint(-2048, 2047)))
    elif "j" in letters:
        fields["imm"] = draw.randrange(32)
    elif "u" in letters:
        fields["imm"] = draw.getrandbits(20) << 12
    elif "b" in letters or "w" in letters:
        fields["imm"] = skip
    uses = {"rd": "d", "rs1": "slp", "rs2": "t", "rs3": "r", "rm": "m", "imm": "ijupblw"}
    return encode(name, **{k: v for k, v in fields.items() if set(uses[k]) & set(letters)})


def program(draw: random.Random, data_address: int, length: int) -> list[int]:
    """Words that load the registers, run about `length` instructions 1 to 3 times and store all."""
    high = (data_address + 0x800) & 0xFFFFF000
    words = [
        encode("lui", rd=POINTER, imm=high),
        encode("addi", rd=POINTER, rs1=POINTER, imm=data_address - high),
        *(encode("flw", rd=r, rs1=POINTER, imm=128 + 4 * r) for r in range(32)),
        *(encode("lw", rd=r, rs1=POINTER, imm=4 * r) for r in range(1, ANCHOR)),
        encode("addi", rd=COUNTER, imm=draw.randint(1, 3)),
        encode("auipc", rd=ANCHOR),
        encode("addi", rd=ANCHOR, rs1=ANCHOR, imm=8),
    ]
    top = len(words)
    for place in range(length):
        words.append(instruction(draw, draw.choice(BODY), place, length - place - 1))
    words += [encode("addi")] * 3  # where the longest jump of the last instruction lands
    words.append(encode("addi", rd=COUNTER, rs1=COUNTER, imm=-1))
    words.append(encode("bne", rs1=COUNTER, imm=4 * (top - len(words))))
    words += [encode("sw", rs1=POINTER, rs2=r, imm=RESULTS + 4 * r) for r in range(32)]
    words += [encode("fsw", rs1=POINTER, rs2=r, imm=RESULTS + 128 + 4 * r) for r in range(32)]
    return words
