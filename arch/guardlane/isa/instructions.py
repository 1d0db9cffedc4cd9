# SPDX-License-Identifier: Apache-2.0
"""RV32IMF as one table: every instruction's bits, operands, operation number and cost class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from guardlane.isa import ops

DYNAMIC = 7  # rounding mode "as fcsr says": always to nearest even here
CSRS = {"fcsr": 0x003, "mstatus": 0x300}  # what may be written, to no effect, and never read


class Layout(NamedTuple):
    """The bits an instruction is known by, and its operands in the order assembly writes them."""

    mask: int
    operands: str


# Operands: d s t are integer rd rs1 rs2; D S T R are floating-point rd rs1 rs2 rs3; m is a rounding
# mode; i is an immediate, j a shift amount, u an upper part, b and w offsets of a branch and a
# jump; l and p are loads' and stores' `imm(rs1)`; c is one of CSRS, z a number in place of rs1.
LAYOUTS = {
    "register": Layout(0xFE00707F, "dst"),
    "immediate": Layout(0x0000707F, "dsi"),
    "shift": Layout(0xFE00707F, "dsj"),
    "upper": Layout(0x0000007F, "du"),
    "load": Layout(0x0000707F, "dl"),
    "float_load": Layout(0x0000707F, "Dl"),
    "store": Layout(0x0000707F, "tp"),
    "float_store": Layout(0x0000707F, "Tp"),
    "branch": Layout(0x0000707F, "stb"),
    "jump": Layout(0x0000007F, "dw"),
    "jump_register": Layout(0x0000707F, "dl"),
    "arithmetic": Layout(0xFE00007F, "DSTm"),
    "root": Layout(0xFFF0007F, "DSm"),
    "select": Layout(0xFE00707F, "DST"),
    "compare": Layout(0xFE00707F, "dST"),
    "classify": Layout(0xFFF0707F, "dS"),
    "to_float": Layout(0xFFF0707F, "Ds"),
    "round_to_integer": Layout(0xFFF0007F, "dSm"),
    "from_integer": Layout(0xFFF0007F, "Dsm"),
    "fused": Layout(0x0600007F, "DSTRm"),
    "fence": Layout(0x0000707F, ""),
    "system": Layout(0xFFFFFFFF, ""),
    "control": Layout(0x00007FFF, "cs"),
    "control_immediate": Layout(0x00007FFF, "cz"),
}


@dataclass(frozen=True)
class Instruction:
    """One instruction: `word & layout.mask == match` is what it looks like."""

    name: str
    op: int
    layout: Layout
    match: int
    cost_class: str


def _table() -> dict[str, Instruction]:
    rows = (
        ("lui", ops.LUI, "upper", 0x37, "alu"),
        ("auipc", ops.AUIPC, "upper", 0x17, "alu"),
        ("jal", ops.JAL, "jump", 0x6F, "jump"),
        ("jalr", ops.JALR, "jump_register", 0x67, "jump_register"),
        ("beq", ops.BEQ, "branch", 0x0063, "branch_not_taken"),
        ("bne", ops.BNE, "branch", 0x1063, "branch_not_taken"),
        ("blt", ops.BLT, "branch", 0x4063, "branch_not_taken"),
        ("bge", ops.BGE, "branch", 0x5063, "branch_not_taken"),
        ("bltu", ops.BLTU, "branch", 0x6063, "branch_not_taken"),
        ("bgeu", ops.BGEU, "branch", 0x7063, "branch_not_taken"),
        ("lb", ops.LB, "load", 0x0003, "load"),
        ("lh", ops.LH, "load", 0x1003, "load"),
        ("lw", ops.LW, "load", 0x2003, "load"),
        ("lbu", ops.LBU, "load", 0x4003, "load"),
        ("lhu", ops.LHU, "load", 0x5003, "load"),
        ("sb", ops.SB, "store", 0x0023, "store"),
        ("sh", ops.SH, "store", 0x1023, "store"),
        ("sw", ops.SW, "store", 0x2023, "store"),
        ("addi", ops.ADDI, "immediate", 0x0013, "alu"),
        ("slti", ops.SLTI, "immediate", 0x2013, "alu"),
        ("sltiu", ops.SLTIU, "immediate", 0x3013, "alu"),
        ("xori", ops.XORI, "immediate", 0x4013, "alu"),
        ("ori", ops.ORI, "immediate", 0x6013, "alu"),
        ("andi", ops.ANDI, "immediate", 0x7013, "alu"),
        ("slli", ops.SLLI, "shift", 0x00001013, "shift"),
        ("srli", ops.SRLI, "shift", 0x00005013, "shift"),
        ("srai", ops.SRAI, "shift", 0x40005013, "shift"),
        ("add", ops.ADD, "register", 0x00000033, "alu"),
        ("sub", ops.SUB, "register", 0x40000033, "alu"),
        ("sll", ops.SLL, "register", 0x00001033, "shift"),
        ("slt", ops.SLT, "register", 0x00002033, "alu"),
        ("sltu", ops.SLTU, "register", 0x00003033, "alu"),
        ("xor", ops.XOR, "register", 0x00004033, "alu"),
        ("srl", ops.SRL, "register", 0x00005033, "shift"),
        ("sra", ops.SRA, "register", 0x40005033, "shift"),
        ("or", ops.OR, "register", 0x00006033, "alu"),
        ("and", ops.AND, "register", 0x00007033, "alu"),
        ("fence", ops.FENCE, "fence", 0x0F, "system"),
        ("ecall", ops.ECALL, "system", 0x00000073, "system"),
        ("ebreak", ops.EBREAK, "system", 0x00100073, "system"),
        # Start-up code turns the floats on this way; here they are on, and round one way.
        ("csrw", ops.FENCE, "control", 0x1073, "system"),
        ("csrs", ops.FENCE, "control", 0x2073, "system"),
        ("csrc", ops.FENCE, "control", 0x3073, "system"),
        ("csrwi", ops.FENCE, "control_immediate", 0x5073, "system"),
        ("csrsi", ops.FENCE, "control_immediate", 0x6073, "system"),
        ("csrci", ops.FENCE, "control_immediate", 0x7073, "system"),
        ("mul", ops.MUL, "register", 0x02000033, "mul"),
        ("mulh", ops.MULH, "register", 0x02001033, "mulh"),
        ("mulhsu", ops.MULHSU, "register", 0x02002033, "mulh"),
        ("mulhu", ops.MULHU, "register", 0x02003033, "mulh"),
        ("div", ops.DIV, "register", 0x02004033, "div"),
        ("divu", ops.DIVU, "register", 0x02005033, "div"),
        ("rem", ops.REM, "register", 0x02006033, "div"),
        ("remu", ops.REMU, "register", 0x02007033, "div"),
        ("flw", ops.FLW, "float_load", 0x2007, "load"),
        ("fsw", ops.FSW, "float_store", 0x2027, "store"),
        ("fmadd.s", ops.FMADD_S, "fused", 0x43, "fp_fma"),
        ("fmsub.s", ops.FMSUB_S, "fused", 0x47, "fp_fma"),
        ("fnmsub.s", ops.FNMSUB_S, "fused", 0x4B, "fp_fma"),
        ("fnmadd.s", ops.FNMADD_S, "fused", 0x4F, "fp_fma"),
        ("fadd.s", ops.FADD_S, "arithmetic", 0x00000053, "fp_add"),
        ("fsub.s", ops.FSUB_S, "arithmetic", 0x08000053, "fp_add"),
        ("fmul.s", ops.FMUL_S, "arithmetic", 0x10000053, "fp_mul"),
        ("fdiv.s", ops.FDIV_S, "arithmetic", 0x18000053, "fp_div"),
        ("fsqrt.s", ops.FSQRT_S, "root", 0x58000053, "fp_sqrt"),
        ("fsgnj.s", ops.FSGNJ_S, "select", 0x20000053, "fp_move"),
        ("fsgnjn.s", ops.FSGNJN_S, "select", 0x20001053, "fp_move"),
        ("fsgnjx.s", ops.FSGNJX_S, "select", 0x20002053, "fp_move"),
        ("fmin.s", ops.FMIN_S, "select", 0x28000053, "fp_compare"),
        ("fmax.s", ops.FMAX_S, "select", 0x28001053, "fp_compare"),
        ("fcvt.w.s", ops.FCVT_W_S, "round_to_integer", 0xC0000053, "fp_convert"),
        ("fcvt.wu.s", ops.FCVT_WU_S, "round_to_integer", 0xC0100053, "fp_convert"),
        ("fmv.x.w", ops.FMV_X_W, "classify", 0xE0000053, "fp_move"),
        ("feq.s", ops.FEQ_S, "compare", 0xA0002053, "fp_compare"),
        ("flt.s", ops.FLT_S, "compare", 0xA0001053, "fp_compare"),
        ("fle.s", ops.FLE_S, "compare", 0xA0000053, "fp_compare"),
        ("fclass.s", ops.FCLASS_S, "classify", 0xE0001053, "fp_move"),
        ("fcvt.s.w", ops.FCVT_S_W, "from_integer", 0xD0000053, "fp_convert"),
        ("fcvt.s.wu", ops.FCVT_S_WU, "from_integer", 0xD0100053, "fp_convert"),
        ("fmv.w.x", ops.FMV_W_X, "to_float", 0xF0000053, "fp_move"),
    )
    return {
        name: Instruction(name, op, LAYOUTS[layout], match, cost_class)
        for name, op, layout, match, cost_class in rows
    }


INSTRUCTIONS = _table()


def rounds(instruction: Instruction, rm: int) -> bool:
    """Whether the model rounds this way: any static mode to an integer, else to nearest even."""
    if "m" not in instruction.layout.operands or rm == DYNAMIC:
        return True
    return rm == 0 or (instruction.layout is LAYOUTS["round_to_integer"] and rm <= 4)


def addresses(instruction: Instruction, word: int) -> bool:
    """Whether the control register that `word` names, if any, is one the model lets be written."""
    return "c" not in instruction.layout.operands or word >> 20 in CSRS.values()
