# SPDX-License-Identifier: Apache-2.0
"""The interpreter stops exactly where it is told, charges what it is told and traps precisely."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardlane.isa import state
from guardlane.isa.encoding import encode
from guardlane.isa.execute import finish_load, finish_store
from tests.arch.isa.machine import COSTS, FOREVER, Core
from tests.arch.isa.random_programs import AREA, area, program

DATA_OFFSET = 4096
SHARED = state.MEMORY_BASE + 0x8000
RETURN = encode("jalr", rs1=1)


def loaded(seed: int) -> Core:
    """A core about to run a random program that ends at an ebreak."""
    draw = random.Random(seed)
    words = program(draw, state.MEMORY_BASE + DATA_OFFSET, 60)
    core = Core([*words, encode("ebreak")], size=DATA_OFFSET + AREA)
    core.mem8[DATA_OFFSET:] = np.array(area(draw), np.uint32).view(np.uint8)
    return core


@pytest.mark.parametrize("piece", [1, 7, 1000])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_end_is_the_same_however_the_run_is_cut(seed: int, piece: int) -> None:
    whole, cut = loaded(seed), loaded(seed)
    assert whole.run() == state.EBREAK
    while cut.run(retired=int(cut.s[state.RETIRED]) + piece) == state.LIMIT:
        pass
    assert cut.snapshot() == whole.snapshot()
    again = loaded(seed)
    while again.run(cycles=int(again.s[state.CYCLES]) + piece) == state.LIMIT:
        pass
    assert again.snapshot() == whole.snapshot()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 5),
    cuts=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 900)), max_size=6),
    end=st.integers(0, 400),
)
def test_the_state_after_n_instructions_knows_no_history(
    seed: int, cuts: list[tuple[int, int]], end: int
) -> None:
    straight, cut = loaded(seed), loaded(seed)
    expected = straight.run(retired=end)
    for retired, cycles in cuts:
        cut.run(retired=min(retired, end), cycles=cycles)
    assert cut.run(retired=end) == expected
    assert cut.snapshot() == straight.snapshot()
    assert expected != state.LIMIT or straight.s[state.RETIRED] == end


def test_a_cycle_limit_is_passed_by_less_than_one_instruction() -> None:
    seen = loaded(1)
    costs = []
    before = 0
    while seen.run(retired=int(seen.s[state.RETIRED]) + 1) == state.LIMIT:
        costs.append(int(seen.s[state.CYCLES]) - before)
        before += costs[-1]
    ends = np.cumsum(costs)
    for limit in (1, 2, 50, 99, 100, 101):
        core = loaded(1)
        assert core.run(cycles=limit) == state.LIMIT
        assert core.s[state.RETIRED] == np.searchsorted(ends, limit) + 1
        assert core.s[state.CYCLES] == ends[core.s[state.RETIRED] - 1]


def test_each_instruction_is_charged_its_class_and_a_taken_branch_its_own() -> None:
    core = Core([
        encode("addi", rd=5, imm=2),
        encode("addi", rd=5, rs1=5, imm=-1),
        encode("bne", rs1=5, imm=-4),
        encode("mul", rd=6, rs1=5, rs2=5),
        encode("jal", imm=4),
        RETURN,
    ])  # fmt: skip
    assert core.run() == state.RETURNED
    assert core.s[state.RETIRED] == 8
    assert core.s[state.CYCLES] == (
        3 * COSTS["alu"] + COSTS["branch_taken"] + COSTS["branch_not_taken"] + COSTS["mul"]
        + COSTS["jump"] + COSTS["jump_register"]
    )  # fmt: skip
    assert core.s[state.PC] == state.RETURN_ADDRESS


def test_a_limit_is_looked_at_before_the_return() -> None:
    core = Core([RETURN])
    assert core.run(retired=1) == state.LIMIT
    assert core.s[state.PC] == state.RETURN_ADDRESS
    assert core.run() == state.RETURNED
    assert core.s[state.RETIRED] == 1


@pytest.mark.parametrize(
    ("words", "stop", "address"),
    [
        ([0], state.ILLEGAL, None),
        ([encode("ecall")], state.ECALL, None),
        ([encode("ebreak")], state.EBREAK, None),
        ([encode("jal", imm=6)], state.MISALIGNED_PC, 0x1006),
        ([encode("jal", rd=1, imm=6)], state.MISALIGNED_PC, 0x1006),
        ([encode("beq", imm=-2)], state.MISALIGNED_PC, 0x0FFE),
        ([encode("jalr", rd=1, rs1=1, imm=2)], state.MISALIGNED_PC, 0x0FFE),
        ([encode("lw", rd=5, rs1=10, imm=1)], state.MISALIGNED_LOAD, 0x2001),
        ([encode("lh", rd=5, rs1=10, imm=1)], state.MISALIGNED_LOAD, 0x2001),
        ([encode("flw", rd=5, rs1=10, imm=2)], state.MISALIGNED_LOAD, 0x2002),
        ([encode("sw", rs2=5, rs1=10, imm=3)], state.MISALIGNED_STORE, 0x2003),
        ([encode("sh", rs2=5, rs1=10, imm=-1)], state.MISALIGNED_STORE, 0x1FFF),
        ([encode("lw", rd=5, rs1=10)], state.BAD_LOAD, 0x2000),
        ([encode("lb", rd=5, rs1=1, imm=3)], state.BAD_LOAD, 0x0FFF),
        ([encode("lw", rd=5, rs1=11, imm=-4)], state.BAD_LOAD, 0xFFFFFFFC),
        ([encode("sb", rs2=5, rs1=10)], state.BAD_STORE, 0x2000),
        ([encode("sw", rs2=5, rs1=11, imm=-4)], state.BAD_STORE, 0xFFFFFFFC),
        ([encode("sw", rs2=5, rs1=1, imm=4)], state.BAD_STORE, 0x1000),
        ([encode("sw", rs2=5, rs1=1, imm=8)], state.STORE_GUARDED, 0x1004),
        ([encode("fsw", rs2=5, rs1=1, imm=0x100)], state.STORE_GUARDED, 0x10FC),
    ],
)
def test_what_stops_is_not_retired_and_changes_nothing(
    words: list[int], stop: int, address: int | None
) -> None:
    core = Core(words, size=4096, write_from=0x1100)
    core.x[10] = 0x2000
    before = core.snapshot()
    assert core.run() == stop
    assert core.snapshot() == before
    if address is not None:
        assert core.s[state.STOP_ADDRESS] == address


def test_an_untaken_branch_may_point_anywhere() -> None:
    core = Core([encode("bne", imm=6), RETURN])
    assert core.run() == state.RETURNED


@pytest.mark.parametrize(("imm", "address"), [(8, 0x1008), (-8, 0x0FF8), (4, 0x1004)])
def test_leaving_the_text_is_a_bad_pc_after_the_jump_has_retired(imm: int, address: int) -> None:
    core = Core([encode("jal", rd=5, imm=imm)])
    assert core.run() == state.BAD_PC
    assert core.s[state.PC] == core.s[state.STOP_ADDRESS] == address
    assert core.s[state.RETIRED] == 1
    assert core.x[5] == 0x1004


def test_running_off_the_end_of_the_text_is_a_bad_pc() -> None:
    core = Core([encode("addi", rd=5, imm=1)] * 3)
    assert core.run() == state.BAD_PC
    assert core.s[state.PC] == 0x100C
    assert core.s[state.RETIRED] == 3


def test_a_pc_set_from_outside_is_checked_like_any_other() -> None:
    for pc, stop in ((0x1002, state.MISALIGNED_PC), (0x2000, state.BAD_PC), (4, state.BAD_PC)):
        core = Core([RETURN])
        core.s[state.PC] = pc
        assert core.run() == stop
        assert core.s[state.STOP_ADDRESS] == core.s[state.PC] == pc


def test_x0_stays_zero_and_its_bin_takes_the_writes() -> None:
    core = Core([encode("addi", imm=7), encode("add", rd=5), encode("ebreak")])
    assert core.run() == state.EBREAK
    assert core.x[0] == 0
    assert core.x[5] == 0
    assert core.x[state.BIN] == 7


def test_the_last_bytes_of_memory_are_usable_and_the_write_guard_ends_where_it_says() -> None:
    core = Core(
        [
            encode("sw", rs1=10, rs2=5, imm=-4),
            encode("sb", rs1=10, rs2=5, imm=-5),
            encode("lbu", rd=6, rs1=10, imm=-1),
            encode("sw", rs1=1, rs2=5, imm=0x104),
            RETURN,
        ],
        write_from=0x1100,
    )
    core.x[10], core.x[5] = 0x2000, -2
    assert core.run() == state.RETURNED
    assert core.mem32[-1] == -2
    assert core.mem8[-5] == 0xFE
    assert core.x[6] == 0xFF
    assert core.mem32[0x100 // 4] == -2


def test_a_port_is_completed_by_the_caller() -> None:
    core = Core([
        encode("lw", rd=5, imm=-8),
        encode("flw", rd=6, imm=-4),
        encode("fsw", rs2=6, imm=-12),
        encode("sw", rs2=5, imm=-4),
        encode("lw", rd=7, imm=state.WAIT_OFFSET),
        encode("sw", rs2=7, imm=state.NEW_FRAME_OFFSET),
        encode("sw", imm=state.END_OFFSET),
        RETURN,
    ])  # fmt: skip
    answers = {state.POP: -5, state.WAIT_PORT: 1}
    seen: list[tuple[int | None, ...]] = []
    while (stop := core.run()) != state.RETURNED:
        pc = int(core.s[state.PC])
        if stop in answers:
            seen.append((stop, int(core.s[state.PORT]) if stop == state.POP else None))
            finish_load(core.s, core.x, core.f_bits, answers[stop])
        else:
            port = int(core.s[state.PORT]) if stop == state.PUSH else None
            seen.append((stop, port, int(core.s[state.VALUE])))
            finish_store(core.s)
        assert core.s[state.PC] == pc + 4
    assert seen == [
        (state.POP, 1), (state.POP, 0), (state.PUSH, 2, -5), (state.PUSH, 0, -5),
        (state.WAIT_PORT, None), (state.NEW_FRAME_PORT, None, 1), (state.END_PORT, None, 0),
    ]  # fmt: skip
    assert core.s[state.RETIRED] == 8
    assert core.s[state.CYCLES] == COSTS["jump_register"]  # stops are charged by the caller


def test_a_pointer_into_the_port_window_is_a_bad_access() -> None:
    for word, stop in (
        (encode("lw", rd=5, rs1=10), state.BAD_LOAD),
        (encode("sw", rs2=5, rs1=10), state.BAD_STORE),
    ):
        core = Core([word])
        core.x[10] = -4
        assert core.run() == stop


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("lb", 0x80, -128), ("lbu", 0x80, 128), ("lh", 0x8000, -32768), ("lhu", 0x8000, 32768),
        ("lw", 0x80000000, -(1 << 31)), ("lb", 0xF7F, 127),
    ],
)  # fmt: skip
def test_a_shared_load_is_extended_as_its_instruction_says(name: str, raw: int, value: int) -> None:
    core = Core([encode(name, rd=5, rs1=10), RETURN])
    core.s[state.SHARED_BASE], core.s[state.SHARED_SIZE] = SHARED, 64
    core.x[10] = SHARED + 60
    assert core.run() == state.SHARED_LOAD
    assert core.s[state.STOP_ADDRESS] == SHARED + 60
    finish_load(core.s, core.x, core.f_bits, raw)
    assert core.x[5] == value
    core = Core([encode(name, rd=5, rs1=10)])
    core.s[state.SHARED_BASE], core.s[state.SHARED_SIZE] = SHARED, 64
    core.x[10] = SHARED + 64
    assert core.run() == state.BAD_LOAD


def test_a_shared_store_says_where_what_and_how_wide() -> None:
    for name, width in (("sb", 1), ("sh", 2), ("sw", 4), ("fsw", 4)):
        core = Core([encode(name, rs2=5, rs1=10, imm=4), RETURN])
        core.s[state.SHARED_BASE], core.s[state.SHARED_SIZE] = SHARED, 64
        core.x[10], core.x[5], core.f_bits[5] = SHARED, -3, -3
        assert core.run() == state.SHARED_STORE
        columns = (state.STOP_ADDRESS, state.WIDTH, state.VALUE)
        assert [int(core.s[column]) for column in columns] == [SHARED + 4, width, -3]
        finish_store(core.s)
        assert core.run() == state.RETURNED


def test_limits_beyond_any_run_do_not_overflow() -> None:
    core = Core([encode("addi", rd=5, imm=1), RETURN])
    assert core.run(retired=(1 << 63) - 1, cycles=(1 << 63) - 1) == state.RETURNED
    assert core.s[state.RETIRED] == 2
    assert core.run(retired=FOREVER) == state.RETURNED
