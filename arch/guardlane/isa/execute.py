# SPDX-License-Identifier: Apache-2.0
"""The interpreter: one compiled loop that runs predecoded RV32IMF up to a limit or a stop."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from guardlane.isa import ops, planned, state
from guardlane.isa.arithmetic import (
    canonical,
    float_class,
    fused,
    larger,
    quotient,
    remainder,
    smaller,
    to_integer,
)
from guardlane.isa.pipe_columns import JUMP_REGISTER_EARLY
from guardlane.isa.rings import NO_ITEM, RING_WIDTH, ring_pop, ring_push
from guardlane.isa.stops import (
    finish_load,
    finish_store,
    leave_text,
    stop_load,
    stop_pop,
    stop_push,
    stop_store,
)
from guardlane.kernel import kernel
from guardlane.views import borrowed, seldom

__all__ = ["execute", "finish_load", "finish_store", "interpret"]

_INT32_MIN, _INT32_MAX = -(1 << 31), (1 << 31) - 1
_UINT32_MAX = (1 << 32) - 1
_EVEN = _UINT32_MAX - 1
# An index must be unsigned from end to end, or numba wraps it around as Python does, at a price.
_HALFWORD, _WORD = np.uint32(1), np.uint32(2)
_IN_HALFWORD, _IN_WORD = np.uint32(1), np.uint32(3)
_RD, _RS1, _RS2, _IMM = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
_COST, _TAKEN, _ROW = np.uint64(5), np.uint64(6), np.uint64(8)
_HALF, _EIGHTH = np.uint64(1), np.uint64(3)
_NEVER = 1 << 62  # instructions; leaves room to count from below zero
_PLACES = np.uint64((1 << 33) - 1)  # the place of any 32-bit address


@kernel
def rd(code: Any, at: Any) -> Any:
    """Number of the register the row at `at` writes."""
    return np.uint32(code[at + _RD])


@kernel
def rows_ahead(s: Any, at: Any, retired_limit: int) -> Any:
    """Count the instructions after the one at `at` up to the limit or the end of the text."""
    row = np.int64(at >> _EIGHTH)
    return min(retired_limit - s[state.RETIRED], s[state.TEXT_WORDS]) - row - 1


@kernel
def jump(s: Any, at: Any, target: Any, retired_limit: int) -> Any:
    """Retire the jump at `at` and count the instructions after the one at `target`."""
    s[state.RETIRED] += np.int64(at >> _EIGHTH) + 1 - np.int64(target >> _EIGHTH)
    return rows_ahead(s, target, retired_limit)


@kernel
def execute(
    rows: Any, x: Any, f_bits: Any, f: Any, mem8: Any, mem16: Any, mem32: Any, s: Any,
    retired_limit: int, cycle_limit: int, issue: Any = None, pipe: Any = None,
) -> int:  # fmt: skip
    """Run as `interpret` does, stopping at every pop and push."""
    rings = np.empty((2, 0, RING_WIDTH), np.int64)
    words, kinds = np.empty(0, np.int64), np.empty(0, np.uint8)
    return interpret(rows, x, f_bits, f, mem8, mem16, mem32, s, rings, words, kinds, words,
                     retired_limit, cycle_limit, issue, pipe)  # fmt: skip


@kernel
def interpret(
    rows: Any, x: Any, f_bits: Any, f: Any, mem8: Any, mem16: Any, mem32: Any, s: Any,
    rings: Any, words: Any, kinds: Any, times: Any, retired_limit: int, cycle_limit: int,
    issue: Any = None, pipe: Any = None,
) -> int:  # fmt: skip
    """Run from s[PC] until s[RETIRED] >= retired_limit, s[CYCLES] >= cycle_limit or a stop.

    rows int32[n, 8]; x int32[33]; f_bits int32[32] and f its float32 view; mem8 uint8[SIZE] and its
    int16 and int32 views; s int64[STATE_WIDTH]; rings, words, kinds and times as in `rings`; all
    contiguous, SIZE and BASE multiples of 4. With `issue` int32[n, 8] and `pipe` int64[...] of
    `timing` a pipeline decides the cycles instead of the costs in the rows; numba compiles the loop
    without it where they are None.
    Returns a stop of `state`. A stopping instruction is neither retired nor charged, and s[PC]
    stays on it. Limits are looked at before each instruction, ahead of anything it would meet.
    """
    code, x, f_bits, f = borrowed(rows), borrowed(x), borrowed(f_bits), borrowed(f)
    ux = x.view(np.uint32)
    mem8, mem16, mem32, s = borrowed(mem8), borrowed(mem16), borrowed(mem32), borrowed(s)
    ports = np.uint64(rings.shape[1])
    rings, words, kinds, times = borrowed(rings), borrowed(words), borrowed(kinds), borrowed(times)
    if pipe is not None:
        plan, own = borrowed(issue), borrowed(pipe)
    base = s[state.BASE]
    size = np.uint32(s[state.SIZE])
    write_from = min(s[state.WRITE_FROM] - base, s[state.SIZE])
    first_writable = np.uint32(max(write_from, 4 * s[state.TEXT_WORDS]))
    writable = np.uint32(size - first_writable)
    time = cycle_limit - s[state.CYCLES] - 1  # one short of what is left: below zero it ran out
    pc = s[state.PC]
    stop = state.LIMIT
    retired_limit = min(retired_limit, _NEVER)
    if s[state.RETIRED] >= retired_limit or time < 0:
        return stop
    if pc & 3:
        s[state.STOP_ADDRESS] = pc
        return state.MISALIGNED_PC
    # `at` is where pc's row starts in code: 8 columns for 4 bytes of text. In straight code it
    # counts instructions too, so inside the loop s[RETIRED] is the count less the row number, and
    # only a jump touches it. `straight` is the count of rows_ahead: below zero it ran out.
    at = np.uint64(2 * ((pc - base) & _UINT32_MAX))
    s[state.RETIRED] -= np.int64(at >> _EIGHTH)
    straight = rows_ahead(s, at, retired_limit)
    if pipe is not None:
        careful = planned.enter(plan, own, at, s[state.CYCLES])

    while straight | time >= 0:
        # The costs and rd are fetched where they are used: held over, they would be spilled.
        op, imm = code[at], code[at + _IMM]
        a, b = np.uint32(code[at + _RS1]), np.uint32(code[at + _RS2])
        taken = False
        if pipe is not None:
            seen = np.int32(0)
        if op == ops.ADDI:
            x[rd(code, at)] = x[a] + imm
        elif op == ops.ADD:
            x[rd(code, at)] = x[a] + x[b]
        elif op == ops.SUB:
            x[rd(code, at)] = x[a] - x[b]
        elif op == ops.LUI:
            x[rd(code, at)] = imm
        elif op == ops.AUIPC:
            x[rd(code, at)] = base + np.int64(at >> _HALF) + imm
        elif op == ops.SLTI:
            x[rd(code, at)] = x[a] < imm
        elif op == ops.SLTIU:
            x[rd(code, at)] = ux[a] < np.uint32(imm)
        elif op == ops.XORI:
            x[rd(code, at)] = x[a] ^ imm
        elif op == ops.ORI:
            x[rd(code, at)] = x[a] | imm
        elif op == ops.ANDI:
            x[rd(code, at)] = x[a] & imm
        elif op == ops.SLLI:
            x[rd(code, at)] = x[a] << imm
        elif op == ops.SRLI:
            x[rd(code, at)] = np.int64(ux[a]) >> imm
        elif op == ops.SRAI:
            x[rd(code, at)] = x[a] >> imm
        elif op == ops.SLL:
            seen = x[b]
            x[rd(code, at)] = x[a] << (x[b] & 31)
        elif op == ops.SLT:
            x[rd(code, at)] = x[a] < x[b]
        elif op == ops.SLTU:
            x[rd(code, at)] = ux[a] < ux[b]
        elif op == ops.XOR:
            x[rd(code, at)] = x[a] ^ x[b]
        elif op == ops.SRL:
            seen = x[b]
            x[rd(code, at)] = np.int64(ux[a]) >> (x[b] & 31)
        elif op == ops.SRA:
            seen = x[b]
            x[rd(code, at)] = x[a] >> (x[b] & 31)
        elif op == ops.OR:
            x[rd(code, at)] = x[a] | x[b]
        elif op == ops.AND:
            x[rd(code, at)] = x[a] & x[b]
        elif op == ops.MUL:
            x[rd(code, at)] = np.int64(x[a]) * np.int64(x[b])
        elif op == ops.MULH:
            x[rd(code, at)] = (np.int64(x[a]) * np.int64(x[b])) >> 32
        elif op == ops.MULHSU:
            x[rd(code, at)] = (np.int64(x[a]) * np.int64(ux[b])) >> 32
        elif op == ops.MULHU:
            x[rd(code, at)] = (np.uint64(ux[a]) * np.uint64(ux[b])) >> np.uint64(32)
        elif op == ops.DIV:
            seen = x[b]
            x[rd(code, at)] = quotient(x[a], x[b]) if x[b] != 0 else -1
        elif op == ops.DIVU:
            seen = x[b]
            x[rd(code, at)] = quotient(ux[a], ux[b]) if x[b] != 0 else -1
        elif op == ops.REM:
            seen = x[b]
            x[rd(code, at)] = remainder(x[a], x[b]) if x[b] != 0 else x[a]
        elif op == ops.REMU:
            seen = x[b]
            x[rd(code, at)] = remainder(ux[a], ux[b]) if x[b] != 0 else x[a]
        elif op == ops.LW:
            offset = np.uint32(x[a] + imm - base)
            seen = np.int32(offset)
            if seldom((offset & _IN_WORD != 0) | (offset >= size)):
                stop = stop_load(s, offset, 4, 1, rd(code, at), 0)
                break
            x[rd(code, at)] = mem32[offset >> _WORD]
        elif op == ops.LB:
            offset = np.uint32(x[a] + imm - base)
            seen = np.int32(offset)
            if seldom(offset >= size):
                stop = stop_load(s, offset, 1, 1, rd(code, at), 0)
                break
            x[rd(code, at)] = np.int8(mem8[offset])
        elif op == ops.LBU:
            offset = np.uint32(x[a] + imm - base)
            seen = np.int32(offset)
            if seldom(offset >= size):
                stop = stop_load(s, offset, 1, 0, rd(code, at), 0)
                break
            x[rd(code, at)] = mem8[offset]
        elif op == ops.LH:
            offset = np.uint32(x[a] + imm - base)
            seen = np.int32(offset)
            if seldom((offset & _IN_HALFWORD != 0) | (offset >= size)):
                stop = stop_load(s, offset, 2, 1, rd(code, at), 0)
                break
            x[rd(code, at)] = mem16[offset >> _HALFWORD]
        elif op == ops.LHU:
            offset = np.uint32(x[a] + imm - base)
            seen = np.int32(offset)
            if seldom((offset & _IN_HALFWORD != 0) | (offset >= size)):
                stop = stop_load(s, offset, 2, 0, rd(code, at), 0)
                break
            x[rd(code, at)] = np.uint16(mem16[offset >> _HALFWORD])
        elif op == ops.FLW:
            offset = np.uint32(x[a] + imm - base)
            seen = np.int32(offset)
            if seldom((offset & _IN_WORD != 0) | (offset >= size)):
                stop = stop_load(s, offset, 4, 1, rd(code, at), 1)
                break
            f_bits[rd(code, at)] = mem32[offset >> _WORD]
        elif op == ops.SW:
            offset = np.uint32(x[a] + imm - base)
            seen = np.int32(offset)
            if seldom((offset & _IN_WORD != 0) | (np.uint32(offset - first_writable) >= writable)):
                stop = stop_store(s, offset, 4, x[b])
                break
            mem32[offset >> _WORD] = x[b]
        elif op == ops.SH:
            offset = np.uint32(x[a] + imm - base)
            seen = np.int32(offset)
            if seldom(
                (offset & _IN_HALFWORD != 0) | (np.uint32(offset - first_writable) >= writable)
            ):
                stop = stop_store(s, offset, 2, x[b])
                break
            mem16[offset >> _HALFWORD] = x[b]
        elif op == ops.SB:
            offset = np.uint32(x[a] + imm - base)
            seen = np.int32(offset)
            if seldom(np.uint32(offset - first_writable) >= writable):
                stop = stop_store(s, offset, 1, x[b])
                break
            mem8[offset] = x[b]
        elif op == ops.FSW:
            offset = np.uint32(x[a] + imm - base)
            seen = np.int32(offset)
            if seldom((offset & _IN_WORD != 0) | (np.uint32(offset - first_writable) >= writable)):
                stop = stop_store(s, offset, 4, f_bits[b])
                break
            mem32[offset >> _WORD] = f_bits[b]
        elif op == ops.BEQ:
            taken = x[a] == x[b]
        elif op == ops.BNE:
            taken = x[a] != x[b]
        elif op == ops.BLT:
            taken = x[a] < x[b]
        elif op == ops.BGE:
            taken = x[a] >= x[b]
        elif op == ops.BLTU:
            taken = ux[a] < ux[b]
        elif op == ops.BGEU:
            taken = ux[a] >= ux[b]
        elif op == ops.JAL:
            taken = True
            if imm & 2 == 0:
                x[rd(code, at)] = base + np.int64(at >> _HALF) + 4
        elif op == ops.JALR:
            pc = (x[a] + imm) & _EVEN
            if seldom(pc & 2 != 0):
                s[state.STOP_ADDRESS] = pc
                stop = state.MISALIGNED_PC
                break
            x[rd(code, at)] = base + np.int64(at >> _HALF) + 4
            target = np.uint64(2 * ((pc - base) & _UINT32_MAX))
            if pipe is None:
                time -= code[at + _COST]
            else:
                clock = cycle_limit - 1 - time
                early = own[JUMP_REGISTER_EARLY]
                clock = planned.leave(plan, own, at, clock, careful, 0, early, target)
                time = cycle_limit - 1 - clock
                careful = not planned.starts_as_planned(plan, own, target, clock)
            straight = jump(s, at, target, retired_limit)
            at = target
            continue
        elif op == ops.FADD_S:
            f_bits[rd(code, at)] = canonical(f[a] + f[b])
        elif op == ops.FSUB_S:
            f_bits[rd(code, at)] = canonical(f[a] - f[b])
        elif op == ops.FMUL_S:
            f_bits[rd(code, at)] = canonical(f[a] * f[b])
        elif op == ops.FDIV_S:
            f_bits[rd(code, at)] = canonical(f[a] / f[b])
        elif op == ops.FSQRT_S:
            f_bits[rd(code, at)] = canonical(np.float32(math.sqrt(f[a])))
        elif op == ops.FMADD_S:
            f_bits[rd(code, at)] = canonical(fused(f[a], f[b], f[np.uint32(imm)]))
        elif op == ops.FMSUB_S:
            f_bits[rd(code, at)] = canonical(fused(f[a], f[b], -f[np.uint32(imm)]))
        elif op == ops.FNMSUB_S:
            f_bits[rd(code, at)] = canonical(fused(-f[a], f[b], f[np.uint32(imm)]))
        elif op == ops.FNMADD_S:
            f_bits[rd(code, at)] = canonical(fused(-f[a], f[b], -f[np.uint32(imm)]))
        elif op == ops.FMIN_S:
            f_bits[rd(code, at)] = smaller(f[a], f[b])
        elif op == ops.FMAX_S:
            f_bits[rd(code, at)] = larger(f[a], f[b])
        elif op == ops.FSGNJ_S:
            f_bits[rd(code, at)] = (f_bits[a] & _INT32_MAX) | (f_bits[b] & _INT32_MIN)
        elif op == ops.FSGNJN_S:
            f_bits[rd(code, at)] = (f_bits[a] & _INT32_MAX) | (~f_bits[b] & _INT32_MIN)
        elif op == ops.FSGNJX_S:
            f_bits[rd(code, at)] = f_bits[a] ^ (f_bits[b] & _INT32_MIN)
        elif op == ops.FEQ_S:
            x[rd(code, at)] = f[a] == f[b]
        elif op == ops.FLT_S:
            x[rd(code, at)] = f[a] < f[b]
        elif op == ops.FLE_S:
            x[rd(code, at)] = f[a] <= f[b]
        elif op == ops.FCLASS_S:
            x[rd(code, at)] = float_class(f_bits[a])
        elif op == ops.FCVT_W_S:
            x[rd(code, at)] = to_integer(f[a], b, _INT32_MIN, _INT32_MAX)
        elif op == ops.FCVT_WU_S:
            x[rd(code, at)] = to_integer(f[a], b, 0, _UINT32_MAX)
        elif op == ops.FCVT_S_W:
            f[rd(code, at)] = np.float32(x[a])
        elif op == ops.FCVT_S_WU:
            f[rd(code, at)] = np.float32(ux[a])
        elif op == ops.FMV_X_W:
            x[rd(code, at)] = f_bits[a]
        elif op == ops.FMV_W_X:
            f_bits[rd(code, at)] = x[a]
        elif op == ops.FENCE:
            pass  # one core sees its own memory in order
        elif op == ops.POP:
            item = ring_pop(rings, ports, words, kinds, times, imm, cycle_limit - time - 1)
            if item == NO_ITEM:
                stop = stop_pop(s, imm, rd(code, at), 0)
                break
            x[rd(code, at)] = item
        elif op == ops.FPOP:
            item = ring_pop(rings, ports, words, kinds, times, imm, cycle_limit - time - 1)
            if item == NO_ITEM:
                stop = stop_pop(s, imm, rd(code, at), 1)
                break
            f_bits[rd(code, at)] = item
        elif op == ops.WAIT:
            stop_pop(s, 0, rd(code, at), 0)
            stop = state.WAIT_PORT
            break
        elif op == ops.PUSH:
            if not ring_push(rings, ports, words, kinds, imm, x[b]):
                stop = stop_push(s, imm, x[b])
                break
        elif op == ops.FPUSH:
            if not ring_push(rings, ports, words, kinds, imm, f_bits[b]):
                stop = stop_push(s, imm, f_bits[b])
                break
        elif op == ops.NEW_FRAME:
            stop_push(s, 0, x[b])
            stop = state.NEW_FRAME_PORT
            break
        elif op == ops.END:
            stop_push(s, 0, x[b])
            stop = state.END_PORT
            break
        elif op == ops.ECALL:
            stop = state.ECALL
            break
        elif op == ops.EBREAK:
            stop = state.EBREAK
            break
        else:
            stop = state.ILLEGAL
            break
        if not taken:
            straight -= 1
            if pipe is None:
                time -= code[at + _COST]
            elif careful or planned.is_watched(plan, at):
                clock = cycle_limit - 1 - time
                clock, careful = planned.advance(plan, own, at, clock, careful, seen, op, imm)
                time = cycle_limit - 1 - clock
            else:
                time -= planned.pace(plan, at)
            at += _ROW
            continue
        target = (at + np.uint64(2 * np.int64(imm))) & _PLACES
        if seldom(imm & 2 != 0):
            s[state.STOP_ADDRESS] = (base + np.int64(target >> _HALF)) & _UINT32_MAX
            stop = state.MISALIGNED_PC
            break
        if pipe is None:
            time -= code[at + _TAKEN]
        else:
            clock = cycle_limit - 1 - time
            clock = planned.leave(plan, own, at, clock, careful, imm, 0, target)
            time = cycle_limit - 1 - clock
            careful = not planned.starts_as_planned(plan, own, target, clock)
        straight = jump(s, at, target, retired_limit)
        at = target

    if pipe is not None:
        planned.stop(plan, own, at, cycle_limit - 1 - time, careful)
    s[state.PC] = (base + np.int64(at >> _HALF)) & _UINT32_MAX
    s[state.RETIRED] += np.int64(at >> _EIGHTH)
    s[state.CYCLES] = cycle_limit - time - 1
    if stop == state.LIMIT and s[state.RETIRED] < retired_limit and time >= 0:
        return leave_text(s)
    return stop
