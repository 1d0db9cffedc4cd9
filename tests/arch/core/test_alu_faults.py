# SPDX-License-Identifier: Apache-2.0
"""Errors of the ALU in running code: late carries, stuck bits, and the uniform model as control."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from guardlane.core.bare import CORE_NAME, BareCore, BareResult
from guardlane.core.lateness import NO_KIND, kind_of_operation
from guardlane.core.pipeline import Pipeline
from guardlane.core.upset import NO_RESULT, result_files
from guardlane.faults import ALU_RESULT, LATE, RETIRED, STUCK, Fault, alu_timing, alu_uniform
from guardlane.isa.costs import one_cycle_each
from guardlane.isa.encoding import encode
from guardlane.isa.executable import read_elf
from guardlane.isa.instructions import CSRS, INSTRUCTIONS
from guardlane.isa.predecode import predecode
from guardlane.isa.state import OP
from guardlane.seeds import stream
from guardlane.units import Voltage
from tests.arch.isa.elf_files import code, data, elf_file

A0, A1, A2, RA = 10, 11, 12, 1
SUMS = 3000
BEFORE, TURN, PLACE = 2, 6, 2  # instructions: ahead of the loop, of a turn, before its add
DEEPEST = (1 << 32) - 1
LOWEST, MIDDLE, NOMINAL = Voltage(774), Voltage(800), Voltage(900)

Words = npt.NDArray[np.int32]


def adder() -> bytes:
    """A program that pops pairs and pushes their sums, SUMS times."""
    words = [
        encode("lui", rd=A1, imm=(SUMS + 0x800) & ~0xFFF),
        encode("addi", rd=A1, rs1=A1, imm=(SUMS & 0xFFF ^ 0x800) - 0x800),
        encode("lw", rd=A0, imm=-4),
        encode("lw", rd=A2, imm=-4),
        encode("add", rd=A0, rs1=A0, rs2=A2),
        encode("sw", rs2=A0, imm=-4),
        encode("addi", rd=A1, rs1=A1, imm=-1),
        encode("bne", rs1=A1, imm=-20),
        encode("jalr", rs1=RA),
    ]
    text = np.array(words, np.uint32).tobytes()
    return elf_file(code(content=text, in_file=len(text), size=len(text)), data())


def pairs(carry: int | None = None) -> npt.NDArray[np.uint32]:
    """Random operands, uint32[SUMS, 2]; with `carry` ones under a carry that travels so far."""
    found = stream(5, "pairs").integers(0, 1 << 32, (SUMS, 2), np.uint32)
    if carry is not None:
        found[:, 0], found[:, 1] = (1 << carry) - 1, 1
    return found


def run(
    operands: npt.NDArray[np.uint32], faults: list[Fault], voltage: Voltage = LOWEST,
    pipeline: Pipeline | None = None,
) -> BareResult:  # fmt: skip
    core = BareCore(read_elf(adder(), "adder"), one_cycle_each(), voltage=voltage,
                    pipeline=pipeline)  # fmt: skip
    result = core.run({0: operands.ravel().view(np.int32)}, faults)
    assert result.outcome == "completed"
    assert len(result.outputs[0]) == SUMS
    return result


def wrong_bits(result: BareResult, operands: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    right = operands[:, 0] + operands[:, 1]
    return result.outputs[0].astype(np.int32).view(np.uint32) ^ right


def one_a_sum(kind: int, target: Callable[[int], int], bit: Callable[[int], int]) -> list[Fault]:
    return [
        Fault(CORE_NAME, RETIRED, BEFORE + TURN * i + PLACE, kind, target(i), bit(i))
        for i in range(SUMS)
    ]


def droops() -> list[Fault]:
    """A droop at every addition, of the depths that the model draws."""
    _, targets, _ = alu_timing.targets(stream(1, "droops"), SUMS)
    return one_a_sum(LATE, lambda i: int(targets[i]), lambda i: 0)


def uniform() -> list[Fault]:
    _, _, bits = alu_uniform.targets(stream(1, "uniform"), SUMS)
    return one_a_sum(ALU_RESULT, lambda i: 0, lambda i: int(bits[i]))


def share(carry: int, voltage: Voltage, faults: list[Fault]) -> float:
    """Share of sums that are wrong when every carry travels `carry` positions."""
    operands = pairs(carry)
    return float((wrong_bits(run(operands, faults, voltage), operands) != 0).mean())


def test_late_carries_hit_high_bits_more_than_low_ones_and_uniform_errors_do_not() -> None:
    operands = pairs(32 - 1)  # the carry passes every bit
    late = wrong_bits(run(operands, droops()), operands)
    counts = [int((late >> bit & 1).sum()) for bit in range(32)]
    assert sum(counts[:16]) == 0 < counts[31]
    mixed = pairs()
    even = wrong_bits(run(mixed, uniform()), mixed)
    counts = [int((even >> bit & 1).sum()) for bit in range(32)]
    assert sum(counts) == SUMS
    assert 0.85 < sum(counts[16:]) / sum(counts[:16]) < 1.15


def test_long_carries_fail_more_than_short_ones_and_uniform_errors_do_not_care() -> None:
    late = [share(carry, LOWEST, droops()) for carry in (4, 24, 28, 31)]
    assert late[0] == 0
    assert late[1] < late[2] < late[3]
    assert late[3] > 0.5
    assert {share(carry, LOWEST, uniform()) for carry in (4, 31)} == {1.0}


def test_errors_fall_with_voltage_and_uniform_ones_do_not() -> None:
    late = [share(31, voltage, droops()) for voltage in (LOWEST, MIDDLE, Voltage(840), NOMINAL)]
    assert late[0] > 1.5 * late[1] > 3 * late[2] > 0 == late[3]
    assert share(31, LOWEST, uniform()) == share(31, NOMINAL, uniform()) == 1.0


def test_what_is_counted_as_wrong_is_what_is_wrong() -> None:
    operands = pairs(31)
    result = run(operands, droops(), MIDDLE)
    assert result.wrong_results == int((wrong_bits(result, operands) != 0).sum()) > 100
    assert len(result.fault_events) == SUMS


def test_the_schedule_of_one_droop_replays_alone() -> None:
    operands = pairs(31)
    whole = run(operands, droops(), MIDDLE)
    at = int(np.flatnonzero(wrong_bits(whole, operands))[0])
    fault = Fault.parse(str(whole.fault_events[at]["fault"]))
    alone = run(operands, [fault], MIDDLE)
    assert np.flatnonzero(wrong_bits(alone, operands)).tolist() == [at]
    assert alone.outputs[0][at] == whole.outputs[0][at]


def test_a_droop_passes_over_an_instruction_that_computes_nothing() -> None:
    operands = pairs(31)
    onto_pops = [Fault(CORE_NAME, RETIRED, BEFORE + TURN * i, LATE, DEEPEST, 0) for i in range(9)]
    result = run(operands, onto_pops)
    assert (result.wrong_results, len(result.fault_events)) == (0, 9)
    assert not wrong_bits(result, operands).any()


def test_a_stuck_bit_is_stuck_from_its_instruction_on() -> None:
    operands = pairs()
    operands[:] = operands & 0x0FFFFFFF | 0x20000000  # sums have bit 30, the loop's count has not
    first = BEFORE + TURN * 100 + PLACE
    target = 2 * 0 + 0  # the adder, at 0
    result = run(operands, [Fault(CORE_NAME, RETIRED, first, STUCK, target, 30)])
    assert result.wrong_results == SUMS - 100
    wrong = wrong_bits(result, operands)
    assert not wrong[:100].any()
    assert (wrong[100:] == 1 << 30).all()


def test_a_stuck_unit_leaves_the_others_alone() -> None:
    operands = pairs()
    result = run(operands, [Fault(CORE_NAME, RETIRED, 0, STUCK, 2 * 3 + 1, 30)])  # the multiplier
    assert result.wrong_results == 0


def by_unit(pipeline: Pipeline | None, *texts: str) -> list[int]:
    """What a program pushes that pops 7 and 3: sum, product, shifted sum, and their float sum."""
    words = [
        encode("lw", rd=A0, imm=-4),
        encode("lw", rd=A2, imm=-4),
        encode("add", rd=A1, rs1=A0, rs2=A2),
        encode("sw", rs2=A1, imm=-4),
        encode("mul", rd=A1, rs1=A0, rs2=A2),
        encode("sw", rs2=A1, imm=-4),
        encode("sll", rd=A1, rs1=A0, rs2=A2),
        encode("sw", rs2=A1, imm=-4),
        encode("fcvt.s.w", rd=1, rs1=A0),
        encode("fadd.s", rd=2, rs1=1, rs2=1),
        encode("fsw", rs2=2, imm=-4),
        encode("add", rd=A1, rs1=A0, rs2=A2),
        encode("sw", rs2=A1, imm=-4),
        encode("jalr", rs1=RA),
    ]
    text = np.array(words, np.uint32).tobytes()
    program = elf_file(code(content=text, in_file=len(text), size=len(text)), data())
    core = BareCore(read_elf(program, "units"), one_cycle_each(), pipeline=pipeline)
    faults = [Fault.parse(text) for text in texts]
    result = core.run({0: np.array([7, 3], np.int32)}, faults)
    assert result.outcome == "completed"
    assert [event["fault"] for event in result.fault_events] == sorted(
        texts, key=lambda text: (Fault.parse(text).n, Fault.parse(text).target)
    )
    return [int(item) for item in result.outputs[0]]


FOURTEEN = int(np.float32(14).view(np.int32))
RIGHT = [10, 21, 56, FOURTEEN, 10]


@pytest.mark.parametrize("pipeline", [None, Pipeline()])
@pytest.mark.parametrize(
    ("faults", "place", "mask"),
    [
        (["core@0:alu.4"], 0, 1 << 4),
        (["core@0:alu-add.4"], 0, 1 << 4),
        (["core@0:alu-mul.31"], 1, -(1 << 31)),
        (["core@0:alu-shift.0"], 2, 1),
        (["core@0:alu-fp.22"], 3, 1 << 22),
        (["core@3:alu-add.4"], 4, 1 << 4),  # the first sum is over
        (["core@3:alu-mul.4", "core@4:alu-mul.5"], 1, 0x30),
        (["core@3:alu-mul.4", "core@4:alu-mul.4"], 1, 0),  # a bit that is wrong twice
        (["core@3:alu.4", "core@3:alu-mul.5"], 1, 0x30),
        (["core@0:alu-div.4"], 0, 0),  # nobody divides
        (["core@0:alu-logic.4"], 0, 0),
    ],
)
def test_a_fault_of_a_unit_waits_for_its_next_result(
    faults: list[str], place: int, mask: int, pipeline: Pipeline | None
) -> None:
    wanted = [right ^ (mask if at == place else 0) for at, right in enumerate(RIGHT)]
    assert by_unit(pipeline, *faults) == wanted


def test_faults_of_several_units_wait_at_once_and_each_hits_its_own() -> None:
    texts = ["core@0:alu-add.1", "core@0:alu-fp.3", "core@0:alu-mul.2"]
    wanted = [10 ^ 2, 21 ^ 4, 56, FOURTEEN ^ 8, 10]
    assert by_unit(None, *texts) == wanted


def test_what_computes_is_what_a_unit_does() -> None:
    immediates = {name: CSRS["fcsr"] for name in INSTRUCTIONS if name.startswith("csr")}
    words = np.array([encode(name, imm=immediates.get(name, 0)) for name in INSTRUCTIONS])
    text = words.astype(np.uint32)
    rows = predecode(text, one_cycle_each())
    computes = result_files(text, rows) != NO_RESULT
    has_unit = kind_of_operation()[rows[:, OP]] != NO_KIND
    assert computes.tolist() == has_unit.tolist()
    assert 0 < computes.sum() < len(text)


@pytest.mark.parametrize("pipeline", [None, Pipeline()])
def test_a_pipeline_changes_nothing_about_late_results(pipeline: Pipeline | None) -> None:
    operands = pairs(31)
    timed = run(operands, droops(), MIDDLE, pipeline)
    assert np.array_equal(timed.outputs[0], run(operands, droops(), MIDDLE).outputs[0])
