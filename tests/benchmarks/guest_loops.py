# SPDX-License-Identifier: Apache-2.0
"""Three loops as an optimising compiler writes them: two 64-tap FIR filters and an 8x8 inverse DCT.

Each leaves with the Linux exit call and a checksum in a0, so that any RV32 simulator can run it.
"""

from __future__ import annotations

import numpy as np

from guardlane.isa.encoding import encode
from guardlane.isa.registers import FLOAT_NAMES, INTEGER_NAMES

BASE, DATA, OUTPUT, SIZE = 0x1000, 0x4000, 0x6000, 0x8000
TAPS, SAMPLES = 64, 448
REGISTER = {
    name: number for names in (INTEGER_NAMES, FLOAT_NAMES) for number, name in enumerate(names)
}
_EXIT = 93

Line = tuple[str, dict[str, int | str]] | str


def line(name: str, **fields: int | str) -> Line:
    """One instruction; registers by name, `imm` a number or a label."""
    return name, fields


def assemble(lines: list[Line]) -> list[int]:
    """Encode the lines; a bare string labels the place it stands at."""
    labels: dict[str, int] = {}
    here = 0
    for item in lines:
        if isinstance(item, str):
            labels[item] = here
        else:
            here += 4
    words: list[int] = []
    for item in lines:
        if isinstance(item, str):
            continue
        name, fields = item
        numbers: dict[str, int] = {}
        for field, value in fields.items():
            if isinstance(value, str):
                value = labels[value] - 4 * len(words) if field == "imm" else REGISTER[value]
            numbers[field] = value
        words.append(encode(name, **numbers))
    return words


def put(register: str, value: int) -> list[Line]:
    """Load a constant of up to 31 bits."""
    high = (value + 0x800) & 0xFFFFF000
    return [
        line("lui", rd=register, imm=high),
        line("addi", rd=register, rs1=register, imm=value - high),
    ]


def leave(checksum: str) -> list[Line]:
    """Leave with seven bits of a register as the exit status."""
    return [
        line("andi", rd="a0", rs1=checksum, imm=127),
        line("addi", rd="a7", imm=_EXIT),
        line("ecall"),
    ]


def fir(number: str, rounds: int) -> list[int]:
    """64 taps over 448 samples, `rounds` times; `number` is "int" or "float"."""
    if number == "int":
        load, store, t, u, total = "lw", "sw", "t0", "t1", "t2"
        multiply = [line("mul", rd=t, rs1=t, rs2=u), line("add", rd=total, rs1=total, rs2=t)]
        clear, result = line("addi", rd=total), line("add", rd="s11", rs1="s11", rs2=total)
    else:
        load, store, t, u, total = "flw", "fsw", "ft0", "ft1", "ft2"
        multiply = [line("fmul.s", rd=t, rs1=t, rs2=u), line("fadd.s", rd=total, rs1=total, rs2=t)]
        clear, result = line("fmv.w.x", rd=total), line("fcvt.w.s", rd="s11", rs1=total, rm=1)
    return assemble([
        line("lui", rd="s0", imm=DATA),
        line("lui", rd="s2", imm=OUTPUT),
        *put("s3", rounds),
        "round",
        line("addi", rd="s4", rs1="s0", imm=4 * TAPS),
        line("addi", rd="s5", rs1="s2"),
        line("addi", rd="s6", rs1="s2", imm=4 * SAMPLES),
        "sample",
        line("addi", rd="a0", rs1="s0"),
        line("addi", rd="a1", rs1="s4"),
        clear,
        line("addi", rd="a2", rs1="s0", imm=4 * TAPS),
        "tap",
        line(load, rd=t, rs1="a0"),
        line(load, rd=u, rs1="a1"),
        line("addi", rd="a0", rs1="a0", imm=4),
        line("addi", rd="a1", rs1="a1", imm=4),
        *multiply,
        line("bne", rs1="a0", rs2="a2", imm="tap"),
        line(store, rs2=total, rs1="s5"),
        result,
        line("addi", rd="s4", rs1="s4", imm=4),
        line("addi", rd="s5", rs1="s5", imm=4),
        line("bne", rs1="s5", rs2="s6", imm="sample"),
        line("addi", rd="s3", rs1="s3", imm=-1),
        line("bne", rs1="s3", rs2="zero", imm="round"),
        *leave("s11"),
    ])  # fmt: skip


