# SPDX-License-Identifier: Apache-2.0
"""One instruction at a time in plain Python: the interpreter the compiled one answers to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from guardlane.isa import exact, state
from guardlane.isa.encoding import Decoded, decode
from guardlane.isa.instructions import INSTRUCTIONS

_WORD = 0xFFFFFFFF


def signed(bits: int) -> int:
    """The int32 that 32 bits mean."""
    return bits - (1 << 32) if bits >> 31 else bits


def _quotient(a: int, b: int) -> int:
    if b == 0:
        return -1
    return abs(a) // abs(b) * (-1 if (a < 0) != (b < 0) else 1)


def _remainder(a: int, b: int) -> int:
    return a if b == 0 else a - b * _quotient(a, b)


# a and b are the unsigned 32-bit operands; results are cut to 32 bits by the caller.
INTEGER: Mapping[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "sll": lambda a, b: a << (b & 31),
    "slt": lambda a, b: signed(a) < signed(b),
    "sltu": lambda a, b: a < b,
    "xor": lambda a, b: a ^ b,
    "srl": lambda a, b: a >> (b & 31),
    "sra": lambda a, b: signed(a) >> (b & 31),
    "or": lambda a, b: a | b,
    "and": lambda a, b: a & b,
    "mul": lambda a, b: a * b,
    "mulh": lambda a, b: signed(a) * signed(b) >> 32,
    "mulhsu": lambda a, b: signed(a) * b >> 32,
    "mulhu": lambda a, b: a * b >> 32,
    "div": lambda a, b: _quotient(signed(a), signed(b)),
    "divu": _quotient,
    "rem": lambda a, b: _remainder(signed(a), signed(b)),
    "remu": _remainder,
}
IMMEDIATE = {
    "addi": "add", "slti": "slt", "sltiu": "sltu", "xori": "xor", "ori": "or", "andi": "and",
    "slli": "sll", "srli": "srl", "srai": "sra",
}  # fmt: skip
BRANCH: Mapping[str, Callable[[int, int], bool]] = {
    "beq": lambda a, b: a == b,
    "bne": lambda a, b: a != b,
    "blt": lambda a, b: signed(a) < signed(b),
    "bge": lambda a, b: signed(a) >= signed(b),
    "bltu": lambda a, b: a < b,
    "bgeu": lambda a, b: a >= b,
}
_S = exact.SIGN
FLOAT: Mapping[str, Callable[[int, int, int], int]] = {
    "fadd.s": lambda a, b, c: exact.add(a, b),
    "fsub.s": lambda a, b, c: exact.add(a, b ^ _S),
    "fmul.s": lambda a, b, c: exact.multiply(a, b),
    "fdiv.s": lambda a, b, c: exact.divide(a, b),
    "fsqrt.s": lambda a, b, c: exact.root(a),
    "fmin.s": lambda a, b, c: exact.minimum(a, b),
    "fmax.s": lambda a, b, c: exact.maximum(a, b),
    "fsgnj.s": lambda a, b, c: a & ~_S | b & _S,
    "fsgnjn.s": lambda a, b, c: a & ~_S | ~b & _S,
    "fsgnjx.s": lambda a, b, c: a ^ b & _S,
    "fmadd.s": lambda a, b, c: exact.fused(a, b, c),
    "fmsub.s": lambda a, b, c: exact.fused(a, b, c ^ _S),
    "fnmsub.s": lambda a, b, c: exact.fused(a ^ _S, b, c),
    "fnmadd.s": lambda a, b, c: exact.fused(a ^ _S, b, c ^ _S),
}
FLOAT_TO_INTEGER: Mapping[str, Callable[[int, int, int], int]] = {
    "feq.s": lambda a, b, rm: exact.equal(a, b),
    "flt.s": lambda a, b, rm: exact.less(a, b),
    "fle.s": lambda a, b, rm: exact.less(a, b) or exact.equal(a, b),
    "fclass.s": lambda a, b, rm: exact.classify(a),
    "fmv.x.w": lambda a, b, rm: a,
    "fcvt.w.s": lambda a, b, rm: exact.to_integer(a, rm, -(1 << 31), (1 << 31) - 1),
    "fcvt.wu.s": lambda a, b, rm: exact.to_integer(a, rm, 0, _WORD),
}
INTEGER_TO_FLOAT: Mapping[str, Callable[[int], int]] = {
    "fcvt.s.w": lambda a: exact.from_integer(signed(a)),
    "fcvt.s.wu": exact.from_integer,
    "fmv.w.x": lambda a: a,
}
WIDTHS = {
    "lb": 1, "lbu": 1, "sb": 1, "lh": 2, "lhu": 2, "sh": 2, "lw": 4, "sw": 4, "flw": 4, "fsw": 4,
}  # fmt: skip


@dataclass
class Machine:
    """A core one can read: registers are lists of unsigned 32-bit ints, memory is a bytearray."""

    text: list[int]
    memory: bytearray
    base: int = state.MEMORY_BASE
    write_from: int = 0
    shared: range = range(0)
    pc: int = state.MEMORY_BASE
    x: list[int] = field(default_factory=lambda: [0] * 32)
    f: list[int] = field(default_factory=lambda: [0] * 32)
    costs: Mapping[str, int] = field(default_factory=dict)
    retired: int = 0
    cycles: int = 0
    stop_address: int = 0


def step(machine: Machine) -> int:
    """Run one instruction; LIMIT when it retired, else the stop of `state` that prevented it."""
    m = machine
    if m.pc == state.RETURN_ADDRESS:
        return state.RETURNED
    m.stop_address = m.pc
    if m.pc % 4:
        return state.MISALIGNED_PC
    if not 0 <= m.pc - m.base < 4 * len(m.text):
        return state.BAD_PC
    found = decode(m.text[(m.pc - m.base) // 4])
    if found is None:
        return state.ILLEGAL
    following, charged = m.pc + 4, INSTRUCTIONS[found.name].cost_class
    name, a, b = found.name, m.x[found.rs1], m.x[found.rs2]
    if name in WIDTHS:
        stop = _access(m, found, (a + found.imm) & _WORD)
        if stop != state.LIMIT:
            return stop
    elif name in BRANCH:
        if BRANCH[name](a, b):
            following, charged = m.pc + found.imm, "branch_taken"
    elif name == "jal":
        following = m.pc + found.imm
    elif name == "jalr":
        following = (a + found.imm) & ~1
    elif name in ("ecall", "ebreak"):
        return state.ECALL if name == "ecall" else state.EBREAK
    if following % 4:
        m.stop_address = following & _WORD
        return state.MISALIGNED_PC
    _compute(m, found, a, b)
    m.x[0] = 0
    m.pc = following & _WORD
    m.retired += 1
    m.cycles += m.costs.get(charged, 1)
    return state.LIMIT


def _compute(m: Machine, found: Decoded, a: int, b: int) -> None:
    """Write the result register of an instruction that is no load."""
    name, rm = found.name, found.rm % 7
    fa, fb, fc = m.f[found.rs1], m.f[found.rs2], m.f[found.rs3]
    if name in INTEGER:
        m.x[found.rd] = INTEGER[name](a, b) & _WORD
    elif name in IMMEDIATE:
        m.x[found.rd] = INTEGER[IMMEDIATE[name]](a, found.imm & _WORD) & _WORD
    elif name in ("lui", "auipc"):
        m.x[found.rd] = (found.imm + (m.pc if name == "auipc" else 0)) & _WORD
    elif name in ("jal", "jalr"):
        m.x[found.rd] = m.pc + 4 & _WORD
    elif name in FLOAT:
        m.f[found.rd] = FLOAT[name](fa, fb, fc)
    elif name in FLOAT_TO_INTEGER:
        m.x[found.rd] = FLOAT_TO_INTEGER[name](fa, fb, rm) & _WORD
    elif name in INTEGER_TO_FLOAT:
        m.f[found.rd] = INTEGER_TO_FLOAT[name](a)


def _access(m: Machine, found: Decoded, address: int) -> int:
    """Do a load or store, or say why it stops."""
    name, width = found.name, WIDTHS[found.name]
    is_load = name.startswith(("l", "fl"))
    if found.rs1 == 0 and state.NEW_FRAME_OFFSET <= found.imm <= -4:
        return _port(name, found.imm)
    m.stop_address = address
    offset, end = address - m.base, 4 * len(m.text)
    if address % width:
        return state.MISALIGNED_LOAD if is_load else state.MISALIGNED_STORE
    if address in m.shared and not 0 <= offset < len(m.memory):
        return state.SHARED_LOAD if is_load else state.SHARED_STORE
    if not 0 <= offset < len(m.memory):
        return state.BAD_LOAD if is_load else state.BAD_STORE
    if is_load:
        bits = int.from_bytes(m.memory[offset : offset + width], "little")
        if name in ("lb", "lh") and bits >> (8 * width - 1):
            bits |= _WORD << (8 * width) & _WORD
        (m.f if name == "flw" else m.x)[found.rd] = bits
        return state.LIMIT
    if offset < end:
        return state.BAD_STORE
    if address < m.write_from:
        return state.STORE_GUARDED
    bits = (m.f if name == "fsw" else m.x)[found.rs2]
    m.memory[offset : offset + width] = (bits & (1 << 8 * width) - 1).to_bytes(width, "little")
    return state.LIMIT


def _port(name: str, offset: int) -> int:
    """The stop of an access through x0, or ILLEGAL where there is no such port."""
    single = {
        ("lw", state.WAIT_OFFSET): state.WAIT_PORT,
        ("sw", state.NEW_FRAME_OFFSET): state.NEW_FRAME_PORT,
        ("sw", state.END_OFFSET): state.END_PORT,
    }
    if (name, offset) in single:
        return single[name, offset]
    if WIDTHS[name] != 4 or offset % 4 or -offset // 4 - 1 >= state.PORTS:
        return state.ILLEGAL
    return state.POP if name in ("lw", "flw") else state.PUSH
