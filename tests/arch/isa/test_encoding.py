# SPDX-License-Identifier: Apache-2.0
"""Words, fields and assembly are three views of one instruction."""

from __future__ import annotations

import random

import numpy as np
import pytest

from guardlane.errors import GuardlaneError
from guardlane.isa import ops, state
from guardlane.isa.costs import CLASS_NUMBER, CLASSES, cost_array, one_cycle_each
from guardlane.isa.encoding import Decoded, decode, disassemble, encode
from guardlane.isa.instructions import INSTRUCTIONS
from guardlane.isa.predecode import is_alu, predecode, writes_float
from tests.arch.isa.random_programs import CONTROL

# Words as GNU's assembler writes them.
KNOWN = (
    (0x00500093, "addi ra, zero, 5"),
    (0xFFF58593, "addi a1, a1, -1"),
    (0x123452B7, "lui t0, 0x12345"),
    (0xFFFFF517, "auipc a0, 0xfffff"),
    (0x00C58533, "add a0, a1, a2"),
    (0x40C58533, "sub a0, a1, a2"),
    (0x02C58533, "mul a0, a1, a2"),
    (0x02C5F533, "remu a0, a1, a2"),
    (0x41F5D513, "srai a0, a1, 31"),
    (0xFFC02503, "lw a0, -4(zero)"),
    (0xFEA02E23, "sw a0, -4(zero)"),
    (0x7FF14503, "lbu a0, 2047(sp)"),
    (0xFEB50EE3, "beq a0, a1, .-4"),
    (0x00B51463, "bne a0, a1, .+8"),
    (0x008000EF, "jal ra, .+8"),
    (0xFF9FF06F, "jal zero, .-8"),
    (0x00008067, "jalr zero, 0(ra)"),
    (0x00C5F553, "fadd.s fa0, fa1, fa2"),
    (0x68C5F543, "fmadd.s fa0, fa1, fa2, fa3"),
    (0x5805F553, "fsqrt.s fa0, fa1"),
    (0xC0059553, "fcvt.w.s a0, fa1, rtz"),
    (0xD005F553, "fcvt.s.w fa0, a1"),
    (0xE0050553, "fmv.x.w a0, fa0"),
    (0xA0C5A553, "feq.s a0, fa1, fa2"),
    (0x20B58553, "fsgnj.s fa0, fa1, fa1"),
    (0x0005A507, "flw fa0, 0(a1)"),
    (0x00A5A027, "fsw fa0, 0(a1)"),
    (0x0FF0000F, "fence"),
    (0x00000073, "ecall"),
    (0x00100073, "ebreak"),
    (0x3002A073, "csrs mstatus, t0"),
    (0x00301073, "csrw fcsr, zero"),
    (0x30033073, "csrc mstatus, t1"),
    (0x003FD073, "csrwi fcsr, 31"),
)


@pytest.mark.parametrize(("word", "text"), KNOWN)
def test_a_known_word_reads_as_its_assembly(word: int, text: str) -> None:
    assert disassemble(word) == text


def test_every_word_that_decodes_encodes_back_to_itself() -> None:
    draw = random.Random(2)
    for _ in range(200):
        for instruction in INSTRUCTIONS.values():
            loose = draw.getrandbits(32) & ~instruction.layout.mask
            word = instruction.match | loose
            fields = decode(word)
            if fields is None:
                assert set("mc") & set(instruction.layout.operands)
            elif instruction.name != "fence":  # its hints are read and dropped
                assert fields.name == instruction.name
                assert encode(**fields._asdict()) == word


def test_no_word_is_two_instructions() -> None:
    table = list(INSTRUCTIONS.values())
    for place, one in enumerate(table):
        for other in table[place + 1 :]:
            shared = one.layout.mask & other.layout.mask
            assert one.match & shared != other.match & shared, (one.name, other.name)


@pytest.mark.parametrize(
    "word",
    [
        0,
        0xFFFFFFFF,
        0x00000001,  # compressed
        0x00302573,  # csrr a0, fcsr
        0x3002A573,  # csrrs a0, mstatus, t0
        0x0022D073,  # csrwi frm, 5
        0xB0001073,  # csrw mcycle, zero
        0x30004073,  # of a kind that does not exist
        0x0000100F,  # fence.i
        0x02059513,  # shift by 32
        0x00C59553,  # fadd.s rounding toward zero
        0xC005D553,  # fcvt.w.s with a reserved rounding mode
        0x02C5F553,  # fadd.d
    ],
)
def test_what_the_core_lacks_decodes_to_nothing_and_traps(word: int) -> None:
    assert decode(word) is None
    assert disassemble(word) == f".word {word:#010x}"
    assert predecode(np.array([word], np.uint32), one_cycle_each())[0, state.OP] == ops.ILLEGAL


def test_the_row_of_a_word_holds_the_fields_of_the_word() -> None:
    draw = random.Random(3)
    words = [draw.getrandbits(32) for _ in range(2000)]
    for instruction in INSTRUCTIONS.values():
        mask = instruction.layout.mask
        words += [instruction.match | draw.getrandbits(32) & ~mask for _ in range(40)]
    rows = predecode(np.array(words, np.uint32), one_cycle_each())
    for word, row in zip(words, rows.tolist(), strict=True):
        assert_row(decode(word), row)


