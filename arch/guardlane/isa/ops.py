# SPDX-License-Identifier: Apache-2.0
"""Dense operation numbers: what the decoder writes into a row and the interpreter branches on.

The order carries meaning: operations below `FIRST_FLOAT_RESULT` that write, write an integer
register; from there to `LAST_FLOAT_RESULT` they write a floating-point register.
"""

from __future__ import annotations

(
    ADDI, SLTI, SLTIU, XORI, ORI, ANDI, SLLI, SRLI, SRAI,
    ADD, SUB, SLL, SLT, SLTU, XOR, SRL, SRA, OR, AND, LUI, AUIPC,
    MUL, MULH, MULHSU, MULHU, DIV, DIVU, REM, REMU,
    FEQ_S, FLT_S, FLE_S, FCLASS_S, FCVT_W_S, FCVT_WU_S, FMV_X_W,
    LB, LH, LW, LBU, LHU,
    POP, WAIT, JAL, JALR,
    FADD_S, FSUB_S, FMUL_S, FDIV_S, FSQRT_S, FMIN_S, FMAX_S,
    FSGNJ_S, FSGNJN_S, FSGNJX_S, FCVT_S_W, FCVT_S_WU, FMV_W_X,
    FMADD_S, FMSUB_S, FNMSUB_S, FNMADD_S, FLW, FPOP,
    SB, SH, SW, FSW, PUSH, FPUSH, NEW_FRAME, END,
    BEQ, BNE, BLT, BGE, BLTU, BGEU,
    FENCE, ECALL, EBREAK, ILLEGAL,
) = range(82)  # fmt: skip

FIRST_FLOAT_RESULT = FADD_S
LAST_FLOAT_RESULT = FPOP