# Fixed-point multipliers of the odd and even halves (11 bits) and the registers that hold them.
_CONSTANTS = {"s2": 2841, "s3": 2676, "s4": 2408, "s5": 1609, "s6": 1108, "s7": 565, "s8": 181}


def _rotate(first: str, second: str, plus: str, minus: str) -> list[Line]:
    """(first, second) := (plus * first + minus * second, minus * first - plus * second)."""
    return [
        line("mul", rd="t4", rs1=first, rs2=plus),
        line("mul", rd="t5", rs1=second, rs2=minus),
        line("mul", rd="t6", rs1=first, rs2=minus),
        line("mul", rd="a7", rs1=second, rs2=plus),
        line("add", rd=first, rs1="t4", rs2="t5"),
        line("sub", rd=second, rs1="t6", rs2="a7"),
    ]


def _butterfly(first: str, second: str) -> list[Line]:
    """(first, second) := (first + second, first - second)."""
    return [
        line("sub", rd="t4", rs1=first, rs2=second),
        line("add", rd=first, rs1=first, rs2=second),
        line("addi", rd=second, rs1="t4"),
    ]


def _one_dimension(stride: int, shift: int) -> list[Line]:
    """Eight inverse transforms in place, each over eight words `stride` bytes apart."""
    v = ("a0", "a1", "a2", "a3", "a4", "a5", "a6", "t0")
    between = 36 - stride
    body: list[Line] = [line("lw", rd=v[i], rs1="t1", imm=i * stride) for i in range(8)]
    body += [line("slli", rd=v[i], rs1=v[i], imm=11) for i in (0, 4)]
    body += _rotate(v[1], v[7], "s2", "s7") + _rotate(v[5], v[3], "s6", "s4")
    body += _rotate(v[2], v[6], "s3", "s6") + _butterfly(v[0], v[4])
    body += _butterfly(v[1], v[5]) + _butterfly(v[7], v[3])
    body += _butterfly(v[0], v[2]) + _butterfly(v[4], v[6])
    body += _butterfly(v[5], v[3])
    for name in (v[5], v[3]):
        body += [line("srai", rd=name, rs1=name, imm=8), line("mul", rd=name, rs1=name, rs2="s8")]
    body += _butterfly(v[0], v[1]) + _butterfly(v[4], v[5])
    body += _butterfly(v[6], v[3]) + _butterfly(v[2], v[7])
    for i in range(8):
        body.append(line("srai", rd=v[i], rs1=v[i], imm=shift))
        body.append(line("sw", rs2=v[i], rs1="t1", imm=i * stride))
    label = f"stride{stride}"
    return [
        line("addi", rd="t1", rs1="s0"),
        line("addi", rd="t2", rs1="s0", imm=8 * between),
        label,
        *body,
        line("addi", rd="t1", rs1="t1", imm=between),
        line("bne", rs1="t1", rs2="t2", imm=label),
    ]


def inverse_dct(rounds: int) -> list[int]:
    """Rows, then columns, of one 8x8 block over and over, `rounds` times."""
    return assemble([
        line("lui", rd="s0", imm=DATA),
        *put("s1", rounds),
        *(item for name, value in _CONSTANTS.items() for item in put(name, value)),
        "round",
        *_one_dimension(4, 8),
        *_one_dimension(32, 14),
        line("lw", rd="t3", rs1="s0", imm=36),
        line("add", rd="s11", rs1="s11", rs2="t3"),
        line("addi", rd="s1", rs1="s1", imm=-1),
        line("bne", rs1="s1", rs2="zero", imm="round"),
        *leave("s11"),
    ])  # fmt: skip


def memory(words: list[int], number: str) -> np.ndarray:
    """uint8[SIZE] private memory: the words, then taps and samples of the kind `number` names."""
    found = np.zeros(SIZE, np.uint8)
    found[: 4 * len(words)] = np.array(words, np.uint32).view(np.uint8)
    draw = np.random.default_rng(1)
    place = slice(DATA - BASE, OUTPUT - BASE)
    if number == "float":
        found[place].view(np.float32)[:] = draw.standard_normal((OUTPUT - DATA) // 4)
    else:
        found[place].view(np.int32)[:] = draw.integers(-128, 128, (OUTPUT - DATA) // 4)
    return found
