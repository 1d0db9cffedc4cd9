# SPDX-License-Identifier: Apache-2.0
"""Schedules are data: the same draw for the same seed, whatever else is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from guardlane.errors import GuardlaneError
from guardlane.faults import (
    ALU_RESULT,
    CYCLE,
    FLOAT_REGISTER,
    INTEGER_REGISTER,
    LATE,
    RETIRED,
    STUCK,
    Fault,
    alu_uniform,
    as_rows,
    draw,
    regfile_int,
    regfile_int_fp,
)


def test_a_longer_run_only_appends_to_the_schedule_of_a_shorter_one() -> None:
    short = draw(regfile_int, 7, "huff", mean=1000, clock=RETIRED, bound=30_000)
    long = draw(regfile_int, 7, "huff", mean=1000, clock=RETIRED, bound=900_000)
    assert 10 < len(short) < len(long)
    assert long[: len(short)] == short


def test_cores_and_seeds_draw_apart() -> None:
    first = [fault.n for fault in draw(regfile_int, 1, "a", mean=500, clock=RETIRED, bound=50_000)]
    other = [fault.n for fault in draw(regfile_int, 1, "b", mean=500, clock=RETIRED, bound=50_000)]
    later = [fault.n for fault in draw(regfile_int, 2, "a", mean=500, clock=RETIRED, bound=50_000)]
    assert first != other
    assert first != later


def test_gaps_are_geometric_with_the_given_mean() -> None:
    faults = draw(regfile_int, 3, "a", mean=400, clock=CYCLE, bound=4_000_000)
    gaps = np.diff([0, *(fault.n for fault in faults)])
    assert gaps.min() >= 1
    assert abs(gaps.mean() - 400) < 4 * 400 / np.sqrt(len(gaps))
    assert abs(gaps.std() - 400) < 25


def test_register_flips_hit_every_register_but_x0_and_every_bit() -> None:
    faults = draw(regfile_int, 5, "a", mean=10, clock=RETIRED, bound=200_000)
    assert {fault.kind for fault in faults} == {INTEGER_REGISTER}
    assert {fault.target for fault in faults} == set(range(1, 32))
    assert {fault.bit for fault in faults} == set(range(32))
    both = draw(regfile_int_fp, 5, "a", mean=10, clock=RETIRED, bound=200_000)
    floats = [fault for fault in both if fault.kind == FLOAT_REGISTER]
    assert {fault.target for fault in floats} == set(range(32))
    assert abs(len(floats) / len(both) - 32 / 63) < 0.02


@pytest.mark.parametrize(
    "text",
    [
        "huff@123456:x7.4",
        "idct_y@1c:f31.0",
        "a@0:alu.31",
        "a@0:alu-fp.31",
        "a-b.c@7c:alu-add.0",
        "split@9:extra-push.2",
        "j@5:missing-pop.0",
        "fir@7:late.4294967295",
        "fir@7c:stuck1-add.31",
        "fir@7:stuck0-fp.0",
    ],
)
def test_a_fault_reads_as_it_is_written(text: str) -> None:
    assert str(Fault.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("huff", "a fault reads CORE@COUNT"),
        ("huff@1:x0.3", "x0 is hard-wired"),
        ("huff@1:x32.3", "numbered 0 to 31"),
        ("huff@1:x3.32", "numbered 0 to 31"),
        ("huff@1:q3.2", "a fault reads"),
        ("huff@1:x.2", "a fault reads"),
        ("huff@1:late.4294967296", "threshold of a late result must be 0 to 4294967295"),
        ("huff@1:stuck1-nand.3", "add, shift, logic, mul, div, fp, not as in"),
        ("huff@1:stuck1-add.32", "what is stuck is a bit 0 to 31"),
        ("huff@1:stuck.3", "a fault reads"),
        ("huff@1:alu-nand.3", "what is wrong is a bit 0 to 31 of add, shift, logic, mul, div, fp"),
        ("huff@1:alu-mul.32", "what is wrong is a bit 0 to 31"),
        ("huff@1:alu1-mul.3", "a fault reads"),
        ("huff@1:alu-.3", "a fault reads"),
        ("huff@1:alu.99999999999", "a fault reads"),
    ],
)
def test_a_fault_that_cannot_be_says_why(text: str, message: str) -> None:
    with pytest.raises(GuardlaneError, match=message):
        Fault.parse(text)


def test_alu_faults_name_a_bit_and_no_register() -> None:
    faults = draw(alu_uniform, 1, "a", mean=10, clock=RETIRED, bound=1000)
    assert {fault.target for fault in faults} == {0}


@pytest.mark.parametrize(
    ("kind", "target", "bit", "said"),
    [
        (ALU_RESULT, 7, 0, "fault alu at 5: target must be 0 to 6 and bit 0 to 31, not 7 and 0"),
        (ALU_RESULT, -1, 0, "not -1 and 0"),
        (INTEGER_REGISTER, 32, 0, "fault x at 5: target must be 0 to 31"),
        (STUCK, 12, 0, "fault stuck at 5: target must be 0 to 11"),
        (LATE, 1 << 32, 0, "target must be 0 to 4294967295"),
        (FLOAT_REGISTER, 3, 32, "bit 0 to 31, not 3 and 32"),
    ],
)
def test_no_engine_is_given_a_target_that_there_is_not(
    kind: int, target: int, bit: int, said: str
) -> None:
    with pytest.raises(GuardlaneError, match=said):
        as_rows([Fault("a", RETIRED, 5, kind, target, bit)])


def test_every_last_target_is_one() -> None:
    last = [(INTEGER_REGISTER, 31), (ALU_RESULT, 6), (LATE, (1 << 32) - 1), (STUCK, 11)]
    rows = as_rows([Fault("a", RETIRED, n, kind, most, 31) for n, (kind, most) in enumerate(last)])
    assert rows[:, 2:].tolist() == [[kind, most, 31] for kind, most in last]
