# SPDX-License-Identifier: Apache-2.0
"""Cycles of a few words of machine code, each from both sides of where something begins to cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from guardlane.core.pipeline import Cache, Pipeline
from guardlane.core.presets import preset
from guardlane.isa import pipe_columns as pc
from guardlane.isa import state
from guardlane.isa.encoding import encode
from guardlane.isa.execute import execute
from tests.arch.isa.machine import FOREVER, Core

DATA = 0x1800
NOP = encode("addi")
LOAD = encode("lw", rd=5, rs1=10)
USE = encode("add", rd=6, rs1=5, rs2=5)
STORE = encode("sw", rs1=10)
FADD = encode("fadd.s", rd=1, rs1=2, rs2=3)
LINE = 8  # words
MISS = 4 + LINE  # cycles of a VexRiscv whose memory does not wait


def run(pipeline: Pipeline, words: list[int], **registers: int) -> tuple[int, Any]:
    """Cycles until the word behind `words` could issue, and the array of the pipeline; x10=DATA."""
    core = Core([*words, encode("ebreak")])
    for name, bits in ({"x10": DATA} | registers).items():
        core.x[int(name[1:])] = np.uint32(bits).astype(np.int32)
    core.s[state.CYCLES] = pipeline.start
    issue, pipe = pipeline.issue(core.rows), pipeline.new()
    stop = execute(
        core.rows, core.x, core.f_bits, core.f_bits.view(np.float32), core.mem8,
        core.mem8.view(np.int16), core.mem32, core.s, FOREVER, FOREVER, issue, pipe,
    )  # fmt: skip
    assert stop == state.EBREAK
    return int(core.s[state.CYCLES]), pipe


def cycles(name: str, words: list[int], wait: int = 0, **registers: int) -> int:
    """Cycles of `words` on a preset, from the issue of the first on."""
    pipeline = preset(name).model_copy(update={"memory_wait": wait})
    by_line = pipeline.fetch_depth == 0
    first = 4 + LINE * (1 + wait) if by_line else 2 + wait
    return run(pipeline, words, **registers)[0] - pipeline.start - first


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("cv32e40p", 4 + 2 + 1), ("ibex_small", 3 + 2 + 1), ("ibex_maxperf", 3 + 2 + 1),
        ("vexriscv_full_bypass", 128 + MISS + 1), ("vexriscv_early_branch", 128 + MISS + 1),
        ("vexriscv_no_prediction", 144 + MISS + 1), ("vexriscv_lite", 64 + MISS + 1),
    ],
)  # fmt: skip
def test_the_first_word_issues_when_it_has_been_fetched(name: str, total: int) -> None:
    assert run(preset(name), [NOP])[0] == total


@pytest.mark.parametrize("name", ["cv32e40p", "ibex_small", "ibex_maxperf"])
def test_straight_code_runs_at_the_pace_of_its_memory(name: str) -> None:
    for wait in (0, 1, 3):
        assert cycles(name, [NOP] * 20, wait) == 1 + 19 * (1 + wait)


def test_a_prefetch_buffer_holds_as_many_words_as_it_is_deep() -> None:
    division = encode("divu", rd=5, rs1=6, rs2=7)  # by zero: 35 cycles in which the buffer fills
    for depth, totals in ((2, (36, 37, 39, 41, 43)), (3, (36, 37, 38, 39, 41))):
        # A word more is asked for as the division leaves, and comes three cycles later.
        pipeline = preset("cv32e40p").model_copy(update={"fetch_depth": depth, "memory_wait": 1})
        for behind, total in enumerate(totals, 1):
            found = run(pipeline, [division, *[NOP] * behind])[0]
            assert found - pipeline.start - 3 == total


def test_a_line_of_text_costs_its_miss_once() -> None:
    assert cycles("vexriscv_full_bypass", [NOP] * LINE) == LINE
    assert cycles("vexriscv_full_bypass", [NOP] * (LINE + 1)) == LINE + MISS + 1
    assert cycles("vexriscv_full_bypass", [NOP] * (LINE + 1), 1) == LINE + 4 + 2 * LINE + 1


@pytest.mark.parametrize(
    ("name", "latency", "miss"),
    [
        ("vexriscv_full_bypass", 3, MISS), ("vexriscv_lite", 3, 0), ("cv32e40p", 2, 0),
        ("ibex_maxperf", 2, 0), ("ibex_small", 2, 0),
    ],
)  # fmt: skip
def test_a_load_is_used_after_its_latency(name: str, latency: int, miss: int) -> None:
    stage = 2 if name == "ibex_small" else 1  # cycles in which nothing else issues
    for between in range(5):
        used = cycles(name, [LOAD, *[NOP] * between, USE])
        unused = cycles(name, [LOAD, *[NOP] * between, NOP])
        assert used == miss + max(latency, stage + between) + 1
        assert unused == miss + stage + between + 1


@pytest.mark.parametrize(
    ("name", "branch", "jump", "jump_register"),
    [
        ("cv32e40p", 3, 2, 2), ("ibex_small", 3, 2, 2), ("ibex_maxperf", 2, 2, 2),
        ("ibex_branch_predictor", 2, 1, 2),
        ("vexriscv_full_bypass", 4, 2, 4), ("vexriscv_early_branch", 3, 2, 3),
        ("vexriscv_no_prediction", 5, 5, 5), ("vexriscv_lite", 4, 2, 4),
    ],
)  # fmt: skip
def test_a_jump_forward_costs_what_the_core_says(
    name: str, branch: int, jump: int, jump_register: int
) -> None:
    def behind_three(word: int, **registers: int) -> int:
        return cycles(name, [NOP, NOP, NOP, word, NOP, NOP], **registers) - 4

    assert behind_three(encode("bne", imm=8)) == 1 + 1  # both words behind it
    assert behind_three(encode("beq", imm=8)) == branch
    assert behind_three(encode("jal", imm=8)) == jump
    target = state.MEMORY_BASE + 20
    assert behind_three(encode("jalr", rs1=5), x5=target) == jump_register


@pytest.mark.parametrize(
    ("name", "round_trip", "leave"),
    [
        ("cv32e40p", 4, 1), ("ibex_maxperf", 3, 1), ("ibex_branch_predictor", 2, 2),
        ("vexriscv_full_bypass", 3, 4), ("vexriscv_early_branch", 3, 3),
        ("vexriscv_no_prediction", 6, 1),
    ],
)  # fmt: skip
def test_a_loop_costs_what_its_prediction_says(name: str, round_trip: int, leave: int) -> None:
    loop = [encode("addi", rd=5, rs1=5, imm=-1), encode("bne", rs1=5, imm=-4), NOP]
    # At the start a buffer is as full as in any round; the last branch does not lead back.
    totals = [cycles(name, loop, x5=rounds) for rounds in range(1, 5)]
    last = 1 + leave + 1
    assert totals == [last + (rounds - 1) * round_trip for rounds in range(1, 5)]


@pytest.mark.parametrize(
    ("op", "divisor", "time"),
    [
        ("divu", 0xFFFFFFFF, 3), ("divu", 0x80000000, 3), ("divu", 0x7FFFFFFF, 4),
        ("div", 0x80000000, 4), ("div", 0x7FFFFFFF, 4), ("rem", 0x3FFFFFFF, 5), ("remu", 2, 33),
        ("rem", 0xFFFFFFFD, 33), ("div", 1, 34), ("div", 0xFFFFFFFE, 34), ("div", 0xFFFFFFFF, 35),
        ("div", 0, 35), ("divu", 0, 35),
    ],
)  # fmt: skip
def test_a_division_takes_a_cycle_for_each_leading_zero(op: str, divisor: int, time: int) -> None:
    words = [encode(op, rd=5, rs1=6, rs2=7), USE]
    assert cycles("cv32e40p", words, x6=1000, x7=divisor) == time + 1


@pytest.mark.parametrize("name", ["ibex_small", "ibex_maxperf"])
def test_only_a_division_by_zero_is_short(name: str) -> None:
    for op, divisor, time in (
        ("div", 0, 2), ("remu", 0, 2), ("div", 1, 37), ("divu", 0xFFFFFFFF, 37),
        ("div", 0xFFFFFFFF, 37), ("rem", 0xFFFFFFFF, 37),
    ):  # fmt: skip
        words = [encode(op, rd=5, rs1=6, rs2=7), NOP]
        assert cycles(name, words, x6=9, x7=divisor) == time + 1, (op, divisor)


def test_a_division_of_a_vexriscv_is_used_a_cycle_after_it_leaves() -> None:
    division = encode("div", rd=5, rs1=6, rs2=7)
    totals = [cycles("vexriscv_full_bypass", [division, *[NOP] * n, USE]) for n in range(3)]
    assert totals == [36, 36, 37]
    assert cycles("vexriscv_full_bypass", [division, NOP]) == 35


@pytest.mark.parametrize(
    ("name", "totals"),
    [
        ("vexriscv_full_bypass", (4, 4, 4, 5)), ("cv32e40p", (2, 3, 4, 5)),
        ("ibex_small", (4, 5, 6, 7)), ("vexriscv_no_prediction", (35, 35, 36, 37)),
    ],
)  # fmt: skip
def test_a_product_is_used_after_its_latency(name: str, totals: tuple[int, ...]) -> None:
    product = encode("mul", rd=5, rs1=6, rs2=7)
    assert tuple(cycles(name, [product, *[NOP] * n, USE]) for n in range(4)) == totals


def test_a_shift_takes_a_cycle_a_bit_where_the_core_says_so() -> None:
    for bits in (0, 1, 2, 31):
        by_immediate = [encode("slli", rd=5, rs1=6, imm=bits), NOP]
        by_register = [encode("srl", rd=5, rs1=6, rs2=7), NOP]
        assert cycles("vexriscv_lite", by_immediate) == max(1, bits) + 1
        assert cycles("vexriscv_lite", by_register, x7=32 + bits) == max(1, bits) + 1
        assert cycles("vexriscv_full_bypass", by_immediate) == 2


def test_a_data_cache_holds_as_many_lines_as_it_has() -> None:
    lines, miss = 4, 2 + 4
    cache = Cache(size=16 * lines, ways=lines, line=16, miss=2)
    pipeline = preset("cv32e40p").model_copy(update={"data_cache": cache})

    def rounds(used: int) -> tuple[int, int]:
        words = [encode("lw", rd=5, rs1=10, imm=16 * n) for n in range(used)] * 3
        total, pipe = run(pipeline, words)
        return total - pipeline.start - 2, int(pipe[pc.DATA_MISSES])

    assert rounds(lines) == (3 * lines + lines * miss, lines)
    assert rounds(lines + 1) == (3 * (lines + 1) * (1 + miss), 3 * (lines + 1))


def test_a_set_holds_as_many_lines_as_it_has_ways() -> None:
    cache = Cache(size=128, ways=2, line=16)  # four sets
    pipeline = preset("cv32e40p").model_copy(update={"data_cache": cache})
    for used, misses in ((2, 2), (3, 9)):
        words = [encode("lw", rd=5, rs1=10, imm=64 * n) for n in range(used)] * 3
        assert run(pipeline, words)[1][pc.DATA_MISSES] == misses


def test_a_second_cache_spares_the_way_to_memory() -> None:
    update = {
        "data_cache": Cache(size=16, line=16, miss=2),
        "second_cache": Cache(size=64, ways=2, line=32, miss=5),
    }
    pipeline = preset("cv32e40p").model_copy(update=update)
    loads = [encode("lw", rd=5, rs1=10, imm=imm) for imm in (0, 16, 0)]  # of one line below
    total, pipe = run(pipeline, loads)
    assert total - pipeline.start - 2 == (1 + 2 + 5 + 4) + 2 * (1 + 2 + 5)
    assert pipe[pc.SECOND_LOOKUPS] == 3
    assert pipe[pc.SECOND_MISSES] == 1


@pytest.mark.parametrize(("wait", "busy"), [(0, 2), (1, 3), (3, 5)])
def test_a_store_keeps_the_port_for_the_memory_and_what_the_core_adds(wait: int, busy: int) -> None:
    for between in range(6):
        words = [STORE, *[NOP] * between, STORE]
        assert cycles("vexriscv_lite", words, wait) == max(busy, 1 + between) + 1
    assert cycles("vexriscv_lite", [STORE] * 3, wait) == 2 * busy + 1
    assert cycles("vexriscv_full_bypass", [STORE] * 3, wait) == 2 * (busy - 1) + 1


@pytest.mark.parametrize("wait", [0, 1, 3])
def test_what_follows_a_load_waits_with_it_where_the_core_says_so(wait: int) -> None:
    assert cycles("vexriscv_lite", [LOAD, NOP], wait) == 1 + wait + 1
    assert cycles("vexriscv_lite", [STORE, NOP], wait) == 2


def test_a_load_of_the_word_just_stored_waits_within_the_window() -> None:
    for between in range(5):
        words = [STORE, *[NOP] * between, LOAD]
        waits = 5 if between + 1 <= 3 else 0
        assert cycles("vexriscv_full_bypass", words) == 1 + between + MISS + waits + 1
        other = [encode("sw", rs1=10, imm=4), *[NOP] * between, LOAD]
        assert cycles("vexriscv_full_bypass", other) == 1 + between + MISS + 1


@pytest.mark.parametrize(("name", "repeat"), [("cv32e40p_fpu_lat1", 1), ("cv32e40p_fpu_lat2", 3)])
def test_a_float_operation_starts_when_the_unit_is_free(name: str, repeat: int) -> None:
    for between in range(5):
        words = [FADD, *[NOP] * between, FADD]
        assert cycles(name, words) == max(repeat, 1 + between) + 1


@pytest.mark.parametrize(
    ("name", "latency"),
    [("cv32e40p", 1), ("cv32e40p_fpu_lat1", 2), ("cv32e40p_fpu_lat2", 3)],
)
def test_a_float_result_is_used_after_the_stages_of_the_unit(name: str, latency: int) -> None:
    for between in range(5):
        words = [FADD, *[NOP] * between, encode("fsw", rs1=10, rs2=1)]
        assert cycles(name, words) == max(latency, 1 + between) + 1


def test_a_float_result_takes_the_port_of_one_other() -> None:
    writes = encode("addi", rd=7, imm=1)
    for words, total in (
        ([FADD, writes], 2), ([FADD, writes, writes], 4), ([FADD, NOP, writes], 4),
        ([FADD, NOP, NOP], 3), ([FADD, NOP, NOP, writes], 4), ([FADD, writes, NOP], 3),
    ):  # fmt: skip
        assert cycles("cv32e40p_fpu_lat2", words) == total
        assert cycles("cv32e40p_fpu_lat1", words) == len(words)


def test_jalr_reads_its_operand_a_cycle_before_others() -> None:
    for between in range(4):
        address = encode("auipc", rd=5)
        to_next = encode("jalr", rs1=5, imm=4 * (between + 2))
        words = [address, *[NOP] * between, to_next]
        assert cycles("cv32e40p", words) == max(2, 1 + between) + 2
        assert cycles("ibex_maxperf", words) == 1 + between + 2