def assert_row(fields: Decoded | None, row: list[int]) -> None:
    """Compare the two decoders; ports have tests of their own."""
    if fields is None:
        assert row[state.OP] == ops.ILLEGAL
        return
    instruction = INSTRUCTIONS[fields.name]
    operands = instruction.layout.operands
    if ("l" in operands or "p" in operands) and fields.rs1 == 0 and fields.name != "jalr":
        return
    assert row[state.OP] == instruction.op
    assert row[state.CLASS] == CLASS_NUMBER[instruction.cost_class]
    if "d" in operands:
        assert row[state.ROW_RD] == (fields.rd or state.BIN)
    if "D" in operands:
        assert row[state.ROW_RD] == fields.rd
    if set("sS") & set(operands):
        assert row[state.RS1] == fields.rs1
    if set("tT") & set(operands):
        assert row[state.RS2] == fields.rs2
    assert row[state.IMM] == (fields.rs3 if "R" in operands else fields.imm)


@pytest.mark.parametrize(
    ("word", "op", "number"),
    [
        (encode("lw", rd=5, imm=-4), ops.POP, 0),
        (encode("flw", rd=5, imm=-8), ops.FPOP, 1),
        (encode("sw", rs2=5, imm=-2036), ops.PUSH, 508),
        (encode("fsw", rs2=5, imm=-4), ops.FPUSH, 0),
        (encode("sw", rs2=5, imm=-2044), ops.NEW_FRAME, None),
        (encode("sw", rs2=5, imm=-2040), ops.END, None),
        (encode("lw", rd=5, imm=-2044), ops.WAIT, None),
        (encode("lw", rd=5, imm=-2040), ops.ILLEGAL, None),
        (encode("fsw", rs2=5, imm=-2044), ops.ILLEGAL, None),
        (encode("flw", rd=5, imm=-2044), ops.ILLEGAL, None),
        (encode("lw", rd=5, imm=-6), ops.ILLEGAL, None),
        (encode("lb", rd=5, imm=-4), ops.ILLEGAL, None),
        (encode("sh", rs2=5, imm=-4), ops.ILLEGAL, None),
        (encode("lw", rd=5, imm=-2048), ops.LW, -2048),
        (encode("lw", rd=5, imm=0), ops.LW, 0),
        (encode("sw", rs1=1, rs2=5, imm=-4), ops.SW, -4),
        (encode("jalr", imm=-4), ops.JALR, -4),
    ],
)
def test_an_access_through_x0_is_the_port_its_offset_names(
    word: int, op: int, number: int | None
) -> None:
    row = predecode(np.array([word], np.uint32), one_cycle_each())[0]
    assert row[state.OP] == op
    if number is not None:
        assert row[state.IMM] == number
    if op in (ops.POP, ops.FPOP, ops.PUSH, ops.FPUSH, ops.NEW_FRAME, ops.END, ops.WAIT):
        assert row[state.CLASS] == CLASS_NUMBER["port"]


def test_a_result_is_arithmetic_unless_it_was_loaded_or_linked() -> None:
    rows = predecode(
        np.array([i.match for i in INSTRUCTIONS.values()], np.uint32), one_cycle_each()
    )
    quiet = {"jal", "jalr", "fence", "ecall", "ebreak", "flw", "fsw", *CONTROL}
    for instruction, row in zip(INSTRUCTIONS.values(), rows, strict=True):
        operands = instruction.layout.operands
        computes = "b" not in operands and not set("lp") & set(operands)
        assert is_alu(row) == (computes and instruction.name not in quiet), instruction.name
        if operands and row[state.OP] != ops.ILLEGAL:
            assert writes_float(row) == (operands[0] == "D"), instruction.name


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "addd"}, "there is no instruction 'addd'"),
        ({"name": "add", "rd": 32}, "rd of add cannot be 32"),
        ({"name": "lui", "rs1": 1}, "rs1 of lui cannot be 1"),
        ({"name": "addi", "imm": 2048}, "immediate of addi must be -2048 to 2047, not 2048"),
        ({"name": "slli", "imm": 32}, "immediate of slli must be 0 to 31, not 32"),
        ({"name": "beq", "imm": 3}, "immediate of beq must be -4096 to 4094 in steps of 2, not 3"),
        ({"name": "fadd.s", "rm": 8}, "rounding mode of fadd.s must be 0 to 7, not 8"),
        ({"name": "add", "imm": 1}, "immediate of add must be 0 to 0, not 1"),
        ({"name": "csrw", "imm": 0x301}, "csrw cannot write control register 0x301"),
    ],
)
def test_a_field_that_does_not_fit_is_named(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode(**fields)  # type: ignore[arg-type]


def test_prices_must_name_every_class_once_and_be_cycles() -> None:
    fair = dict.fromkeys(CLASSES, 2)
    assert cost_array(fair).tolist() == [2] * len(CLASSES)
    with pytest.raises(GuardlaneError, match="'alus': there is no such class"):
        cost_array(fair | {"alus": 1})
    with pytest.raises(GuardlaneError, match="cost of mul must be 1 to 1048575 cycles, not 0"):
        cost_array(fair | {"mul": 0})
    with pytest.raises(GuardlaneError, match="cost of load is missing"):
        cost_array({name: 1 for name in CLASSES if name != "load"})
